"""One record leaves for ever, everything else stays, and a killed erasure is finished."""

from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.landing import erase as erasing
from pipelines.landing.delivery_table import delivery_table
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from tests.fixtures.deliveries import chunk, company, delivery, land, original

SECRET = "王小明的秘密"
WEEKS = [date(2026, 3, day) for day in (1, 8, 15)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Three weeks: A is secret, refused in the second; the third week's file does not hold it. B stays throughout."""
    ledger = Ledger(company(tmp_path / "company"))
    secret, plain = {"_key": "A", "opportunity_name": SECRET, "amount": "1"}, {"_key": "B", "opportunity_name": "B", "amount": "1"}
    for week, rows in zip(
        WEEKS, ([secret, secret, plain], [{"_key": "A", "_refused": "FNL-221"}, plain], [{**plain, "amount": "2"}]), strict=True
    ):
        text = f"{week} {SECRET if week != WEEKS[2] else ''}"
        land(
            ledger,
            delivery(
                "weekly",
                week,
                chunk("opportunity", rows),
                original=original(ledger.folder, f"{week}.csv", text.encode(), datetime(2026, 4, 1)),
            ),
        )
    published = [{"_key": "weekly:A", "opportunity_id": "weekly:A"}, {"_key": "weekly:B", "opportunity_id": "weekly:B"}]
    land(ledger, delivery("publication", WEEKS[2], chunk("published_opportunity", published), source_kind="publication"))
    return ledger


def keys(ledger: Ledger) -> dict[str, list[str]]:
    import polars as pl

    found: dict[str, list[str]] = {}
    for name in sorted(ledger.index.all_files()):
        source, _, part, _ = name.split("/")
        rows = pl.read_parquet(ledger.landing / name)["_record_key"].to_list()
        found[f"{source} {part}"] = sorted(found.get(f"{source} {part}", []) + rows)
    return found


def everything(ledger: Ledger) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(ledger.landing.rglob("*")) if path.is_file() and "manifest" not in path.parts)


AFTER = {"weekly content": ["B", "B"], "weekly membership": ["B", "B", "B"], "weekly problem": [], "publication content": ["weekly:B"],
         "publication membership": ["weekly:B"]}  # fmt: skip


def test_content_members_problems_originals_and_publications_go(ledger: Ledger) -> None:
    assert keys(ledger)["weekly membership"] == ["A", "A", "A", "B", "B", "B"]
    ledger.erase("weekly", "opportunity", "A", "asked by the person")
    assert keys(ledger) == AFTER
    assert SECRET.encode() not in everything(ledger)
    assert [kept.name for kept in ledger.originals("weekly")] == ["2026-03-15.csv"]
    tombstones = [(entry["source"], entry["record_key"], entry["why"]) for entry in ledger.entries() if entry["kind"] == "erase"]
    assert tombstones == [("weekly", "A", "asked by the person"), ("publication", "weekly:A", "asked by the person")]


def test_counts_agree_with_what_is_left(ledger: Ledger) -> None:
    ledger.erase("weekly", "opportunity", "A", "asked")
    table = delivery_table(ledger.entries(), WEEKS[2])
    counts = table.select("source_row_count", "accepted_row_count", "refused_row_count", "duplicate_row_count").rows()
    assert counts == [(1, 1, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0)]


@pytest.mark.parametrize("step", ["tombstone", "first file", "second file"])
def test_a_killed_erasure_is_finished_by_the_next_sweep(ledger: Ledger, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    left = {"tombstone": 0, "first file": 1, "second file": 2}[step]

    def settle(written: Path, path: Path) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        written.replace(path)

    monkeypatch.setattr(erasing, "settle", settle)
    with pytest.raises(Killed):
        ledger.erase("weekly", "opportunity", "A", "asked")
    monkeypatch.undo()
    fresh = Ledger(ledger.folder)
    fresh.sweep()
    assert {name: found for name, found in keys(fresh).items() if name.startswith("weekly")} == {
        name: found for name, found in AFTER.items() if name.startswith("weekly")
    }
    assert not [path for path in ledger.landing.rglob("*.tmp")]


def test_a_source_that_still_delivers_the_record_brings_it_back_whole(ledger: Ledger) -> None:
    ledger.erase("weekly", "opportunity", "A", "asked")
    again = [{"_key": "A", "opportunity_name": SECRET, "amount": "1"}] * 2 + [{"_key": "B", "opportunity_name": "B", "amount": "1"}]
    assert land(ledger, delivery("weekly", date(2026, 3, 22), chunk("opportunity", again))).outcome_code == "landed"
    assert keys(ledger)["weekly content"] == ["A", "B", "B"]
    assert keys(ledger)["weekly membership"].count("A") == 2


def test_a_record_nobody_delivered_cannot_be_erased(ledger: Ledger) -> None:
    with pytest.raises(FunnelError, match="FNL-309"):
        ledger.erase("weekly", "opportunity", "Z", "asked")
    assert [entry for entry in ledger.entries() if entry["kind"] == "erase"] == []
