"""A process that lands a small company's story and is killed at a chosen storage call or moment; run by test_killed.py.

Belongs here: the story, and dying. Does not: judging what is left. Reads "<company folder> <calls> <milliseconds>" lines; each is landed in a
forked child that starts where the ledger stands; answers "killed" or "done".
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.extract.delivery import RefusedFile
from pipelines.landing.ledger import Ledger
from pipelines.landing.lock import company_lock
from tests.fixtures.deliveries import chunk, company, delivery, original

FIRST = date(2026, 1, 4)
WEEKS = 12
AT = datetime(2026, 6, 1)


def rows(week: int) -> list[dict]:
    """A moves every week, B never, C in turns, D has two rows that contradict each other, E is refused, S is the secret that is erased."""
    told: list[dict] = [
        {"_key": "A", "stage": str(week)}, {"_key": "B", "stage": "x"}, {"_key": "C", "stage": str(week % 3)}, {"_key": "C", "stage": str(week % 3)},
        {"_key": "D", "stage": "1"}, {"_key": "D", "stage": "2"}, {"_key": "E", "_refused": "FNL-221"},
    ]  # fmt: skip
    return [*told, {"_key": "S", "stage": "secret"}] if week < 4 else told


def story(ledger: Ledger) -> None:
    """The whole story; what is done already is not done again."""
    ledger.sweep()
    for week in range(WEEKS):
        deals, file = rows(week), original(ledger.folder, f"{week}.csv", f"week {week}".encode(), AT)
        parts = [
            chunk("opportunity", deals[:3]),
            chunk("opportunity", deals[3:], first_row=5),
            chunk("customer", [{"_key": f"K{week % 2}"}]),
        ]
        if not ledger.is_known("weekly", file, "v1"):
            ledger.stage(delivery("weekly", FIRST + timedelta(weeks=week), *parts, original=file)).commit()
        said = {entry["kind"] for entry in ledger.entries()}
        if week == 5 and "erase" not in said:
            ledger.erase("weekly", "opportunity", "S", "asked")
        if week == 6:
            ledger.note_mapping("weekly", "v1", b"mapping", "d6d0a5a1fd4bb1d4ba2e6ae7b2ba7f1e4c5b1a2f3d4e5f60718293a4b5c6d7e8")
            ledger.refuse_file(RefusedFile("weekly", original(ledger.folder, "bad.xls", b"bad", AT), "FNL-204", {"file": "bad.xls"}))
        if week == 8 and "revoke" not in said:
            ledger.revoke(ledger.states()[2].id, "wrong")
        if week in (7, 10):
            ledger.compact()


def die_after(calls: int) -> None:
    """SIGKILL before the call number `calls` of those that touch the disk."""
    left = calls

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def traced(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return traced

    import polars as pl
    import pyarrow.parquet as pq

    for owner, names in (
        (os, ("replace", "fsync", "mkdir", "unlink", "rename", "rmdir")),
        (Path, ("rename", "unlink", "mkdir", "write_bytes")),
        (pl.DataFrame, ("write_parquet",)),
        (pq.ParquetWriter, ("write_table", "close")),
    ):
        for name in names:
            setattr(owner, name, counted(getattr(owner, name)))


def child(root: Path, calls: int, milliseconds: int) -> None:
    from pipelines.landing import compact

    compact.ENOUGH_FILES = 4
    folder = company(root)
    if calls:
        die_after(calls)
    if milliseconds:
        signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)  # SIGALRM unhandled ends a process as abruptly as SIGKILL
    with company_lock(folder):
        story(Ledger(folder))


if __name__ == "__main__":
    for line in sys.stdin:
        root, calls, milliseconds = line.rsplit(" ", 2)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                child(Path(root), int(calls), int(milliseconds))
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGALRM)
        print("killed" if killed else "done" if status == 0 else f"failed {status}", flush=True)
