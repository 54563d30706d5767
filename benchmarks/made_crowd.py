"""The same moves and activities twice: spread over a thousand deals and accounts, or all on one of each.

Belongs here: making input. Does not: measuring. What the models have to do for the two should hardly differ.
"""

from pathlib import Path

import duckdb

from benchmarks.made_company import STAGES, configure

VISITS, ACTIVITIES, DEALS = 5_000, 100_000, 1_000
DAY = "2026-06-28"
_CUSTOMERS = """version: 1
delivery: full
delivered_at: {file_name: 'customers_(?P<date>\\d{8})\\.csv'}
sheets:
  - sheet: null
    records:
      - entity: customer
        key: [id]
        columns: {customer_name: name}
"""
# deal n belongs to account n; of each account one deal is open. Moves go to and fro between two stages; half of the activities name no deal.
_FILES = {
    "customers": f"select 'A' || n as id, 'Account ' || n as name from range({DEALS}) as numbers(n)",
    "deals": f"""select 'D' || n as id, 'Deal ' || n as name, 'A' || n as customer, 'rep ' || n % 20 as owner, {STAGES}[3] as stage, 1000 + n as amount,
        'TWD' as currency, date '2023-01-01' as created, date '2026-12-31' as expected_close, null as closed, null as loss_reason from range({DEALS}) as numbers(n)""",
    "moves": f"""select 'M' || n as id, 'D' || ($deal) as deal, strftime(timestamp '2023-01-02' + to_minutes((n * 360)::int), '%Y-%m-%dT%H:%M:%SZ') as changed_at,
        {STAGES}[3 - ($turn) % 2] as from_stage, {STAGES}[2 + ($turn) % 2] as to_stage, 'rep 1' as changed_by from range({VISITS}) as numbers(n)""",
    "activities": f"""select 'V' || n as id, case when n % 2 = 0 then 'D' || ($deal) end as deal, 'A' || ($deal) as customer, ['visit', 'call', 'email'][1 + n % 3] as type,
        strftime(timestamp '2023-01-02' + to_minutes((n * 18)::int), '%Y-%m-%dT%H:%M:%SZ') as occurred_at, 'rep ' || n % 20 as owner, 'need and budget' as purpose,
        'talked about item ' || n as content, 'will call back' as feedback, 30 as minutes from range({ACTIVITIES}) as numbers(n)""",
}


def configure_crowd(root: Path) -> None:
    """Deals, moves and activities with customers; an activity without a deal may count for the account's only open one."""
    configure(root, "delta")
    for name in ("deals", "activities"):
        file = root / "mappings" / f"{name}.yaml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("owner: owner,", "owner: owner, customer: {column: customer, source: customers},"),
            encoding="utf-8",
        )
    (root / "mappings" / "customers.yaml").write_text(_CUSTOMERS, encoding="utf-8")
    settings = root / "funnel.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + '  customers: {mapping: mappings/customers.yaml, files: ["customers_*.csv"]}\n',
        encoding="utf-8",
    )
    rules = root / "playbook" / "process_rule.csv"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("inferred_link_allowed,false", "inferred_link_allowed,true"), encoding="utf-8"
    )


def deliver_crowd(inbox: Path, is_crowded: bool) -> None:
    """Four files. Crowded: everything on deal 0 of account 0; else evenly on all."""
    deal, turn = ("0", "n") if is_crowded else (f"n % {DEALS}", f"n // {DEALS}")
    for name, select in _FILES.items():
        file = inbox / f"{name}_{DAY.replace('-', '')}.csv"
        duckdb.sql(f"copy ({select.replace('$deal', deal).replace('$turn', turn)}) to '{file}' (format csv, header)")
