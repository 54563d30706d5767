"""The web interface and the daemon of one company, on loopback only.

Belongs here: starting and stopping those processes. Does not: definitions, or asking what the daemon does (instance.py).
One code server loads the definitions for both; the web server imports what it needs meanwhile, then waits for it. The daemon follows the
first page. (`dagster dev` starts them one after another, and loads nothing until all of the one before is there: twice the seconds.)
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pipelines
from pipelines.defs.home import LOCATION, dagster_environment
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder

HOST = "127.0.0.1"
START_SECONDS = 300
_WHEN_CODE_IS_SERVED = """
import socket, sys, time
from {module} import main
code = sys.argv.pop(1)
with socket.socket(socket.AF_UNIX) as probe:
    while probe.connect_ex(code):
        time.sleep(0.05)
main()
"""


@contextmanager
def running_ui(folder: CompanyFolder, port: int, with_daemon: bool = True) -> Iterator[list[subprocess.Popen]]:
    """Start them and yield once the first page answers; stopped, with their children, on leaving.

    Output goes to data/logs/web.log. Raises FunnelError FNL-662 (the port is taken), FNL-663 (ended before its first page).
    """
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise FunnelError("FNL-662", 2, port=port, other=port + 1)
    folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    log, environment = folder.logs / "web.log", os.environ | dagster_environment(folder) | {"PYTHONPATH": _python_path()}
    # The socket lies in the system's folder for such things: its path may have a hundred characters at most.
    with tempfile.TemporaryDirectory(prefix="funnel-") as temporary, log.open("w", encoding="utf-8") as output:
        processes: list[subprocess.Popen] = []

        def start(*arguments: str) -> None:
            processes.append(
                subprocess.Popen(
                    [sys.executable, *arguments], env=environment, cwd=folder.dagster_home, start_new_session=True,
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                )
            )  # fmt: skip

        code, workspace = f"{temporary}/code", Path(temporary) / "workspace.yaml"
        workspace.write_text(f"load_from: [grpc_server: {{socket: {code}, location_name: {LOCATION}}}]\n", encoding="utf-8")
        try:
            start("-m", "dagster", "code-server", "start", "--socket", code, "-m", LOCATION, "--location-name", LOCATION)
            web = ["-w", str(workspace), "-h", HOST, "-p", str(port), "--live-data-poll-rate", "2000"]
            start("-c", _WHEN_CODE_IS_SERVED.format(module="dagster_webserver.cli"), code, *web)
            _wait(processes, port, log)
            if with_daemon:
                start("-m", "dagster._daemon", "run", "-w", str(workspace))
            yield processes
        finally:
            _stop(processes)


def serve_ui(folder: CompanyFolder, port: int, with_daemon: bool = True) -> int:
    """Serve until interrupted or told to end (by a service manager, a closed terminal), or one of them ends; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(0))
    # A shell's `&` has it ignored; the processes started here would inherit that, and Dagster's then ignore SIGTERM as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with running_ui(folder, port, with_daemon) as processes:
        while (code := _ended(processes)) is None:
            time.sleep(1)
        return code


def _stop(processes: list[subprocess.Popen]) -> None:
    """End them and all that they started, the code server last: the others ask it to the end."""
    for process in reversed(processes):
        for ending, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, ending)
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)


def _ended(processes: list[subprocess.Popen]) -> int | None:
    """The exit code of the first that has ended; None while all run."""
    return next((code for process in processes if (code := process.poll()) is not None), None)


def _python_path() -> str:
    package = str(Path(pipelines.__file__).parent.parent)
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))


def _wait(processes: list[subprocess.Popen], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and _ended(processes) is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/server_info", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise FunnelError("FNL-663", port=port, status=_ended(processes), log=log)
