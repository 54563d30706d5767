"""One writer a company.

Belongs here: the lock and who holds it. Does not: what is done under it. The operating system frees the lock of a dead holder.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from pipelines.landing.storage import make_folder
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder


@contextmanager
def company_lock(folder: CompanyFolder, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the company's lock, re-entrant within the process. Raises FunnelError FNL-301 naming the holder after `wait_seconds`."""
    make_folder(folder.data)
    holder = folder.data / "ledger.lock.json"
    lock = FileLock(folder.data / "ledger.lock", timeout=wait_seconds, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        who = json.loads(holder.read_text()) if holder.is_file() else {}
        raise FunnelError(
            "FNL-301", pid=who.get("pid", "?"), host=who.get("host", "?"), since=who.get("since", "?"), waited=wait_seconds
        ) from None
    try:
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat(timespec="seconds")})
        )
        yield
    finally:
        lock.release()
