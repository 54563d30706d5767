"""One writer a company.

Belongs here: the lock and who holds it. Does not: what is done under it. The operating system frees the lock of a dead holder.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.landing.storage import disk_guard, make_folder
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder


@contextmanager
def company_lock(folder: CompanyFolder, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the company's lock, re-entrant within the process. Raises FunnelError FNL-301 naming the holder after `wait_seconds`."""
    with disk_guard(folder.data):
        make_folder(folder.data).chmod(0o700)
    holder = folder.data / "ledger.lock.json"
    lock = FileLock(folder.data / "ledger.lock", timeout=wait_seconds, is_singleton=True, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        who = _holder(holder)
        raise FunnelError(
            "FNL-301", pid=who.get("pid", "?"), host=who.get("host", "?"), since=who.get("since", "?"), waited=wait_seconds
        ) from None
    try:
        with disk_guard(folder.data):
            _sign(holder)
        yield
    finally:
        lock.release()


def _sign(holder: Path) -> None:
    signed = holder.with_suffix(".tmp")
    who = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    signed.write_text(json.dumps(who))
    os.replace(signed, holder)


def _holder(holder: Path) -> dict:
    try:
        return json.loads(holder.read_text())
    except (OSError, ValueError):
        return {}
