"""dbt ends when the night that started it was killed, and works as dbt otherwise."""

import os
import select
import subprocess
import sys

from pipelines.defs.assets.manifest import DBT

CHILD = "from pipelines.warehouse.dbt_process import end_with_parent; end_with_parent(); print('begun', flush=True); import time; time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {CHILD!r}]).wait()"


def test_it_ends_with_its_parent() -> None:
    """The pipe is closed when the last process that writes to it has ended: the child, whose parent is killed."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        assert not select.select([parent.stdout], [], [], 1)[0], "it lives while its parent does"
        parent.kill()
        assert select.select([parent.stdout], [], [], 30)[0] and os.read(parent.stdout.fileno(), 1) == b""


def test_it_is_dbt() -> None:
    done = subprocess.run([*DBT, "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and "duckdb" in done.stdout
