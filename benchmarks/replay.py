"""Models of a finished night computed once more, each by itself, in a process of its own: seconds, processor, memory, rows through its operators.

Belongs here: that process and what it prints. Does not: which models (funnel.py), or making a company. `python -m benchmarks.replay COMPANY NAME…`:
a name is a model, or a query after `name=`. Inputs are the tables of the night, results go to a scratch file; dbt and the adapter take no part.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

LIMITS = "set TimeZone = 'UTC'; set threads = 2; set memory_limit = '3GB'; set preserve_insertion_order = false"  # as in profiles.yml


@dataclass
class Replay:
    """One model or query. `rows_handled` is what came out of all operators of its plan together: what it had to do, whatever the machine."""

    seconds: float
    processor_seconds: float
    rows: int
    rows_handled: int
    first_value: int | None  # of the first row, where that is a number


@dataclass
class Replays:
    """Those of one process, and the memory it took beyond what the open warehouse took."""

    each: dict[str, Replay]
    bytes_beyond_start: int

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.each.values())

    @property
    def processor_seconds(self) -> float:
        return sum(one.processor_seconds for one in self.each.values())


def replay(company: Path, *names: str) -> Replays:
    """In a fresh process, in the order given."""
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.replay", str(company), *names], capture_output=True, check=True, text=True
    ).stdout
    found = json.loads(output)
    return Replays({name: Replay(**one) for name, one in found["each"].items()}, found["bytes_beyond_start"])


def main() -> None:
    company = Path(sys.argv[1]) / "data" / "warehouse"
    compiled = {
        file.stem: file for file in (company / "dbt_target" / "compiled" / "funnel" / "models").rglob("*.sql") if ".yml" not in str(file)
    }
    with tempfile.TemporaryDirectory(prefix="funnel-replay-") as folder:
        connection = duckdb.connect()
        connection.execute(f"attach '{company / 'warehouse.duckdb'}' as warehouse (read_only); attach '{folder}/scratch.duckdb' as scratch")
        connection.execute(f"use warehouse; {LIMITS}; set temp_directory = '{folder}/spill'")
        started, each = _memory(), {}
        for word in sys.argv[2:]:
            name, _, query = word.partition("=")
            each[name] = _run(connection, query or compiled[name].read_text(encoding="utf-8"), f"{folder}/plan.json").__dict__
        print(json.dumps({"each": each, "bytes_beyond_start": _memory() - started}))


def _run(connection: duckdb.DuckDBPyConnection, query: str, plan: str) -> Replay:
    connection.execute(f"pragma enable_profiling = 'json'; pragma profiling_output = '{plan}'")
    begun, used = time.monotonic(), processor_seconds()
    connection.execute(f"create or replace table scratch.result as {query}")
    seconds, processor = time.monotonic() - begun, processor_seconds() - used
    connection.execute("pragma disable_profiling")
    handled = _handled(json.loads(Path(plan).read_text(encoding="utf-8")))
    counted = connection.execute("select count(*) from scratch.result").fetchall()[0][0]
    first = connection.execute("from scratch.result limit 1").fetchone()
    connection.execute("drop table scratch.result")
    return Replay(seconds, processor, counted, handled, first[0] if first and isinstance(first[0], int) else None)


def _handled(node: dict[str, Any]) -> int:
    return int(node.get("operator_cardinality", 0)) + sum(_handled(child) for child in node.get("children", []))


def processor_seconds() -> float:
    """Of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)


if __name__ == "__main__":
    main()
