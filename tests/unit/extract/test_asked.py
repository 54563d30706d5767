"""Who asks for a file: each file in reach is asked for by a source, junk, ours, or named to a person; never nothing of these."""

from pathlib import Path

import pytest

from pipelines.extract.asked import source_files, unasked, unread
from pipelines.settings.company import Company, CompanyFolder
from pipelines.settings.source import Source


def company(root: Path, **sources: dict) -> CompanyFolder:
    (root / "inbox").mkdir(exist_ok=True)
    declared = {name: {"mapping": "m.yaml", **source} for name, source in sources.items()}
    settings = Company.model_validate({"company": "X", "time_zone": "Asia/Taipei", "base_currency": "TWD", "sources": declared})
    return CompanyFolder(root=root.resolve(), settings=settings)


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_a_file_that_no_pattern_meets_is_named_wherever_it_lies_in_the_inbox(tmp_path: Path) -> None:
    folder = company(tmp_path, weekly={"files": ["週報_*.xlsx"]}, diary={"files": ["日誌/*.xlsx"]})
    put(tmp_path, "inbox/週報_1.xlsx", "inbox/日誌/a.xlsx", "inbox/README.md")
    assert unasked(folder) == ([], [])
    put(tmp_path, "inbox/週報_2.XLSX", "inbox/週報_2.xls", "inbox/deep/er/週報_3.xlsx", "inbox/日誌/報價.pdf", "inbox/deep/README.md")
    assert unasked(folder)[0] == [
        "inbox/deep/README.md", "inbox/deep/er/週報_3.xlsx", "inbox/日誌/報價.pdf", "inbox/週報_2.XLSX", "inbox/週報_2.xls",
    ]  # fmt: skip


JUNK = ["~$週報.xlsx", "Thumbs.db", ".DS_Store", "desktop.ini", "a.csv.part", "@eaDir/a.csv", ".Trash-1000/files/a.csv"]


@pytest.mark.parametrize("name", JUNK)
def test_what_a_system_leaves_is_for_the_log_alone(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"inbox/{name}")
    folder = company(tmp_path, deals={"files": ["deals.csv"]})
    assert unasked(folder) == ([], [f"inbox/{name}"])
    told, junk = unread(folder)
    assert told == [] and [(message.code, message.values) for message in junk] == [("FNL-235", {"file": f"inbox/{name}"})]
    met, notes = company(tmp_path, deals={"files": ["**/*"]}), list[dict]()
    assert source_files(tmp_path / "inbox", met.settings.sources["deals"], notes) == [] and [note["file"] for note in notes] == [name]


def test_elsewhere_only_what_lies_beside_the_files_of_a_source_is_named(tmp_path: Path) -> None:
    """A shared drive holds much that is nobody's business here; where the source looks, a misnamed file is."""
    share, root = tmp_path / "share", tmp_path / "company"
    root.mkdir()
    put(share, "out/deals_1.csv", "out/deals_2.CSV", "out/deals.numbers", "letters/a.docx", "out/old/deals_0.csv")
    folder = company(root, deals={"folder": str(share), "files": ["out/deals_*.csv"]})
    assert unasked(folder) == ([f"{share}/out/deals.numbers", f"{share}/out/deals_2.CSV"], [])
    ignoring = company(root, deals={"folder": str(share), "files": ["out/deals_*.csv"], "ignore": ["out/*.numbers", "out/*.CSV"]})
    assert unasked(ignoring) == ([], [])


def test_ignored_files_are_neither_read_nor_named(tmp_path: Path) -> None:
    put(tmp_path, "inbox/deals_1.csv", "inbox/deals_1_copy.csv")
    folder = company(tmp_path, deals={"files": ["deals_*.csv"], "ignore": ["*_copy.csv"]})
    found = source_files(tmp_path / "inbox", folder.settings.sources["deals"], [])
    assert [path.name for path in found] == ["deals_1.csv"] and unasked(folder) == ([], [])


def test_a_source_that_is_off_still_asks_and_a_missing_folder_stops_nothing(tmp_path: Path) -> None:
    put(tmp_path, "inbox/off.csv", "inbox/sub/on.csv", "inbox/nobody.csv")
    off, on = {"files": ["off.csv"], "enabled": False}, {"folder": "inbox/sub", "files": ["*.csv"]}
    folder = company(tmp_path, off=off, on=on, gone={"folder": "gone", "files": ["*"]})
    assert unasked(folder) == (["inbox/nobody.csv"], [])


def test_the_company_folder_itself_as_a_source_names_nothing_of_ours(tmp_path: Path) -> None:
    put(tmp_path, "funnel.yaml", ".env", "mappings/m.yaml", "data/logs/a.log", "playbook/stage.csv", "deals.csv", "other.csv")
    assert unasked(company(tmp_path, deals={"folder": ".", "files": ["deals.csv", "*/deals.csv"]})) == (["other.csv"], [".env"])


def test_the_message_names_the_first_few_and_counts_all(tmp_path: Path) -> None:
    put(tmp_path, *(f"inbox/{number}.doc" for number in range(1, 6)), "playbook/stage.xlsx", "playbook/stage.csv", "playbook/notes.csv")
    (message, *strays), _ = unread(company(tmp_path, deals={"files": ["deals_*.csv"]}))
    lines = message.lines("en")
    assert lines[0] == "FNL-240 Files that no source asks for (5): inbox/1.doc, inbox/2.doc, inbox/3.doc, …"
    assert lines[1] == f"{tmp_path.resolve()}/inbox" and "deals: deals_*.csv" in lines[2] and len(lines) == 4
    assert message.values["files"] == [f"inbox/{number}.doc" for number in range(1, 6)]
    assert [(stray.code, stray.values["file"]) for stray in strays] == [("FNL-237", "notes.csv"), ("FNL-237", "stage.xlsx")]


@pytest.mark.parametrize("pattern", ["/srv/*.csv", "../*.csv", "", "**x/*.csv"])
def test_a_pattern_that_can_meet_nothing_is_a_fault_of_the_configuration(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"leaves the folder|no pattern of file names"):
        Source(mapping=Path("m.yaml"), files=[pattern])
