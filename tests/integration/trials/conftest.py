"""The nights that several trials share, each run once for this folder.

Belongs here: which night follows which. Does not: how a night runs (nights.py), or what must come of it (the tests).
"""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.trials import company
from tests.integration.trials.nights import Night, night_at, nightly

DAY = "2026-06-14"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The first night, with an editor's lock, a system file and a file that grows all the while in the inbox."""
    root = tmp_path_factory.mktemp("trials") / "base"
    company.make(root)
    (root / "inbox" / "~$週報.xlsx").write_bytes(b"\x05owner")
    (root / "inbox" / "diary" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    growing, ended = root / "inbox" / "diary" / "日誌_張_20260614.csv", threading.Event()
    company.diary(growing, "張")

    def grow() -> None:
        with growing.open("a", encoding="utf-8") as file:
            number = 2
            while not ended.wait(0.02):
                file.write(f"張-{number},2026-06-05,張,電話,初談\n")
                file.flush()
                number += 1

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        night = nightly(root, DAY)
    finally:
        ended.set()
        writer.join()
    growing.unlink()
    return night


@pytest.fixture(scope="module")
def copy_of_base(base: Night, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A fresh copy of the company as the first night left it."""

    def copied() -> Path:
        return Path(shutil.copytree(base.root, tmp_path_factory.mktemp("trial") / "company", symlinks=True))

    return copied


@pytest.fixture(scope="module")
def closed_day(copy_of_base: Callable[[], Path]) -> Night:
    """P1 is won on the 15th at 01:10 in Taipei, its list arrives at 02:00, and the schedule's night starts at 02:30."""
    root = copy_of_base()
    company.portal(root, "贏單", "2026-06-15 01:10:00", datetime(2026, 6, 14, 18, 0, tzinfo=UTC))
    return night_at(root, "2026-06-14T18:30:00", "schedule")


@pytest.fixture(scope="module")
def failed(closed_day: Night) -> Night:
    """The next scheduled night, on the 16th at 02:30 in Taipei, finds the disk full."""
    return night_at(closed_day.root, "2026-06-15T18:30:00", "schedule", fails=True)


@pytest.fixture(scope="module")
def repeated(failed: Night) -> Night:
    """Run again by hand on the 16th at 09:00 in Taipei, naming no date."""
    return night_at(failed.root, "2026-06-16T01:00:00", "cli")
