"""Merging content files changes no row, and a kill in the middle of it is harmless."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.landing import compact as compaction
from pipelines.landing.ledger import Ledger
from tests.fixtures.deliveries import chunk, company, delivery, land

FIRST = date(2026, 1, 1)
FILES = 20


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Twenty deliveries with new content each, of alternating columns."""
    ledger = Ledger(company(tmp_path / "company"))
    for number in range(FILES):
        column = "amount" if number % 2 else "stage"
        told = chunk("opportunity", [{"_key": "A", column: str(number)}, {"_key": f"B{number}", column: "same"}])
        land(ledger, delivery("weekly", FIRST + timedelta(number), told))
    return ledger


def committed(ledger: Ledger) -> Counter:
    rows = Counter[tuple]()
    for _, _, file in ledger.content_files():
        for row in pl.read_parquet(file).iter_rows(named=True):
            rows[tuple(sorted((name, value) for name, value in row.items() if value is not None))] += 1
    return rows


def listed(ledger: Ledger) -> set[str]:
    return {path.name for path in (ledger.landing / "weekly" / "opportunity" / "content").iterdir() if path.name != "schema.parquet"}


def test_the_rows_before_are_the_rows_after_and_stay_known(ledger: Ledger) -> None:
    before = committed(ledger)
    assert len(before) == 2 * FILES
    assert ledger.compact() == FILES - 1
    assert committed(ledger) == committed(Ledger(ledger.folder)) == before
    assert len(listed(ledger)) == 1
    land(ledger, delivery("weekly", FIRST + timedelta(99), chunk("opportunity", [{"_key": "A", "amount": "3"}])))
    assert committed(ledger) == before
    assert ledger.compact() == 0


@pytest.mark.parametrize("moment", ["before the entry", "after the entry"])
def test_a_killed_compaction_is_harmless(ledger: Ledger, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    before, files = committed(ledger), listed(ledger)
    if moment == "before the entry":
        monkeypatch.setattr(type(ledger.manifest), "append", killed)
    else:
        monkeypatch.setattr(compaction.Path, "unlink", killed)
    with pytest.raises(Killed):
        ledger.compact()
    monkeypatch.undo()
    assert len(listed(ledger)) == FILES + 1
    fresh = Ledger(ledger.folder)
    fresh.sweep()
    assert committed(fresh) == before
    assert listed(fresh) == files if moment == "before the entry" else len(listed(fresh)) == 1
