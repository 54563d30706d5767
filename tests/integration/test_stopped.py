"""A real night told to end by a real signal, while it lands and while its models run: it says so, and leaves nothing half-done.

The company is made so that landing takes seconds: many small files, checked in batches; the first is a workbook, for the reader process.
"""

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from pipelines.defs import journal
from pipelines.landing.ledger import Ledger
from pipelines.landing.lock import company_lock
from pipelines.settings.load import load_company

ROOT = Path(__file__).parents[2]
FILES = 120
HEADER = ["id", "name", "stage", "created"]
SETTINGS = """
company: Stopped
language: en
time_zone: Asia/Taipei
base_currency: TWD
as_of_date: 2026-06-30
sources:
  deals: {mapping: mappings/deals.yaml, files: ["deals_*"]}
"""
MAPPING = """
version: 1
delivery: full
scope: "{rep}"
delivered_at: {file_name: 'deals_(?P<rep>\\d{3})_(?P<date>\\d{8})'}
sheets:
  - records:
      - {entity: opportunity, key: [id], columns: {opportunity_name: name, stage: stage, created_date: created}}
"""


def made_company(root: Path) -> Path:
    for name in ("inbox", "mappings", "playbook"):
        (root / name).mkdir(parents=True)
    for file in (ROOT / "pipelines" / "defaults" / "playbook").glob("*.csv"):
        (root / "playbook" / file.name).write_bytes(file.read_bytes())
    (root / "funnel.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / "mappings" / "deals.yaml").write_text(MAPPING, encoding="utf-8")
    with xlsxwriter.Workbook(str(root / "inbox" / "deals_000_20260628.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["0", "Pump 0", "Qualified", "2026-01-05"])
    for number in range(1, FILES):
        deliver(root, number)
    return root


def deliver(root: Path, number: int) -> None:
    rows = f"{','.join(HEADER)}\n{number},Pump {number},Qualified,2026-01-05\n"
    (root / "inbox" / f"deals_{number:03}_20260628.csv").write_text(rows, encoding="utf-8")


class Run:
    """`funnel nightly` in a process group of its own, as a terminal or a service manager starts it."""

    def __init__(self, root: Path) -> None:
        self.logs, self.before = root / "data" / "logs", set((root / "data" / "logs").glob("night_*.log"))
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "nightly", "--company", str(root)], env=environment, cwd=root,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def wait_for(self, is_there: Callable[[str], bool], seconds: float = 300) -> None:
        """Until the night's own log says so."""
        deadline = time.monotonic() + seconds
        while not any(is_there(log.read_text(encoding="utf-8")) for log in set(self.logs.glob("night_*.log")) - self.before):
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def children(self) -> list[int]:
        """Handles of the processes of ours that the night started: a reader, dbt."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        ours = [line.split() for line in listed.stdout.splitlines() if "reader_process" in line or "dbt_process" in line]
        return [os.pidfd_open(int(words[0])) for words in ours]

    def end(self, send: Callable[[int, int], None], number: int) -> tuple[str, list[int]]:
        children = self.children()
        send(self.process.pid, number)
        said, _ = self.process.communicate(timeout=60)
        return said, children


def assert_told(root: Path, run: Run, said: str, children: list[int], step: str) -> None:
    folder = load_company(root)
    assert run.process.returncode == 1
    lines = said.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("FNL-664")]
    assert lines[at + 1] == f"  step {step}" and not lines[at + 4].startswith(" ")
    assert not [word for word in ("FNL-650", "FNL-600", "Traceback", "Exception ignored") if word in said]
    summary: dict[str, Any] = next(journal.summaries(folder))
    assert (summary["exit_code"], summary["published"]) == (1, None)
    assert [message["code"] for message in summary["messages"]] == ["FNL-664"]
    assert Path(summary["log_path"]).read_text(encoding="utf-8").rstrip().endswith("exit code 1")
    with company_lock(folder):
        pass
    waiting = select.poll()
    for child in children:
        waiting.register(child, select.POLLIN)
        assert waiting.poll(20_000), "a child of the night still runs"
        waiting.unregister(child)
        os.close(child)


def deliveries(root: Path) -> list[str]:
    return [
        entry["original"]["name"]
        for entry in Ledger(load_company(root)).entries()
        if entry.get("source") == "deals" and entry["kind"] == "delivery"
    ]


def published(root: Path) -> tuple[str, int]:
    file = root / "data" / "published" / "funnel.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute("select count(distinct opportunity_id) from canonical.opportunity").fetchall()
    return hashlib.sha256(file.read_bytes()).hexdigest(), found[0][0]


def test_a_night_that_is_told_to_end(tmp_path: Path) -> None:
    root = made_company(tmp_path / "company")
    run = Run(root)
    run.wait_for(lambda log: " landed, opportunity " in log)
    said, children = run.end(os.kill, signal.SIGTERM)
    assert len(children) == 1
    assert_told(root, run, said, children, "landing/deals")
    landed = deliveries(root)
    assert 0 < len(landed) < FILES and not (root / "data" / "published").exists()

    run = Run(root)
    said, _ = run.process.communicate(timeout=600)
    assert run.process.returncode == 0, said
    assert sorted(deliveries(root)) == sorted(path.name for path in (root / "inbox").iterdir()), "each once"
    before = published(root)
    assert before[1] == FILES

    deliver(root, FILES)
    run = Run(root)
    run.wait_for(lambda log: " START " in log)
    said, children = run.end(os.killpg, signal.SIGINT)
    assert len(children) == 1
    assert_told(root, run, said, children, "models")
    assert published(root) == before and len(deliveries(root)) == FILES + 1
    assert json.loads((root / "data" / "published" / "manifest.json").read_text(encoding="utf-8"))["as_of_date"] == "2026-06-30"
