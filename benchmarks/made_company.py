"""A seeded company of any size: deals, 4.5 moves and 20 activities each, as dated CSV files in an inbox.

Belongs here: making input. Does not: measuring, or any code of the product beyond `funnel init`. The same size and seed give the same bytes.
"""

from pathlib import Path

import duckdb

SEED = 20260628
FIRST, SECOND, EMPTY = "2026-06-28", "2026-06-29", "2026-06-30"
STAGES = "['Contact made','Need confirmed','Proposal made and support won','Project approved','Shortlisted','Selected','Negotiation','Won']"
MAPPINGS = {
    "deals": """      - entity: opportunity
        key: [id]
        columns: {opportunity_name: name, owner: owner, stage: stage, amount: {column: amount, tax: excluded}, currency_code: currency,
                  created_date: created, expected_close_date: expected_close, closed_date: closed, loss_reason: loss_reason}
""",
    "moves": """      - entity: stage_change
        key: [id]
        columns: {opportunity: {column: deal, source: deals}, changed_at: {column: changed_at, zone: UTC}, from_stage: from_stage, to_stage: to_stage,
                  changed_by: changed_by}
""",
    "activities": """      - entity: activity
        key: [id]
        columns: {opportunity: {column: deal, source: deals}, activity_type: type, occurred_at: {column: occurred_at, zone: UTC}, owner: owner,
                  purpose_text: purpose, content_text: content, feedback_text: feedback, duration_minutes: minutes}
""",
}
# Each deal: last = its last step 1..8 (mean 4.5), won at 8, a quarter of the others lost. chance(i, salt) is a number in [0, 1) from hashes alone.
_TABLES = f"""
create macro chance(i, salt) as (hash(i * 1000 + salt + {SEED * 7919}) % 1000000) / 1000000.0;
create table deal as
select i, 'D' || lpad(i::varchar, 8, '0') as id, 1 + floor(chance(i, 1) * 8)::int as last, date '2023-01-01' + floor(chance(i, 2) * 1000)::int as created,
    'rep ' || (1 + floor(chance(i, 3) * 40)::int) as owner, (1000 + floor(chance(i, 4) * 5000000)::bigint) / 100.0 as amount,
    (last < 8 and chance(i, 5) < 0.25) as is_lost, 3 + floor(chance(i, 6) * 20)::int as pace
from range(1, $deals + 1) as numbers(i);
create table move as
select deal.*, step, created + to_days((step * pace)::int) + to_seconds((chance(i, 100 + step) * 86000)::int) as changed_at
from deal, range(1, 9) as steps(step) where step <= last;
create table activity as
select deal.*, n, created + to_days((n * pace * last / 20)::int) + to_seconds((chance(i, 200 + n) * 86000)::int) as occurred_at
from deal, range(1, 21) as numbers(n);
"""
_FILES = {
    "deals": f"""select id, 'Deal ' || i as name, owner, case when is_lost then 'Lost' else {STAGES}[last] end as stage, amount + $raise as amount,
        'TWD' as currency, created, created + 400 as expected_close,
        case when is_lost or last = 8 then (created + to_days((last * pace)::int))::date end as closed,
        case when is_lost then 'Price' end as loss_reason from deal where i % $every = 0 order by i""",
    "moves": f"""select id || '-' || step as id, id as deal, strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ') as changed_at, {STAGES}[step - 1] as from_stage,
        case when is_lost and step = last then 'Lost' else {STAGES}[step] end as to_stage, owner as changed_by
        from move where i % $every = 0 order by i, step""",
    "activities": """select id || '-' || n as id, id as deal, ['visit','call','email','meeting'][1 + (i + n) % 4] as type,
        strftime(occurred_at, '%Y-%m-%dT%H:%M:%SZ') as occurred_at, owner, 'need and budget' as purpose, 'talked about item ' || (i * 31 + n) % 997 as content,
        case when n % 3 = 0 then 'will call back' end as feedback, 10 + (i + n) % 50 as minutes from activity where i % $every = 0 order by i, n""",
}


def configure(root: Path, kind: str, names: tuple[str, ...] = tuple(MAPPINGS)) -> None:
    """Three sources, or those named, of a company made by `funnel init`; `kind` is delta or full."""
    sources = ["sources:"]
    for name in names:
        text = f"version: 1\ndelivery: {kind}\ndelivered_at: {{file_name: '{name}_(?P<date>\\d{{8}})\\.csv'}}\nsheets:\n  - sheet: null\n    records:\n"
        (root / "mappings" / f"{name}.yaml").write_text(text + MAPPINGS[name], encoding="utf-8")
        sources.append(f'  {name}: {{mapping: mappings/{name}.yaml, files: ["{name}_*.csv"]}}')
    settings = root / "funnel.yaml"
    kept = settings.read_text(encoding="utf-8").split("\nsources:")[0]
    settings.write_text(kept + "\n" + "\n".join(sources) + "\n", encoding="utf-8")


def deliver(inbox: Path, deals: int, day: str, every: int = 1, price_rise: int = 0) -> int:
    """Write the three files of one day; `every` = 100 is one deal in a hundred, with its amount changed by `price_rise`. Returns bytes."""
    size = 0
    with duckdb.connect() as connection:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement.replace("$deals", str(deals)))
        for name, select in _FILES.items():
            file = inbox / f"{name}_{day.replace('-', '')}.csv"
            chosen = select.replace("$raise", str(price_rise)).replace("$every", str(every))
            connection.execute(f"copy ({chosen}) to '{file}' (format csv, header)")
            size += file.stat().st_size
    return size
