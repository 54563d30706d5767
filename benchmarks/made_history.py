"""A seeded company as a CRM's field history leaves it: four versions a deal over three years, delivered week by week, and nothing else.

Belongs here: making input. Does not: measuring, or any code of the product beyond `funnel init`. The same size and seed give the same bytes.
"""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.made_company import SEED, STAGES, configure

WEEKS = 156
FIRST = date(2023, 7, 2)
LAST = FIRST + timedelta(days=7 * WEEKS - 1)  # the evening of the figures
REPS = 40
# Versions 1..7 a deal (mean 4), two to eleven weeks apart, all before the last week; four in five end won or lost with the last one.
_TABLES = f"""
create macro chance(i, salt) as (hash(i * 1000 + salt + {SEED * 104729}) % 1000000) / 1000000.0;
create table deal as
select *, floor(chance(i, 4) * ({WEEKS} - (versions - 1) * gap))::int as week, case when chance(i, 5) < 0.18 then 'open' when chance(i, 6) < 0.4 then 'won' else 'lost' end as fate
from (
    select i, 'D' || lpad(i::varchar, 8, '0') as id, 1 + floor(chance(i, 1) * 7)::int as versions, 2 + floor(chance(i, 2) * 10)::int as gap,
        1 + floor(chance(i, 3) * 3)::int as stage, 1 + floor(chance(i, 7) * {REPS})::int as rep, (1000 + floor(chance(i, 8) * 5000000)::bigint) / 100.0 as amount
    from range(1, $deals + 1) as numbers(i)
);
create table told as
select deal.*, v, week + (v - 1) * gap as told_week, date '{FIRST}' + (7 * (week + (v - 1) * gap))::int as told_date, v = versions and fate <> 'open' as is_end
from deal, range(1, 8) as numbers(v) where v <= versions;
create table line as
select told_week, i, id, 'Deal ' || i as name, 'rep ' || (1 + (rep + case when v > 4 and chance(i, 9) < 0.3 then 1 else 0 end) % {REPS}) as owner,
    case when is_end and fate = 'won' then 'Won' when is_end then 'Lost' else {STAGES}[least(7, stage + (v - 1) * (1 + i % 2) - case when v = 3 and i % 5 = 0 then 2 else 0 end)] end as stage,
    amount + 500 * (v // 2) as amount, 'TWD' as currency, date '{FIRST}' + (7 * week - 3)::int as created, told_date + 60 + 30 * ((i + v) % 3)::int as expected_close,
    case when is_end then told_date end as closed, case when is_end and fate = 'lost' then 'Price' end as loss_reason
from told;
"""


def configure_history(root: Path) -> None:
    """A company made by `funnel init` with the deals' source, its people, and teams: four below two."""
    configure(root, "delta", ("deals",))
    people = [f"R{n:02},rep {n},rep {n},,,2020-01-01," for n in range(1, REPS + 1)]
    teams = ["north,,,", "south,,,", *(f"team {n},{'north' if n % 2 else 'south'},," for n in range(1, 5))]
    members = [f"rep {n},team {1 + n % 4},2020-01-01," for n in range(1, REPS + 1)]
    for name, lines in {"people": people, "team": teams, "team_membership": members}.items():
        with (root / "playbook" / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def deliver_history(inbox: Path, deals: int) -> int:
    """Write one file of changed deals for each week. Returns the number of versions."""
    with duckdb.connect() as connection:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement.replace("$deals", str(deals)))
        for week in range(WEEKS):
            file = inbox / f"deals_{FIRST + timedelta(days=7 * week):%Y%m%d}.csv"
            connection.execute(
                f"copy (select * exclude (told_week, i) from line where told_week = {week} order by i) to '{file}' (format csv, header)"
            )
        return connection.execute("select count(*) from line").fetchall()[0][0]
