"""Workbooks read through a worker process with a time and a memory limit; restarted after a crash.

Belongs here: starting, asking and ending the worker, and turning its failures into messages. Does not: reading cells.
"""

import atexit
import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.extract.delivery import SourceError

MEMORY_LIMIT = 3 * 2**30  # bytes of data the worker may hold
TIME_LIMIT = 120.0  # seconds for one request, and two more for each megabyte of the file


@dataclass
class RawSheet:
    """Cells as the reader gave them: String columns, row 1 of the sheet first; `first_column` is 0 for column A."""

    name: str
    is_visible: bool
    first_column: int
    cells: pl.DataFrame


class Worker:
    """One long-lived reader process. `sheets` then `sheet`; both raise SourceError and leave a usable worker."""

    def __init__(self, memory_limit: int = MEMORY_LIMIT, time_limit: float = TIME_LIMIT) -> None:
        self.memory_limit, self.time_limit = memory_limit, time_limit
        self.process: subprocess.Popen | None = None
        self.path: Path | None = None
        self.names: list[str] = []

    def sheets(self, path: Path) -> list[str]:
        """Names of all sheets, hidden ones too, in the workbook's order."""
        self.path, self.names = path, []
        self.names = self._ask({"do": "open", "path": str(path.resolve())})["sheets"]
        return self.names

    def sheet(self, index: int) -> RawSheet:
        """One sheet of the workbook opened last."""
        with tempfile.TemporaryDirectory(prefix="funnel-sheet-") as folder:
            target = Path(folder) / "sheet.arrow"
            reply = self._ask({"do": "sheet", "index": index, "target": str(target)})
            cells = pl.read_ipc(target) if target.exists() else pl.DataFrame()
        cells = cells.rename({old: f"c{number}" for number, old in enumerate(cells.columns)})
        return RawSheet(self.names[index], reply["visible"] == "visible", reply["first_column"], _with_texts(cells, reply["cells"]))

    def _ask(self, request: dict) -> dict:
        process = self._running()
        assert process.stdin and process.stdout and self.path
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = self._line(process)
        except BrokenPipeError:
            line = b""
        if not line:
            raise self._crash(process)
        reply = json.loads(line)
        if "error" in reply:
            raise _refusal(self.path, reply["error"])
        return reply

    def _crash(self, process: subprocess.Popen) -> SourceError:
        """The reader is gone: a panic (exit 1), out of memory (exit -6) or killed."""
        assert self.path
        try:
            code = process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        return SourceError(
            "FNL-209", file=self.path.name, why=f"The reader ended (exit {code}); it may hold {self.memory_limit // 2**20} MB."
        )

    def _line(self, process: subprocess.Popen) -> bytes:
        assert process.stdout and self.path
        limit = self.time_limit + 2 * self.path.stat().st_size / 1e6
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(limit):
                self.close()
                raise SourceError("FNL-210", file=self.path.name, seconds=round(limit))
        return process.stdout.readline()

    def _running(self) -> subprocess.Popen:
        if self.process is None or self.process.poll() is not None:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"}
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipelines.extract.reader_process", str(self.memory_limit)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self.process

    def close(self) -> None:
        """Ends the process; the next request starts another."""
        if self.process:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    pipe.close()
        self.process = None


@cache
def shared_worker() -> Worker:
    """The worker of this process, ended with it."""
    worker = Worker()
    atexit.register(worker.close)
    return worker


def _refusal(path: Path, error: str) -> SourceError:
    if error == "password" or re.search(r"password|encrypt|protected", error, re.I):
        return SourceError("FNL-206", file=path.name)
    return SourceError("FNL-208", file=path.name, why=re.sub(r"\s+", " ", error.split("Context:")[0])[:200])


def _with_texts(cells: pl.DataFrame, texts: list[list]) -> pl.DataFrame:
    """`cells` with the listed [row, column, text] put in (the reader returns those cells as null)."""
    for column in sorted({column for _, column, _ in texts}):
        rows = [row for row, at, _ in texts if at == column]
        name = f"c{column}"
        cells = cells.with_columns(cells[name].scatter(rows, [text for _, at, text in texts if at == column]).alias(name))
    return cells
