"""A disk that refuses: FNL-308, and the ledger is as it was, at whichever write it happens."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from tests.fixtures.deliveries import chunk, company, delivery, land, original

DAYS = [date(2026, 3, 1), date(2026, 3, 8)]


def told(day: date, size: int = 1) -> tuple:
    deals = [{"_key": "A", "stage": f"{day}", "_extra": None}, {"_key": "E", "_refused": "FNL-221"}]
    return chunk("opportunity", deals), chunk("customer", [{"_key": f"K{n}", "customer_name": os.urandom(64).hex()} for n in range(size)])


def files(ledger: Ledger) -> dict[str, bytes]:
    return {str(path.relative_to(ledger.landing)): path.read_bytes() for path in ledger.landing.rglob("*") if path.is_file()}


def failing(call: Callable[..., Any], countdown: list[int]) -> Callable[..., Any]:
    def traced(*arguments: Any, **named: Any) -> Any:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*arguments, **named)

    return traced


def test_enospc_at_every_write_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    """The n-th call that writes fails, for every n until a delivery gets through."""
    ledger = Ledger(company(tmp_path / "company"))
    first = original(ledger.folder, "1.csv", b"one", datetime(2026, 4, 1))
    land(ledger, delivery("weekly", DAYS[0], *told(DAYS[0]), original=first))
    before, seen = files(ledger), 0
    second, parts = original(ledger.folder, "2.csv", b"two", datetime(2026, 4, 1)), told(DAYS[1])
    for number in range(1, 200):
        countdown = [number]
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in (
                (os, "fsync"), (os, "replace"), (Path, "mkdir"), (Path, "write_bytes"), (Path, "rename"), (shutil, "copyfileobj"),
                (pl.DataFrame, "write_parquet"), (pq.ParquetWriter, "write_table"), (pq.ParquetWriter, "close"),
            ):  # fmt: skip
                patch.setattr(owner, name, failing(getattr(owner, name), countdown))
            try:
                staged = ledger.stage(delivery("weekly", DAYS[1], *parts, original=second))
                staged.commit()
            except FunnelError as error:
                assert (error.message.code, error.exit_code) == ("FNL-308", 1)
                seen += 1
        if len(ledger.entries()) == 2:
            break
        assert not [name for name in files(ledger).keys() - before.keys() if not {"content", "membership"}.isdisjoint(name.split("/"))], (
            number
        )
        ledger.sweep()
        assert files(ledger) == before, number
    assert seen > 20
    assert Ledger(ledger.folder).states()[1].state_code == "live"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of four megabytes."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_a_real_disk_that_fills_while_rows_are_written(small_disk: Path) -> None:
    ledger = Ledger(company(small_disk / "company"))
    land(ledger, delivery("weekly", DAYS[0], *told(DAYS[0])))
    before = files(ledger)
    with pytest.raises(FunnelError) as error:
        land(ledger, delivery("weekly", DAYS[1], *told(DAYS[1], size=80_000)))
    assert error.value.message.code == "FNL-308"
    ledger.sweep()
    assert files(ledger) == before
    assert land(ledger, delivery("weekly", DAYS[1], *told(DAYS[1]))).outcome_code == "landed"


def test_other_faults_are_not_called_a_full_disk(tmp_path: Path) -> None:
    ledger = Ledger(company(tmp_path / "company"))
    item = delivery("weekly", DAYS[0], *told(DAYS[0]))

    def missing() -> Iterator:
        raise FileNotFoundError(errno.ENOENT, "gone")
        yield

    item.chunks = missing
    with pytest.raises(FileNotFoundError):
        ledger.stage(item)
