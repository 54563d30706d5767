"""What another program reads from the ledger by its document is what was delivered."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.landing.ledger import Ledger
from tests.fixtures.deliveries import chunk, company, delivery, flat, land, original
from tests.integration.ledger import reader

FIRST = date(2026, 1, 4)


def told_rows(week: int) -> dict[str, list[dict]]:
    """Deals and customers of a week: contents change, return, vanish; some rows are refused or repeated."""
    chosen = random.Random(week % 17)  # week 17 says what week 0 said
    deals: list[dict] = []
    for number in range(30):
        if chosen.random() < 0.8:
            row: dict = {
                "_key": f"D{number}",
                "stage": chosen.choice("甲乙丙"),
                "amount": str(chosen.randrange(5)),
                "customer": ("大同", "list", "name_key"),
            }
            if number % 7 == 0:
                row["_extra"] = '{"備註": "x"}'
            if number % 11 == 0:
                row = {"_key": row["_key"], "_refused": "FNL-221"}
            deals += [row] * (2 if number == 13 else 1)
    return {"opportunity": deals, "customer": [{"_key": f"C{number}", "customer_name": f"客戶{number + week % 3}"} for number in range(4)]}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger(company(tmp_path_factory.mktemp("reader")))
    for week in range(20):
        day = FIRST + timedelta(weeks=week)
        file = original(ledger.folder, f"{day}.xlsx", f"week {week}".encode(), datetime(2026, 6, 1))
        half = 10
        parts = [
            part for entity, rows in told_rows(week).items()
            for part in (chunk(entity, rows[:half]), chunk(entity, rows[half:], first_row=2 + half))
        ]  # fmt: skip
        land(ledger, delivery("weekly", day, *parts, original=file))
        if week == 17:
            assert ledger.compact() > 0
    return ledger


def expected(rows: list[dict]) -> list[tuple[str, dict]]:
    return [(row["_key"], {k: v for k, v in flat(row).items() if k != "_key"}) for row in rows if not row.get("_refused")]


def test_accepted_content_of_every_delivery_is_what_was_told(ledger: Ledger) -> None:
    entries = reader.manifest(ledger.landing)
    deliveries = [entry for entry in entries if entry["kind"] == "delivery"]
    assert len(deliveries) == 20
    for week, entry in enumerate(deliveries):
        for entity, rows in told_rows(week).items():
            assert reader.accepted(ledger.landing, entries, entry, entity) == expected(rows), (week, entity)
        refused = [row["_record_key"] for row in reader.problems(ledger.landing, entry, "opportunity") if row["action_code"] == "refused"]
        assert refused == [row["_key"] for row in told_rows(week)["opportunity"] if row.get("_refused")]
        assert reader.original(ledger.landing, entry) == f"week {week}".encode()
        assert reader.delivery_id(entry) == entry["delivery_id"]


def test_hashes_and_sparing_of_repeated_content(ledger: Ledger) -> None:
    entries = reader.manifest(ledger.landing)
    contents = reader.contents(ledger.landing, entries, "weekly", "opportunity")
    for (_, content_hash), row in contents.items():
        assert content_hash == reader.record_hash(
            {name: value for name, value in row.items() if value is not None and (name == "_extra" or not name.startswith("_"))}
        )
    distinct = {(key, str(sorted(values.items()))) for week in range(17) for key, values in expected(told_rows(week)["opportunity"])}
    assert len(contents) == len(distinct)


def test_states_read_by_the_document_are_the_ledger_s_own(tmp_path: Path) -> None:
    """Random stories of files, revisions, mappings, holds and words: two programs, one answer."""
    for seed in range(25):
        chosen = random.Random(seed)
        ledger = Ledger(company(tmp_path / str(seed)))
        for step in range(14):
            states = ledger.states()
            if states and chosen.random() < 0.35:
                state = chosen.choice(states)
                verb = {"held": "accept", "revoked": "restore"}.get(state.state_code, "revoke")
                getattr(ledger, verb)(state.id, "because")
                continue
            name = chosen.choice(["a.xlsx", "b.xlsx", None])
            text = str(chosen.randrange(3))
            file = original(ledger.folder, name, text.encode(), datetime(2026, 1, chosen.randrange(1, 5))) if name else None
            day = chosen.choice([FIRST, FIRST, FIRST + timedelta(7), None])
            more = {} if day else {"delivered_at": datetime(2026, 1, 9, step)}
            land(ledger, delivery(
                "weekly", day, chunk("opportunity", [{"_key": "A", "amount": text}]), original=file,
                mapping_version=chosen.choice(["v1", "v2"]),
                holds=chosen.choice([[], [], [{"code": "FNL-217"}]]), **more,
            ))  # fmt: skip
        assert reader.states(reader.manifest(ledger.landing)) == {state.id: state.state_code for state in ledger.states()}, seed
