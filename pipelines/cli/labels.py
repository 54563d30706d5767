"""Headings of the tables that commands print, in both languages. Words only; sentences are in pipelines/messages."""

LABELS = {
    "accepted": ("accepted", "接受"),
    "action": ("done", "處理"),
    "as_of": ("as of", "截至"),
    "blank": ("blank", "空白"),
    "column": ("column", "欄"),
    "date": ("date", "日期"),
    "delivery": ("delivery", "交付"),
    "duplicates": ("duplicates", "重複"),
    "entity": ("entity", "類別"),
    "files": ("files", "檔案"),
    "finished": ("finished", "完成"),
    "last": ("last delivery", "最近交付"),
    "late": ("which", "哪些"),
    "late_count": ("late or held", "遲到或攔下"),
    "mapping": ("mapping", "對應檔"),
    "name": ("file", "檔名"),
    "reason": ("reason", "原因"),
    "refused": ("refused", "拒收"),
    "result": ("result", "結果"),
    "row": ("row", "列"),
    "run": ("run", "執行"),
    "scope": ("scope", "範圍"),
    "scopes": ("scopes", "範圍數"),
    "seconds": ("seconds", "秒"),
    "sheet": ("sheet", "工作表"),
    "source": ("source", "來源"),
    "source_rows": ("rows", "列數"),
    "state": ("state", "狀態"),
    "step": ("step", "步驟"),
    "table": ("table", "資料表"),
    "title": ("titles", "標題列"),
    "value": ("value", "內容"),
}


def label(word: str, language: str) -> str:
    """The heading for `word`; a word not listed (a column of the user's own query) is returned as it is."""
    english, chinese = LABELS.get(word, (word, word))
    return chinese if language == "zh-Hant" else english
