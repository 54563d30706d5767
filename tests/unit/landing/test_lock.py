"""One writer a company, seen from a second process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.landing.lock import company_lock
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from tests.fixtures.deliveries import company

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.landing.lock import company_lock
from tests.fixtures.deliveries import company
with company_lock(company(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    return company(tmp_path / "company")


def holder(folder: CompanyFolder, seconds: float) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.root), str(seconds)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.stdout.close()
    return process


def test_a_living_holder_is_named_and_a_dead_one_s_lock_is_free(folder: CompanyFolder) -> None:
    process = holder(folder, 60)
    try:
        with pytest.raises(FunnelError) as error, company_lock(folder):
            pass
        assert error.value.message.code == "FNL-301"
        assert error.value.message.values["pid"] == process.pid
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with company_lock(folder):
        assert json.loads((folder.data / "ledger.lock.json").read_text())["pid"] == os.getpid()


def test_a_second_run_waits_as_long_as_it_is_told(folder: CompanyFolder) -> None:
    process = holder(folder, 1)
    began = time.monotonic()
    with company_lock(folder, wait_seconds=30):
        assert time.monotonic() - began < 25
    assert process.wait() == 0


def test_a_torn_note_of_the_holder_is_no_traceback(folder: CompanyFolder) -> None:
    process = holder(folder, 60)
    try:
        (folder.data / "ledger.lock.json").write_text('{"pid": ')
        with pytest.raises(FunnelError) as error, company_lock(folder):
            pass
        assert error.value.message.values["pid"] == "?"
    finally:
        process.kill()
        process.wait()


def test_the_lock_is_re_entrant_and_held_until_the_outermost_end(folder: CompanyFolder) -> None:
    with company_lock(folder):
        with company_lock(folder):
            pass
        asked = subprocess.run(
            [sys.executable, "-c", HOLDER, str(folder.root), "0"], capture_output=True, cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}, check=False,
        )  # fmt: skip
    assert b"FNL-301" in asked.stderr
