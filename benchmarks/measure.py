"""Running the program as a user would, and what it used: seconds, peak memory, seconds by step and by model.

Belongs here: processes and the files they leave. Does not: making input, or writing the page.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What the floor also computes; everything above these in the graph is counted with them.
COMPARED = ("fct_opportunity", "fct_stage_visit", "fct_activity", "funnel_by_stage", "win_rate", "cycle")
NEVER_MERGE = """
from pipelines.cli.main import main
from pipelines.landing import compact
compact.ENOUGH_FILES = 10**9
raise SystemExit(main())
"""


@dataclass
class Run:
    """One process. `peak_bytes` is the largest resident size of it or of any process it waited for; `processor_seconds` is of all of them
    together, which other work on the machine hardly changes."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    exit_code: int
    summary: dict[str, Any] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)  # seconds by model, from dbt

    @property
    def landing_seconds(self) -> float:
        return sum(
            seconds for step, seconds in self.summary["durations"].items() if step.startswith("landing/") and step != "landing/playbook"
        )

    @property
    def rows(self) -> int:
        return sum(source["rows"].get("source", 0) for source in self.summary["sources"] if source["source"] != "playbook")


def funnel(*words: str, is_merging: bool = True) -> Run:
    """Run one command; output is kept out of the way and shown only when it fails (exit code 1 or 2). Without merging, content files stay."""
    started = time.monotonic()
    program = ["-m", "pipelines.cli"] if is_merging else ["-c", NEVER_MERGE]
    process = subprocess.Popen(
        [sys.executable, *program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        raise RuntimeError(f"funnel {' '.join(words)} ended with {code}:\n{output.decode(errors='replace')[-3000:]}")
    return Run(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, code)


def night(company: Path, day: str, is_merging: bool = True) -> Run:
    """One night, with its summary and dbt's times of each model."""
    run = funnel("nightly", "--company", str(company), "--as-of", day, is_merging=is_merging)
    newest = max((company / "data" / "logs").glob("night_*.json"), key=lambda file: file.stat().st_mtime)
    run.summary = json.loads(newest.read_text(encoding="utf-8"))
    results = company / "data" / "warehouse" / "dbt_target" / "run_results.json"
    if results.is_file():
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]:
            kind, _, name = result["unique_id"].split(".")[:3]
            if kind == "model":
                run.models[name] = result["execution_time"]
    return run


def compared_models(company: Path) -> set[str]:
    """The models of COMPARED and all that they are made from."""
    manifest = json.loads((company / "data" / "warehouse" / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    waiting = [name for name, node in manifest["nodes"].items() if node["name"] in COMPARED and node["resource_type"] == "model"]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in manifest["nodes"] and name not in found:
            found.add(name)
            waiting += manifest["nodes"][name]["depends_on"]["nodes"]
    return {manifest["nodes"][name]["name"] for name in found}


def folder_bytes(folder: Path, pattern: str = "*") -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())
