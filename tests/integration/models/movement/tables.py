"""A drawn company as the tables the forecast models read.

Belongs here: rows in the models' columns. Does not: drawing (company.py) or expecting (bookkeeping.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb

from tests.fixtures.compiled import fill
from tests.integration.models.movement.company import FOREVER, PARENTS, PERIODS, WEEKS, Company

STAGE = " stage_set_code text, stage_code text"  # money moves the same in whatever stage: both stay empty
TABLES = {
    "marts.exchange_rate_span": "exchange_rate_id text, currency_code text, exchange_rate decimal(18,9), valid_from_date date, valid_until_date date",
    "marts.measure_availability": "measure_code text, is_available boolean",  # empty: every measure is supported
    "marts.dim_team_membership": "owner_id text, team_id text, valid_from_date date, valid_to_date date",
    "marts.dim_team_rollup": "team_id text, ancestor_team_id text",
    "marts.dim_period": "period_id text, period_kind_code text, period_code text, period_start_date date, period_end_date date",
    "marts.opportunity_interval": "opportunity_id text, interval_number bigint, valid_from_date date, valid_until_date date, status_code text,"
    " is_reconstructed boolean, owner_id text, amount decimal(18,2), currency_code text, amount_base decimal(18,2), expected_close_date date, started_by_codes text,"
    + STAGE,
    "canonical.opportunity_version": "opportunity_id text, version_number bigint, valid_from_date date, valid_to_date date, ended_by_code text,"
    " merged_into_opportunity_id text, own_is_won boolean, own_is_lost boolean, is_deleted boolean, own_is_closed boolean, closed_date date, owner_id text,"
    " amount decimal(18,2), currency_code text, expected_close_date date, created_date date, own_stage_set_code text, own_stage_code text",
    "canonical.opportunity_continuation": "opportunity_continuation_id text, opportunity_id text, part_number bigint",  # empty: no deal goes on in another source
    "snapshots.opportunity_as_published": "published_date date, opportunity_id text, status_code text, is_closed boolean, is_won boolean, is_vanished boolean,"
    " owner_id text, amount decimal(18,2), amount_base decimal(18,2), currency_code text, expected_close_date date, closed_date date, created_date date,"
    + STAGE,
}  # fmt: skip


def tell(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Every input of the models, from one company."""
    rates = [(f"r{number}", "USD", rate, start, until) for number, (start, until, rate) in enumerate(company.rates)]
    fill(connection, "marts.exchange_rate_span", rates)
    members = [(owner, team, start, min(end, date(9999, 12, 30))) for owner, team, start, end in company.memberships]
    fill(connection, "marts.dim_team_membership", members)
    fill(connection, "marts.dim_team_rollup", list(_rollup()))
    earlier = [(start - timedelta(7), end - timedelta(7)) for start, end in WEEKS[:1]]  # one week too old to be asked for
    weeks = [("week:old", "week", "old", *ends) for ends in earlier]
    fill(connection, "marts.dim_period", weeks + [(f"{kind}:{code}", kind, code, *ends) for (kind, code), ends in PERIODS.items()])
    fill(connection, "marts.opportunity_interval", list(_intervals(company)))
    fill(connection, "canonical.opportunity_version", list(_versions(company)))
    fill(connection, "snapshots.opportunity_as_published", list(_publications(company)))


def _rollup() -> Iterator[tuple[str, str]]:
    for team in PARENTS:
        above: str | None = team
        while above:
            yield team, above
            above = PARENTS[above]


def _intervals(company: Company) -> Iterator[tuple]:
    for deal, spans in company.intervals.items():
        for number, (day, status, untold, told, base) in enumerate(spans, 1):
            until = spans[number][0] if number < len(spans) else FOREVER
            begun = "created" if number == 1 and company.created[deal] else "owner|stage"
            yield deal, number, day, until, status, untold, told.owner, told.amount, told.currency, base, told.due, begun, None, None


def _versions(company: Company) -> Iterator[tuple]:
    for deal, versions in company.versions.items():
        for number, (day, status, closed, told, missing) in enumerate(versions, 1):
            until = versions[number][0] if number < len(versions) else None
            ended = "vanished" if missing else "changed" if until else "open"
            yield (
                deal, number, day, missing or until, ended, "x" if status == "merged" else None, status == "won", status == "lost", status == "deleted",
                status in ("won", "lost", "closed_unknown"), closed, told.owner, told.amount, told.currency, told.due, company.created[deal], None, None,
            )  # fmt: skip


def _publications(company: Company) -> Iterator[tuple]:
    for night, shown in company.nights.items():
        for deal, (status, told, base, closed, created) in shown.items():
            yield night, deal, status, None, None, None, told.owner, told.amount, base, told.currency, told.due, closed, created, None, None
