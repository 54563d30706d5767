"""Landing alone: made files through reading, staging, the checks of the border and the commit, timed by stage.

Belongs here: running those stages as a night does, in a process of its own, and printing the figures. Does not: making the CSV files
(made_company.py), or the rest of a night. `python -m benchmarks.landing` prints; `python -m benchmarks.landing 500000` takes another size.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.made_company import FIRST, configure, deliver
from benchmarks.made_workbook import CELLS, configure_workbook, write_workbook
from benchmarks.measure import funnel

STAGES = ("open", "stage", "check", "commit")


@dataclass
class Landed:
    """Landing of one company in one process. `files`: by source, rows, bytes and seconds by stage."""

    library_seconds: float  # loading the checks' library, once a process
    peak_bytes: int
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        return sum(self.files[name][stage] for stage in STAGES)

    def rate(self, *names: str) -> float:
        chosen = names or tuple(self.files)
        return sum(self.files[name]["rows"] for name in chosen) / sum(map(self.seconds, chosen))


def landed(company: Path) -> Landed:
    """Land every source of a fresh company in a new process and return what it measured. Raises RuntimeError when that process fails."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.landing", "--land", str(company)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return Landed(**json.loads(done.stdout.splitlines()[-1]))


def landed_csv(deals: int) -> Landed:
    with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
        company = Path(folder) / "company"
        funnel("init", str(company), "--language", "en")
        configure(company, "full")
        deliver(company / "inbox", deals, FIRST)
        return landed(company)


def landed_workbook() -> Landed:
    with tempfile.TemporaryDirectory(prefix="funnel-bench-") as folder:
        company = Path(folder) / "company"
        funnel("init", str(company), "--language", "en")
        configure_workbook(company)
        write_workbook(company / "inbox", FIRST)
        return landed(company)


def land(company: Path) -> Landed:
    """In this process: the stages of pipelines/defs/assets/land.py, one after another, with a clock between them."""
    from expectations.context import context
    from expectations.landing_border import check_deliveries
    from pipelines.extract.files import file_deliveries
    from pipelines.landing.ledger import Ledger
    from pipelines.settings.load import load_company

    folder = load_company(company)
    started = time.monotonic()
    context()
    result = Landed(time.monotonic() - started, 0)
    for name, source in folder.settings.sources.items():
        ledger, clock = Ledger(folder), Clock()
        for delivery in file_deliveries(name, source, folder):
            clock.lap("open")
            staged = ledger.stage(delivery)
            clock.lap("stage")
            checks = check_deliveries(folder, [staged])[0]
            clock.lap("check")
            outcome = staged.commit()
            clock.lap("commit")
            if outcome.outcome_code != "landed" or any(check.blocks and not check.passed for check in checks):
                raise RuntimeError(f"{name}: {outcome}")
            rows = sum(part["source"] for part in outcome.counts.values())
            size = delivery.original.size if delivery.original else 0
            result.files[name] = {"rows": rows, "bytes": size, **clock.laps}
    result.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return result


class Clock:
    """Seconds by lap."""

    def __init__(self) -> None:
        self.laps, self._last = dict.fromkeys(STAGES, 0.0), time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] += now - self._last
        self._last = now


def shown(result: Landed) -> list[str]:
    """One line a file: rows, seconds by stage, rows/s."""
    lines = [f"{'file':<12}{'rows':>11}{''.join(f'{stage:>9}' for stage in STAGES)}{'seconds':>9}{'rows/s':>9}"]
    for name, file in result.files.items():
        times = "".join(f"{file[stage]:9.2f}" for stage in STAGES)
        lines.append(f"{name:<12}{file['rows']:>11,}{times}{result.seconds(name):9.2f}{result.rate(name):9,.0f}")
    total = sum(map(result.seconds, result.files))
    lines.append(f"{'all':<12}{sum(file['rows'] for file in result.files.values()):>11,}{'':36}{total:9.2f}{result.rate():9,.0f}")
    lines.append(f"loading the checks' library {result.library_seconds:.1f} s; peak memory {result.peak_bytes / 2**30:.2f} GiB")
    return lines


if __name__ == "__main__":
    if sys.argv[1:2] == ["--land"]:
        print(json.dumps(land(Path(sys.argv[2])).__dict__))
    else:
        for size in [int(word) for word in sys.argv[1:]] or [100_000]:
            print(*shown(landed_csv(size)), sep="\n")
        print(f"one workbook, {CELLS:,} cells", *shown(landed_workbook()), sep="\n")
