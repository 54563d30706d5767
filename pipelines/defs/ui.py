"""The web interface and the daemon of one company, on loopback only.

Belongs here: starting and stopping those processes. Does not: definitions, or asking what the daemon does (instance.py).
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pipelines
from pipelines.defs.instance import dagster_environment
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder

HOST = "127.0.0.1"
START_SECONDS = 300


@contextmanager
def running_ui(folder: CompanyFolder, port: int, with_daemon: bool = True) -> Iterator[subprocess.Popen]:
    """Start both and yield once the first page answers; stopped, with their children, on leaving.

    Output goes to data/logs/web.log. Raises FunnelError FNL-662 (the port is taken), FNL-663 (ended before its first page).
    """
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise FunnelError("FNL-662", 2, port=port, other=port + 1)
    folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder.logs / "web.log"
    environment = os.environ | dagster_environment(folder) | {"PYTHONPATH": _python_path()}
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            _command(port, with_daemon), env=environment, cwd=folder.dagster_home, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            _wait(process, port, log)
            yield process
        finally:
            _stop(process)


def serve_ui(folder: CompanyFolder, port: int, with_daemon: bool = True) -> int:
    """Serve until interrupted or told to end (SIGTERM, as a service manager does); returns the exit code of the server."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running_ui(folder, port, with_daemon) as process:
        return process.wait()


def _stop(process: subprocess.Popen) -> None:
    """End the process and all that it started."""
    for ending, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _command(port: int, with_daemon: bool) -> list[str]:
    if with_daemon:
        return [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions", "-h", HOST, "-p", str(port)]
    return [sys.executable, "-m", "dagster_webserver", "-m", "pipelines.definitions", "-h", HOST, "-p", str(port)]


def _python_path() -> str:
    package = str(Path(pipelines.__file__).parent.parent)
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/server_info", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise FunnelError("FNL-663", port=port, status=process.poll(), log=log)
