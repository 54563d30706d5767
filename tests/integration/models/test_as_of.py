"""Nights of a company, each computed and published in its turn, against the funnel of those evenings as the last night shows it.

Belongs here: the nights and the comparison of the three views. Does not: what a funnel is (the models' own tests).
"""

import os
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.company import company, deal
from tests.fixtures.dbt_run import build
from tests.fixtures.ledger import Told, write_ledger

pytestmark = [pytest.mark.slow, pytest.mark.nightly]
LAST = date(2026, 3, 31)
# all thirty take minutes: `make soak`; else those on which something changes, and the ones before
DAYS = range(2, 32) if os.environ.get("FUNNEL_SOAK") else (18, 31)
NIGHTS = [date(2026, 3, day) for day in DAYS]
LATE = Told("weekly", date(2026, 3, 18), {"opportunity": [deal("A", "方案", amount="150000.00"), deal("C", "聯絡"), deal("N", "需求")]})
ARRIVED = date(2026, 3, 24)
WRONG = Told("branch", date(2026, 3, 11), {"opportunity": [deal("X", "需求", amount="70000.00", currency_code="USD")]})
UNDONE = date(2026, 3, 26)
KEPT = (
    "opportunity_id", "stage_set_code", "stage_code", "owner_id", "customer_id", "amount", "amount_base", "currency_code", "expected_close_date",
    "status_code", "created_date", "closed_date",
)  # fmt: skip
Funnel = dict[tuple[str, str], tuple[int, Decimal, Decimal]]


def live(night: date) -> list[Told]:
    """What has arrived by that night and is not undone, publications apart."""
    told = [item for item in company() if item.kind != "publication" and item.day <= night]
    return [
        *told,
        *([LATE] if night >= ARRIVED else []),
        *([WRONG if night < UNDONE else replace(WRONG, state="revoked")] if night >= WRONG.day else []),
    ]


def test_the_views_of_the_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Told] = []
    shown: dict[date, Funnel] = {}
    for night in NIGHTS:
        monkeypatch.setenv(
            "FUNNEL_AS_OF_DATE", night.isoformat()
        )  # by the environment, as a night does: variables would parse the project anew
        last = night == LAST
        shutil.rmtree(tmp_path / "landing", ignore_errors=True)
        write_ledger(tmp_path, [*live(night), *published], night)
        assert build(tmp_path, date(1970, 1, 1), command="tables", select="+funnel_by_stage" + (" +funnel_as_of" if last else "")) == []
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            shown[night] = _funnel(
                connection, "select stage_set_code, stage_code, open_count, amount_base, weighted_amount_base from marts.funnel_by_stage"
            )
            rows = connection.execute(
                f"select {', '.join(f'cast({name} as varchar)' for name in KEPT)} from marts.fct_opportunity"
            ).fetchall()
            if last:
                seen = {
                    (view, night): _funnel(connection, f"""select stage_set_code, stage_code, open_count, amount_base, weighted_amount_base
                        from marts.funnel_as_of where view_code = '{view}' and date_day = date '{night}'""")
                    for view in ("as_published", "as_delivered", "as_known_now") for night in NIGHTS
                }  # fmt: skip
        content = [{"_key": row[0], **dict(zip(KEPT, row, strict=True))} for row in rows]
        published.append(Told("publication", night, {"published_opportunity": content}, kind="publication"))

    assert {night: seen["as_published", night] for night in NIGHTS[:-1]} == {night: shown[night] for night in NIGHTS[:-1]}
    assert not seen["as_published", LAST], "tonight is not published yet"
    kept = [item for item in live(LAST) if item.state == "live"]
    same = [
        night for night in NIGHTS if [item for item in live(night) if item.state == "live"] == [item for item in kept if item.day <= night]
    ]
    assert [night.day for night in same] == [day for day in DAYS if day < 11 or day >= 26], (
        "the late file and the one undone part the two in between"
    )
    assert [night for night in NIGHTS if seen["as_delivered", night] == shown[night]] == same
    assert seen["as_known_now", LAST] == shown[LAST]
    assert seen["as_delivered", date(2026, 3, 18)] != seen["as_known_now", date(2026, 3, 18)], "what was told later is known now"


def _funnel(connection: duckdb.DuckDBPyConnection, query: str) -> Funnel:
    """(stage set, stage) -> open deals, their money, that money weighted; only where there are deals."""
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in connection.execute(query).fetchall() if row[2]}
