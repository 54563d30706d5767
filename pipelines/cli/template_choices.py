"""The words a dropdown offers, from the company's own playbook, in its language.

Belongs here: playbook CSV -> list of words. Does not: the workbook, or what the words mean.
"""

import csv
import re
from collections.abc import Iterable, Iterator

from pipelines.settings.company import CompanyFolder

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def choices(name: str, folder: CompanyFolder) -> list[str]:
    """Words of one list, in the playbook's order, each once: stage, owner, loss_reason, currency, or a field of code_map.csv."""
    suffix = "zh_hant" if folder.settings.language == "zh-Hant" else "en"
    if name == "stage":
        return _once(row[f"stage_name_{suffix}"] for row in _rows(folder, "stage"))
    if name == "owner":
        return _once(row["owner_name"] for row in _rows(folder, "people"))
    if name == "loss_reason":
        return _once(row[f"loss_reason_name_{suffix}"] for row in _rows(folder, "loss_reason"))
    if name == "currency":
        return _once([folder.settings.base_currency, *(row["from_currency_code"] for row in _rows(folder, "exchange_rate"))])
    return _code_words(name, folder, is_chinese=suffix == "zh_hant")


def _code_words(field: str, folder: CompanyFolder, *, is_chinese: bool) -> list[str]:
    """One word per code: the first one in the company's script, else the first."""
    words: dict[str, list[str]] = {}
    for row in _rows(folder, "code_map"):
        if row["field"] == field and row["source_system"] == "*":
            words.setdefault(row["code"], []).append(row["source_value"])
    return [next((word for word in spelt if bool(_CHINESE.search(word)) == is_chinese), spelt[0]) for spelt in words.values()]


def _rows(folder: CompanyFolder, table: str) -> Iterator[dict[str, str]]:
    file = folder.playbook / f"{table}.csv"
    if file.is_file():
        with file.open(encoding="utf-8-sig", newline="") as handle:
            yield from csv.DictReader(handle)


def _once(words: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))
