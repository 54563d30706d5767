"""Which files need not be read again, and which can be."""

from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.extract.delivery import Original, RefusedFile
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from tests.fixtures.deliveries import chunk, company, delivery, land, original

AT = datetime(2026, 3, 2)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(company(tmp_path / "company"))


def file(ledger: Ledger, text: str, name: str = "list.csv") -> Original:
    return original(ledger.folder, name, text.encode(), AT)


def deliver(ledger: Ledger, what: Original, day: date | None, at: datetime = AT, **more: object) -> None:
    told = chunk("customer", [{"_key": "A", "customer_name": what.sha256[:5]}])
    land(ledger, delivery("list", day, told, original=what, **({} if day else {"delivered_at": at}), **more))


def test_a_dated_file_is_known_for_ever_an_undated_one_while_it_is_the_last_of_its_name(ledger: Ledger) -> None:
    one, two = file(ledger, "one"), file(ledger, "two")
    assert not ledger.is_known("list", one, "v1")
    deliver(ledger, file(ledger, "one"), date(2026, 3, 1))
    deliver(ledger, file(ledger, "two"), date(2026, 3, 1))
    assert (ledger.is_known("list", one, "v1"), ledger.is_known("list", two, "v2")) == (True, True)
    a, b = file(ledger, "one", "x.csv"), file(ledger, "two", "x.csv")
    deliver(ledger, file(ledger, "one", "x.csv"), None, datetime(2026, 3, 3))
    deliver(ledger, file(ledger, "two", "x.csv"), None, datetime(2026, 3, 4))
    assert (ledger.is_known("list", a, "v1"), ledger.is_known("list", b, "v1")) == (False, True)
    assert not ledger.is_known("other", b, "v1")


def test_a_file_of_several_tabs_is_known_only_when_all_have_come(ledger: Ledger) -> None:
    book = file(ledger, "book")
    deliver(ledger, book, date(2026, 3, 1), part_number=1, part_count=2)
    assert not ledger.is_known("list", book, "v1")
    deliver(ledger, book, date(2026, 3, 8), part_number=2, part_count=2, mapping_version="v2")
    assert not ledger.is_known("list", book, "v1")  # one tab of each mapping is no whole parse
    deliver(ledger, book, date(2026, 3, 8), part_number=2, part_count=2)
    assert ledger.is_known("list", book, "v1")


def test_a_refused_file_is_noted_once_and_tried_again_with_another_mapping(ledger: Ledger) -> None:
    ledger.note_mapping("list", "v1", b"one", "a" * 64)
    bad = RefusedFile("list", file(ledger, "bad"), "FNL-204", {"file": "list.csv"})
    ledger.refuse_file(bad)
    ledger.refuse_file(bad)
    assert [entry["kind"] for entry in ledger.entries()] == ["mapping", "refused_file"]
    assert ledger.is_known("list", bad.original, "v1")
    ledger.note_mapping("list", "v2", b"two", "b" * 64)
    assert not ledger.is_known("list", bad.original, "v2")
    ledger.refuse_file(bad)
    assert ledger.is_known("list", bad.original, "v2")
    assert [kept.path.read_bytes() for kept in ledger.originals("list")] == [b"bad"]


def test_originals_carry_name_and_times_and_leave_out_what_was_undone(ledger: Ledger) -> None:
    saved = datetime(2026, 2, 27, 9)
    one = Original("a/一.xlsx", file(ledger, "one", "a/一.xlsx").path, file(ledger, "one", "a/一.xlsx").sha256, 3, saved, AT)
    deliver(ledger, one, date(2026, 3, 1))
    deliver(ledger, file(ledger, "two", "b.csv"), date(2026, 3, 8))
    ledger.revoke(ledger.states()[1].id, "wrong")
    found = ledger.originals("list")
    assert [(kept.name, kept.sha256, kept.size, kept.saved_at, kept.modified_at) for kept in found] == [
        ("a/一.xlsx", one.sha256, 3, saved, AT)
    ]
    assert found[0].path != one.path
    assert found[0].path.read_bytes() == b"one"


def test_a_file_that_changes_between_reading_and_keeping_is_not_landed(ledger: Ledger) -> None:
    what = file(ledger, "before")
    staged = ledger.stage(delivery("list", date(2026, 3, 1), chunk("customer", [{"_key": "A"}]), original=what))
    what.path.write_bytes(b"after")
    with pytest.raises(FunnelError) as error:
        staged.commit()
    assert error.value.message.code == "FNL-311"
    assert ledger.entries() == []
    assert [path for path in (ledger.landing / "originals").rglob("*") if path.is_file()] == []


def test_going_back_to_a_mapping_makes_its_parse_count_again(ledger: Ledger) -> None:
    what = file(ledger, "x")
    for version in ("v1", "v2", "v1", "v1"):
        told = chunk("customer", [{"_key": "A", "customer_name": version}])
        land(ledger, delivery("list", date(2026, 3, 1), told, original=what, mapping_version=version))
    assert [entry["kind"] for entry in ledger.entries()] == ["delivery", "delivery", "again"]
    assert [state.state_code for state in ledger.states()] == ["live", "superseded"]
