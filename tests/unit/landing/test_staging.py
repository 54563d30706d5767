"""What one delivery becomes: contents, members, counts and refusals, worked out by hand."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.delivery import RowCounts
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from tests.fixtures.deliveries import chunk, company, delivery, land

DAY = date(2026, 3, 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(company(tmp_path / "company"))


def rows(ledger: Ledger, part: str, entity: str = "opportunity") -> list[dict]:
    files = ledger.index.files("weekly", entity, part)
    frames = [pl.read_parquet(ledger.landing / "weekly" / entity / part / name) for name in files]
    return pl.concat(frames, how="diagonal").to_dicts() if frames else []


def members(ledger: Ledger) -> list[tuple]:
    return [
        (row["_record_key"], row["_record_hash"] is not None, row["_row_number"], row["_is_refused"]) for row in rows(ledger, "membership")
    ]


def test_two_different_rows_with_one_key_are_both_refused_across_chunks(ledger: Ledger) -> None:
    first = chunk("opportunity", [{"_key": "A", "amount": "1"}, {"_key": "B", "amount": "5"}])
    second = chunk("opportunity", [{"_key": "A", "amount": "2"}, {"_key": "C", "amount": "7"}], first_row=4)
    outcome = land(ledger, delivery("weekly", DAY, first, second))
    assert outcome.counts["opportunity"] == {"source": 4, "accepted": 2, "refused": 2, "blank": 0, "title": 0, "duplicates": 0}
    assert members(ledger) == [("A", False, 2, True), ("B", True, 3, False), ("A", False, 4, True), ("C", True, 5, False)]
    assert sorted(row["_record_key"] for row in rows(ledger, "content")) == ["B", "C"]
    told = [
        (row["_record_key"], row["_row_number"], row["problem_code"], row["action_code"], row["raw_row"]) for row in rows(ledger, "problem")
    ]
    assert told == [("A", 2, "FNL-305", "refused", '{"amount": "1"}'), ("A", 4, "FNL-305", "refused", '{"amount": "2"}')]


def test_a_conflict_with_a_content_the_ledger_has_shows_that_row_too(ledger: Ledger) -> None:
    land(ledger, delivery("weekly", DAY, chunk("opportunity", [{"_key": "A", "amount": "1"}])))
    again = chunk("opportunity", [{"_key": "A", "amount": "1"}, {"_key": "A", "amount": "2"}])
    land(ledger, delivery("weekly", date(2026, 3, 8), again))
    assert [row["raw_row"] for row in rows(ledger, "problem")] == ['{"amount": "1"}', '{"amount": "2"}']
    assert [row["amount"] for row in rows(ledger, "content")] == ["1"]


def test_exact_duplicates_are_accepted_counted_and_stored_once_across_chunks(ledger: Ledger) -> None:
    row = {"_key": "A", "amount": "1"}
    item = delivery("weekly", DAY, chunk("opportunity", [row, row]), chunk("opportunity", [row, {"_key": "B", "amount": "1"}], first_row=4))
    counts = land(ledger, item).counts["opportunity"]
    assert (counts["accepted"], counts["refused"], counts["duplicates"]) == (4, 0, 2)
    assert [row["_record_key"] for row in rows(ledger, "content")] == ["A", "B"]
    assert len(members(ledger)) == 4


def test_within_one_chunk_too_duplicates_are_stored_once_and_conflicting_rows_are_none(ledger: Ledger) -> None:
    told = chunk("opportunity", [{"_key": key, "amount": amount} for key, amount in ("A1", "A1", "A2", "B1", "B1", "B1", "C1")])
    counts = land(ledger, delivery("weekly", DAY, told)).counts["opportunity"]
    assert (counts["accepted"], counts["refused"], counts["duplicates"]) == (4, 3, 2)
    assert [row["_record_key"] for row in rows(ledger, "content")] == ["B", "C"]


def test_content_keys_are_numbered_over_the_whole_delivery_refused_rows_too(ledger: Ledger) -> None:
    first = chunk("opportunity", [{"_key": "k", "amount": "1"}, {"_key": "k", "_refused": "FNL-221"}, {"_key": "k", "amount": "1"}])
    second = chunk(
        "opportunity", [{"_key": "j", "amount": "1"}, {"_key": "k", "amount": "9"}, {"_key": None, "_refused": "FNL-221"}], first_row=5
    )
    counts = land(ledger, delivery("weekly", DAY, first, second, keys=False)).counts["opportunity"]
    keys = {(row["_row_number"], row["_record_key"], row["_is_refused"]) for row in rows(ledger, "membership")}
    assert keys == {(2, "k#1", False), (3, "k#2", True), (4, "k#3", False), (5, "j#1", False), (6, "k#4", False), (7, None, True)}
    assert counts["duplicates"] == 1  # k#1 and k#3 are the same row; k#4 has other values
    assert sorted(row["_record_key"] for row in rows(ledger, "content")) == ["j#1", "k#1", "k#3", "k#4"]
    assert ledger.entries()[0]["entities"][0]["unreadable_key_count"] == 1


def test_content_lies_once_also_when_several_are_staged_before_any_is_committed(ledger: Ledger) -> None:
    def week(day: int, *keys: str) -> object:
        return ledger.stage(delivery("weekly", date(2026, 3, day), chunk("opportunity", [{"_key": key, "amount": "1"} for key in keys])))

    staged = [week(1, "A", "B"), week(8, "A", "C"), week(15, "A", "B", "C")]
    outcomes = [item.commit().outcome_code for item in staged]  # type: ignore[attr-defined]
    assert outcomes == ["landed", "landed", "landed"]
    assert sorted(row["_record_key"] for row in rows(ledger, "content")) == ["A", "B", "C"]
    assert [entry["entities"][0]["content_files"] == [] for entry in ledger.entries()] == [False, False, True]


def test_a_repetition_points_to_the_membership_that_exists(ledger: Ledger) -> None:
    told = chunk("opportunity", [{"_key": "A", "amount": "1"}])
    assert land(ledger, delivery("weekly", DAY, told)).outcome_code == "landed"
    assert land(ledger, delivery("weekly", date(2026, 3, 8), told)).outcome_code == "repetition"
    assert len(ledger.index.files("weekly", "opportunity", "membership")) == 1
    assert len({entry["entities"][0]["membership_id"] for entry in ledger.entries()}) == 1
    assert len({entry["delivery_id"] for entry in ledger.entries()}) == 2


def test_the_same_rows_with_other_problems_are_no_repetition(ledger: Ledger) -> None:
    quiet, loud = (chunk("opportunity", [{"_key": "A", "_refused": code}]) for code in ("FNL-221", "FNL-222"))
    land(ledger, delivery("weekly", DAY, quiet))
    assert land(ledger, delivery("weekly", date(2026, 3, 8), loud)).outcome_code == "landed"
    assert [row["problem_code"] for row in rows(ledger, "problem")] == ["FNL-221", "FNL-222"]


def test_the_very_delivery_again_is_known(ledger: Ledger) -> None:
    item = delivery("weekly", DAY, chunk("opportunity", [{"_key": "A", "amount": "1"}]))
    land(ledger, item)
    assert land(ledger, item).outcome_code == "known"
    assert len(ledger.entries()) == 1
    assert not (ledger.landing / "staging.tmp").exists() or not list((ledger.landing / "staging.tmp").iterdir())


def test_an_id_listing_has_members_and_no_content(ledger: Ledger) -> None:
    land(ledger, delivery("weekly", DAY, chunk("opportunity", [{"_key": "A"}, {"_key": "B"}]), kind="ids"))
    assert members(ledger) == [("A", False, 2, False), ("B", False, 3, False)]
    assert ledger.index.files("weekly", "opportunity", "content") == []


def test_columns_not_delivered_are_absent_and_what_is_no_change_lands_unhashed(ledger: Ledger) -> None:
    told = chunk("opportunity", [{"_key": "A", "amount": "1", "stall_reason_text": "3 days"}])
    later = chunk("opportunity", [{"_key": "A", "amount": "1", "stall_reason_text": "4 days"}])
    land(ledger, delivery("weekly", DAY, told, not_a_change=("stall_reason_text",)))
    land(ledger, delivery("weekly", date(2026, 3, 8), later, not_a_change=("stall_reason_text",)))
    content = rows(ledger, "content")
    assert [row["stall_reason_text"] for row in content] == ["3 days"]
    assert "owner" not in content[0]


def test_rows_that_do_not_add_up_land_nothing(ledger: Ledger) -> None:
    told = chunk("opportunity", [{"_key": "A", "amount": "1"}])
    told.counts = RowCounts(source=2, accepted=1)
    with pytest.raises(FunnelError) as error:
        ledger.stage(delivery("weekly", DAY, told))
    assert error.value.message.code == "FNL-310"
    assert "2 rows" in str(error.value)
    assert ledger.entries() == []


@pytest.mark.parametrize("row", [{"_key": None, "amount": "1"}, {"_key": "A", "amount": "1", "unplanned": "x"}])
def test_an_extractor_that_breaks_the_border_is_stopped(ledger: Ledger, row: dict) -> None:
    with pytest.raises(ValueError, match="opportunity"):
        ledger.stage(delivery("weekly", DAY, chunk("opportunity", [row]), columns={"opportunity": ("amount",)}))
    assert not list((ledger.landing / "staging.tmp").iterdir())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"day": DAY}, date(2026, 3, 1)),
        # 2026-03-02 05:59:59 in Taipei is still the night of the 1st, 06:00:00 is the 2nd.
        ({"day": None, "delivered_at": datetime(2026, 3, 1, 21, 59, 59)}, date(2026, 3, 1)),
        ({"day": None, "delivered_at": datetime(2026, 3, 1, 22, 0, 0)}, date(2026, 3, 2)),
    ],
)
def test_delivered_date(ledger: Ledger, told: dict, expected: date) -> None:
    land(ledger, delivery("weekly", told.pop("day"), chunk("opportunity", [{"_key": "A"}]), **told))
    assert ledger.entries()[0]["delivered_date"] == expected.isoformat()


def test_two_parts_of_one_file_for_one_date_are_not_silently_one(ledger: Ledger) -> None:
    from tests.fixtures.deliveries import original

    file = original(ledger.folder, "book.xlsx", b"two tabs", datetime(2026, 3, 1))
    tabs = [chunk("opportunity", [{"_key": key, "amount": "1"}]) for key in ("A", "B")]
    first, second = (
        ledger.stage(delivery("weekly", DAY, tab, original=file, part_number=number, part_count=2)) for number, tab in enumerate(tabs, 1)
    )
    first.commit()
    with pytest.raises(FunnelError) as error:
        second.commit()
    assert error.value.message.code == "FNL-312"
    assert [row["_record_key"] for row in rows(ledger, "content")] == ["A"]
