"""Reader test workbooks of calamine and SheetJS: a result or a clear message each, no crash, no hang.

The table of outcomes is written to build/excel_fixtures_outcomes.csv.
"""

import csv
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.extract.encoding import encoding_of
from pipelines.extract.mapping import HeaderRow
from pipelines.extract.sniff import sniff
from pipelines.extract.text_table import text_table
from pipelines.extract.worker import Worker
from pipelines.messages.catalogue import FunnelError

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("FUNNEL_REAL_DATA", ROOT.parent / "shared" / "data")) / "excel_fixtures"
SCAN = DATA / "scan_fastexcel_0.21.0.json"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data absent: {DATA} (set FUNNEL_REAL_DATA)")


@dataclass
class Outcome:
    file: str
    outcome: str  # workbook | text | the code of the message
    cells: int
    detail: str
    seconds: float


def workbook(worker: Worker, path: Path) -> tuple[int, str]:
    """Cells of all sheets; a sheet that cannot be read (a chart) is a message too."""
    names, cells, refused = worker.sheets(path), 0, []
    for index, name in enumerate(names):
        try:
            sheet = worker.sheet(index).cells
            cells += sum(sheet[column].count() for column in sheet.columns)
        except FunnelError as error:
            refused.append(f"{name}: {error.message.code}")
    return cells, "; ".join([f"{len(names)} sheets", *refused])


def text(path: Path) -> tuple[int, str]:
    encoding = encoding_of(path)
    blocks = list(text_table(path, encoding, "auto", HeaderRow(row=1)).blocks)
    cells = sum(block.rows[column].count() for block in blocks for column in block.rows.columns if column != "_row_number")
    return cells, f"{encoding}, {sum(block.source for block in blocks)} rows"


def outcome(worker: Worker, path: Path) -> Outcome:
    started = time.monotonic()
    try:
        kind = sniff(path)
        cells, detail = workbook(worker, path) if kind == "workbook" else text(path)
        found = Outcome(path.relative_to(DATA).as_posix(), kind, cells, detail, 0)
    except FunnelError as error:
        lines = error.message.lines()
        assert len(lines) == 4 and error.message.lines("zh-Hant"), path
        found = Outcome(path.relative_to(DATA).as_posix(), error.message.code, 0, lines[2], 0)
    found.seconds = round(time.monotonic() - started, 3)
    return found


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[str, Outcome]]:
    """Any exception but a FunnelError is a crash and fails every test of this module."""
    worker = Worker(time_limit=30)
    try:
        files = sorted(path for path in DATA.rglob("*") if path.is_file() and path not in (SCAN, DATA / "MANIFEST.md"))
        found = [outcome(worker, path) for path in files]
    finally:
        worker.close()
    target = ROOT / "build" / "excel_fixtures_outcomes.csv"
    target.parent.mkdir(exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "outcome", "cells", "detail", "seconds"])
        table.writerows([one.file, one.outcome, one.cells, one.detail, one.seconds] for one in found)
    yield {one.file: one for one in found}


def test_every_file_has_a_result_or_a_message(outcomes: dict[str, Outcome]) -> None:
    assert len(outcomes) >= 380
    assert max(one.seconds for one in outcomes.values()) < 30
    kinds = Counter(one.outcome for one in outcomes.values())
    assert kinds["workbook"] > 300
    assert not {"FNL-210", "FNL-213"} & set(kinds)


def test_what_the_scan_opened_is_opened_and_what_it_refused_is_refused(outcomes: dict[str, Outcome]) -> None:
    """The scan was made with the reader alone, in another process and by other hands."""
    compared, differing = 0, []
    for name, _, (state, *_) in json.loads(SCAN.read_text(encoding="utf-8")):
        if found := outcomes.get(name.removeprefix("excel_fixtures/")):
            compared += 1
            if (state == "ok") != (found.outcome == "workbook"):
                differing.append((name, state, found))
    assert compared > 330
    assert differing == []


def test_passwords_are_said(outcomes: dict[str, Outcome]) -> None:
    protected = {name for name in outcomes if "password_2002" in name or "pass_protected" in name}
    assert len(protected) >= 13
    assert {name for name in protected if outcomes[name].outcome not in ("FNL-206", "workbook")} == set()
    assert outcomes["calamine/issue_385.xls"].outcome == "FNL-206"  # its reader says "Codepage not found"


def test_a_reader_panic_is_one_message_and_the_next_file_is_read(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["calamine/ptgexp-truncated-operand.xls"].outcome == "FNL-209"
    names = sorted(outcomes)
    after = names[names.index("calamine/ptgexp-truncated-operand.xls") + 1]
    assert outcomes[after].outcome == "workbook"


def test_error_cells_are_kept(outcomes: dict[str, Outcome]) -> None:
    worker = Worker()
    try:
        worker.sheets(DATA / "calamine" / "errors.xlsx")
        cells = worker.sheet(0).cells["c0"].to_list()
    finally:
        worker.close()
    assert cells == ["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"]
