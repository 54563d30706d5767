"""The floor: one hand-written DuckDB script that goes from the landed files to the same figures, with nothing around it.

Belongs here: that script and the comparison with the published figures. Does not: anything the product uses.
It builds the typed deals, moves and activities, stage visits, the funnel by stage, win rate and cycle; not the version history, change log, issue
register or freshness. The page says so, and compares like with like: the models that lead to these figures.
"""

import time
from pathlib import Path
from typing import Any

import duckdb

SCRIPT = """
create table opportunity as
select 'deals:' || _record_key as opportunity_id, opportunity_name, 'deals:' || owner as owner_id, stage, amount::decimal(18,2) as amount, currency_code,
    created_date::date as created_date, expected_close_date::date as expected_close_date, closed_date::date as closed_date, loss_reason, _record_hash
from read_parquet('{landing}/deals/opportunity/content/*.parquet', union_by_name = true);

create table stage_change as
select 'moves:' || _record_key as stage_change_id, 'deals:' || opportunity as opportunity_id, replace(changed_at, 'Z', '')::timestamp as changed_at,
    from_stage, to_stage, changed_by
from read_parquet('{landing}/moves/stage_change/content/*.parquet', union_by_name = true);

create table activity as
select 'activities:' || _record_key as activity_id, 'deals:' || opportunity as opportunity_id, activity_type, replace(occurred_at, 'Z', '')::timestamp as occurred_at,
    (replace(occurred_at, 'Z', '')::timestamp + interval 8 hour)::date as occurred_date, owner, purpose_text, content_text, feedback_text,
    duration_minutes::decimal(18,2) as duration_minutes
from read_parquet('{landing}/activities/activity/content/*.parquet', union_by_name = true);

create table stage as
select stage_code, stage_number::int as stage_number, stage_name_en, is_won::boolean as is_won, is_lost::boolean as is_lost,
    declared_probability_rate::decimal(18,9) as rate
from read_csv('{playbook}/stage.csv', all_varchar = true) where stage_set_code = 'standard';

create table stage_visit as
select c.opportunity_id, s.stage_code, s.stage_number, c.changed_at as entered_at, row_number() over w as visit_sequence,
    coalesce(lead(c.changed_at) over w, timestamp '9999-12-31') as exited_at, lead(s.stage_code) over w as next_stage_code, n.stage_number as from_number
from stage_change as c left join stage as s on s.stage_name_en = c.to_stage left join stage as n on n.stage_name_en = c.from_stage
window w as (partition by c.opportunity_id order by c.changed_at, c.stage_change_id);

create table deal as
select o.*, s.stage_code, s.stage_number, s.rate, s.is_won, s.is_lost, not (s.is_won or s.is_lost) as is_open,
    coalesce(f.furthest, 1) as furthest, date_diff('day', o.created_date, o.closed_date) as cycle_days
from opportunity as o left join stage as s on s.stage_name_en = o.stage
left join (select opportunity_id, max(stage_number) as furthest from stage_visit group by opportunity_id) as f using (opportunity_id);

create table activity_of_visit as
select a.*, v.stage_code, v.visit_sequence from activity as a
left join stage_visit as v on v.opportunity_id = a.opportunity_id and a.occurred_at >= v.entered_at and a.occurred_at < v.exited_at;

create table funnel_by_stage as
select s.stage_number, s.stage_code, count(*) filter (where d.is_open and d.stage_number = s.stage_number) as open_count,
    sum(d.amount) filter (where d.is_open and d.stage_number = s.stage_number) as amount
from stage as s cross join deal as d where not s.is_lost group by all;

create table rates as
select count(*) filter (where is_won) as won, count(*) filter (where is_won or is_lost) as closed,
    median(cycle_days) filter (where is_won) as median_days from deal;
"""
PUBLISHED = (
    "select stage_number, open_count, amount from marts.funnel_by_stage where stage_number < 8 and stage_set_code = 'standard' order by 1"
)
FLOOR = "select stage_number, open_count, amount from funnel_by_stage where stage_number < 8 order by 1"


def run_floor(company: Path, database: Path) -> float:
    """Seconds of the script on the landed files of a company whose only deliveries are first ones. `database` is made anew."""
    database.unlink(missing_ok=True)
    script = SCRIPT.replace("{landing}", str(company / "data" / "landing")).replace("{playbook}", str(company / "playbook"))
    started = time.monotonic()
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(script)
        connection.execute("checkpoint")
    return time.monotonic() - started


def differences(company: Path, database: Path) -> list[Any]:
    """Rows of the funnel that the floor and the published file do not share; empty when both say the same."""
    found = []
    for file, query in ((company / "data" / "published" / "funnel.duckdb", PUBLISHED), (database, FLOOR)):
        with duckdb.connect(str(file), read_only=True) as connection:
            found.append([(number, count, amount or 0) for number, count, amount in connection.execute(query).fetchall()])
    return sorted(set(found[0]) ^ set(found[1]))
