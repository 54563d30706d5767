"""A night in a process group of its own that is killed, all of it at once, somewhere inside a chosen part of the night.

Belongs here: choosing the moment from the log of a night that was not killed, waiting for it, SIGKILL. Does not: judging what is left.
A moment is a line of the log and a fraction of the time between lines, so that a busy machine does not move it into another part.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
# part -> its first line and its last one, both as they begin
PARTS = {
    "landing": ("landing/", "warehouse/state: done"),
    "models": ("models: started", "published border: done"),
    "publish": ("publish: started", "append publication: done"),
    "start": ("recover: started", "definitions: done"),
}
_STAMP = re.compile(r"^ *(\d+\.\d)  ")
_STAMP_SECONDS = 0.1  # as exact as the log is
_LOOK_SECONDS = 0.001
_GIVE_UP_SECONDS = 600


@dataclass(frozen=True)
class Moment:
    """`delay` seconds after line `line` (from 0) of a part has been written."""

    part: str
    line: int
    delay: float


def part_of(log: str, part: str) -> list[str]:
    """The lines of a part, as far as the log goes."""
    first, last = PARTS[part]
    lines = log.splitlines()
    texts = [_STAMP.sub("", line) for line in lines]
    begin = next((number for number, text in enumerate(texts) if text.startswith(first)), len(texts))
    end = next((number for number, text in enumerate(texts) if number > begin and text.startswith(last)), len(texts))
    return lines[begin : end + 1]


def choose(chosen: random.Random, part: str, unkilled_log: str) -> Moment:
    """A random line of a part, never its last, and a random moment until the next line. Lines of dbt tell no time: their mean counts."""
    lines = part_of(unkilled_log, part)
    told = {number: float(found[1]) for number, line in enumerate(lines) if (found := _STAMP.match(line))}
    line = chosen.randrange(len(lines) - 1)
    mean = (told[len(lines) - 1] - told[0]) / len(lines)
    gap = told[line + 1] - told[line] + _STAMP_SECONDS if {line, line + 1} <= told.keys() else mean
    return Moment(part, line, chosen.random() * gap)


@dataclass
class Victim:
    """A killed night: its process, and its log as it ended."""

    pid: int
    log: str


def kill_night(root: Path, as_of: str, moment: Moment) -> Victim:
    """Start `funnel nightly` and kill its process group, the reader and dbt with it, at a moment."""
    before = set((root / "data" / "logs").glob("*.log"))
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "nightly", "--company", str(root), "--as-of", as_of],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline, log = time.monotonic() + _GIVE_UP_SECONDS, ""
    try:
        while len(part_of(log, moment.part)) <= moment.line:
            assert process.poll() is None, f"the night ended before {moment}:\n{log[-3000:]}"
            assert time.monotonic() < deadline, f"{moment} did not come:\n{log[-3000:]}"
            time.sleep(_LOOK_SECONDS)  # a kill comes from outside: nothing in the night may know of it
            log = _new_log(root, before)
        time.sleep(moment.delay)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    assert code == -signal.SIGKILL, f"the night ended with {code} before {moment}"
    return Victim(process.pid, _new_log(root, before))


def _new_log(root: Path, before: set[Path]) -> str:
    found = [path for path in (root / "data" / "logs").glob("*.log") if path not in before]
    return found[0].read_text(encoding="utf-8", errors="replace") if found else ""
