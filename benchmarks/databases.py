"""A first load from each database that can be started here: rows a second to text, and into the ledger, and the memory of that.

Belongs here: making the tables, and landing them in a process of their own, timed by stage. Does not: the servers (tests/fixtures), or the page.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.landing import STAGES, Clock
from tests.integration.connect.databases import KINDS, SECRET, SECRET_ENV, databases

SIZES = (100_000, 500_000)
COLUMNS = "id, name, customer, owner, stage, amount, currency, created, expected_close, closed, loss_reason, changed_at"
STAGE_LIST = ("New", "Qualified", "Offer", "Negotiation", "Won", "Lost")
# How each spells: the numbers from 1, text of a number, whole days after a day, seconds after a moment, and one of a list.
SPELLED = {
    "postgresql": ("generate_series(1::bigint, {rows}) as numbers(i)", "({})::text", "date '{}' + ({})::int", "timestamp '2026-01-01' + i * interval '1.000001 second'", "(array[{}])[({})::int]", "numeric(18, 2)"),
    "mariadb": ("(select seq as i from seq_1_to_{rows}) numbers", "cast({} as char)", "date '{}' + interval ({}) day", "timestamp '2026-01-01 00:00:00.000000' + interval i * 1000001 microsecond", "elt({1}, {0})", "decimal(18, 2)"),
    "sqlite": ("(with recursive s(i) as (select 1 union all select i + 1 from s where i < {rows}) select i from s) numbers", "cast({} as text)", "date('{}', '+' || ({}) || ' days')", "strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', '+' || (i * 1.000001) || ' seconds')", "json_extract(json_array({}), '$[' || ({} - 1) || ']')", "numeric"),
}  # fmt: skip
SETTINGS = """
company: Bench
time_zone: Asia/Taipei
base_currency: TWD
sources:
  crm: {{kind: sql, mapping: mappings/crm.yaml, connection: {connection}}}
"""
MAPPING = f"""
version: 1
queries:
  deal: {{sql: "select {COLUMNS} from deal", cursor: changed_at}}
sheets:
  - sheet: deal
    records:
      - entity: opportunity
        key: [id]
        not_a_change: [changed_at]
        columns: {{opportunity_name: name, customer: customer, owner: owner, stage: stage, amount: {{column: amount, tax: excluded}}, currency_code: currency,
                  created_date: created, expected_close_date: expected_close, closed_date: closed, loss_reason: loss_reason}}
"""


@dataclass
class Loaded:
    """One first load in one process; `seconds` by stage, `asked` being only the reading to text, in a process before it. Processor seconds are
    those of that process, not of the server, and hardly depend on what else the machine does."""

    kind: str
    rows: int
    asked: float
    asked_processor: float
    asked_bytes: int
    processor: float
    peak_bytes: int
    load: float  # of the machine, before
    seconds: dict[str, float] = field(default_factory=dict)


def measure_databases(folder: Path) -> list[Loaded]:
    return [loaded for kind in KINDS for loaded in _measured(kind, folder / kind)]


def _measured(kind: str, folder: Path) -> list[Loaded]:
    folder.mkdir()
    found = []
    with databases(kind, folder) as server:
        for rows in SIZES:
            company = folder / f"company_{rows}"
            for name in ("mappings", "playbook", "inbox"):
                (company / name).mkdir(parents=True)
            behind = server.new(company)
            behind.run(_table(kind, rows))
            (company / "funnel.yaml").write_text(SETTINGS.format(connection=behind.settings()), encoding="utf-8")
            (company / "mappings" / "crm.yaml").write_text(MAPPING, encoding="utf-8")
            load, asked, landed = os.getloadavg()[0], _run("ask", company), _run("land", company)
            if asked["rows"] != rows or landed["rows"] != rows:
                raise RuntimeError(f"{kind}: {asked['rows']} and {landed['rows']} rows of {rows}")
            found.append(
                Loaded(
                    kind,
                    rows,
                    asked["seconds"],
                    asked["processor"],
                    asked["peak_bytes"],
                    landed["processor"],
                    landed["peak_bytes"],
                    load,
                    landed["laps"],
                )
            )
    return found


def _table(kind: str, rows: int) -> str:
    numbers, text, day, moment, one_of, number = SPELLED[kind]
    word = "concat('{}', {})" if kind == "mariadb" else "'{}' || {}"
    stages = ", ".join(f"'{stage}'" for stage in STAGE_LIST)
    return f"""create table deal as select i as id, {word.format("Deal ", text.format("i"))} as name, {word.format("Customer ", text.format("i % 5000"))} as customer,
        {word.format("rep ", text.format("i % 40"))} as owner, {one_of.format(stages, "1 + i % 6")} as stage, cast((1000 + (i * 7919) % 5000000) / 100.0 as {number}) as amount,
        'TWD' as currency, {day.format("2023-01-01", "i % 1000")} as created, {day.format("2024-01-01", "i % 1000")} as expected_close,
        case when i % 6 > 3 then {day.format("2024-01-01", "i % 1000")} end as closed, case when i % 6 = 5 then 'Price' end as loss_reason, {moment} as changed_at
        from {numbers.format(rows=rows)}"""


def _run(what: str, company: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.databases", what, str(company)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {SECRET_ENV: SECRET})
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def ask(company: Path) -> dict[str, Any]:
    """Every row to text, and away with it."""
    from pipelines.extract.connect.connectors import connector_of
    from pipelines.extract.mapping import load_mapping
    from pipelines.settings.load import load_company
    from pipelines.settings.paths import mapping_file

    folder = load_company(company)
    connector = connector_of(folder, "crm", load_mapping(mapping_file(folder, "crm")), os.environ)
    started, processor, rows = time.monotonic(), time.process_time(), 0
    for extraction in connector.extractions(None, datetime(2026, 3, 1)):
        rows += sum(batch.rows.height for batch in extraction.batches)
    return {"rows": rows, "seconds": time.monotonic() - started, "processor": time.process_time() - processor, "peak_bytes": _peak()}


def land(company: Path) -> dict[str, Any]:
    """The stages of a night's landing; `open` is the extraction, written and archived as a file. Libraries are loaded before the clock starts."""
    from expectations.context import context
    from expectations.landing_border import check_deliveries
    from pipelines.defs.assets.connect import connected_deliveries
    from pipelines.extract.mapping import load_mapping
    from pipelines.landing.ledger import Ledger
    from pipelines.settings.load import load_company
    from pipelines.settings.paths import mapping_file

    folder = load_company(company)
    mapping = load_mapping(mapping_file(folder, "crm"))
    context()
    clock, processor, rows = Clock(), time.process_time(), 0
    for delivery in connected_deliveries(SimpleNamespace(folder=folder, outcome=SimpleNamespace(kind="nightly")), "crm", mapping):  # type: ignore[arg-type]
        clock.lap("open")
        staged = Ledger(folder).stage(delivery)
        clock.lap("stage")
        check_deliveries(folder, [staged])
        clock.lap("check")
        outcome = staged.commit()
        clock.lap("commit")
        if outcome.outcome_code != "landed":
            raise RuntimeError(str(outcome))
        rows += sum(part["source"] for part in outcome.counts.values())
    return {
        "rows": rows,
        "processor": time.process_time() - processor,
        "laps": {stage: clock.laps[stage] for stage in STAGES},
        "peak_bytes": _peak(),
    }


def _peak() -> int:
    """Of this process from its own start: a new program keeps the peak of the process that it was forked from in ru_maxrss, but not here."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    print(json.dumps({"ask": ask, "land": land}[sys.argv[1]](Path(sys.argv[2]))))
