"""The real web server and daemon: the first page answers, and a file dropped into the inbox becomes a published night."""

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.defs import journal
from pipelines.defs.instance import daemon_is_running, open_instance
from pipelines.defs.ui import running_ui
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.load import load_company

SETTINGS = """
company: Daemon test
time_zone: Asia/Taipei
base_currency: TWD
schedule: "{schedule}"
sources:
  deals: {{mapping: mappings/deals.yaml, files: ["*.csv"]}}
"""
MAPPING = """
version: 1
encoding: utf-8
delivery: full
delivered_at: {file_name: 'deals_(?P<date>\\d{8})\\.csv', format: "%Y%m%d"}
sheets:
  - sheet: null
    header: {labels: [id, name]}
    records:
      - entity: opportunity
        key: [id]
        columns: {opportunity_name: name, stage: stage, created_date: created}
"""
ROWS = "id,name,stage,created\n1,Pump,Qualified,2026-01-05\n2,Valve,Qualified,2026-01-06\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("inbox", "mappings", "playbook"):
        (tmp_path / name).mkdir()
    defaults = Path(journal.__file__).parents[1] / "defaults" / "playbook"
    for file in defaults.glob("*.csv"):
        (tmp_path / "playbook" / file.name).write_bytes(file.read_bytes())
    in_half_a_day = datetime.now(ZoneInfo("Asia/Taipei")) + timedelta(hours=12)  # so that no tick of the schedule falls into the test
    (tmp_path / "funnel.yaml").write_text(SETTINGS.format(schedule=f"{in_half_a_day:%H:%M}"), encoding="utf-8")
    (tmp_path / "mappings" / "deals.yaml").write_text(MAPPING, encoding="utf-8")
    monkeypatch.setenv("FUNNEL_INBOX_SECONDS", "5")
    return load_company(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, test: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(1)


def ask(port: int, query: str) -> dict:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


@pytest.mark.slow
def test_a_file_in_the_inbox_becomes_a_published_night(folder) -> None:
    port = free_port()
    with running_ui(folder, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert page.status == 200
        wait_for("the daemon's heartbeat", lambda: daemon_is_running(folder), 180)
        (folder.root / "inbox" / "deals_20260110.csv").write_text(ROWS, encoding="utf-8")
        wait_for("a finished night", lambda: list(journal.summaries(folder)), 900)
        with open_instance(folder) as instance:
            wait_for("the end of the run", lambda: instance.get_runs()[0].is_finished, 120)
            run = instance.get_runs()[0]
        shown = ask(port, "{ runsOrError { ... on Runs { results { status runId jobName } } } }")["runsOrError"]["results"]
        location = ask(port, "{ instance { info } version }")
    assert location["version"]
    assert [(entry["status"], entry["runId"], entry["jobName"]) for entry in shown] == [("SUCCESS", run.run_id, "nightly")]
    summary = next(journal.summaries(folder))
    assert (summary["trigger"], summary["run_id"], summary["exit_code"]) == ("inbox", run.run_id, 0)
    with duckdb.connect(str(folder.published / "funnel.duckdb"), read_only=True) as published:
        found = published.execute("select opportunity_name from canonical.opportunity order by 1").fetchall()
    assert found == [("Pump",), ("Valve",)]


def test_a_taken_port_is_said(folder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(FunnelError, match="FNL-662"), running_ui(folder, taken.getsockname()[1]):
            pass
