"""The inbox sensor over several ticks: files at rest start one run, growing and known ones none."""

import hashlib
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.triggers.inbox import inbox_sensor
from pipelines.settings.company import CompanyFolder


class Ticks:
    """Evaluates the sensor again and again, as the daemon does."""

    def __init__(self, folder: CompanyFolder) -> None:
        self.sensor, self.cursor = inbox_sensor(folder), None

    def tick(self) -> list[str | None]:
        result = self.sensor.evaluate_tick(dg.build_sensor_context(cursor=self.cursor))
        self.cursor = result.cursor  # type: ignore[assignment]
        return [request.run_key for request in result.run_requests or []]


@pytest.fixture
def folder(make_folder) -> CompanyFolder:
    made = make_folder(sources={"deals": {"mapping": "m.yaml", "files": ["*.csv"]}})
    (made.root / "inbox").mkdir()
    return made


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_at_rest_starts_one_run_named_by_its_content(folder: CompanyFolder) -> None:
    ticks = Ticks(folder)
    assert ticks.tick() == []
    (folder.root / "inbox" / "a.csv").write_text("one")
    assert ticks.tick() == []  # seen once: it may still grow
    assert ticks.tick() == [sha256("one")]
    assert ticks.tick() == []


def test_a_growing_file_waits(folder: CompanyFolder) -> None:
    ticks, file = Ticks(folder), folder.root / "inbox" / "a.csv"
    for text in ("o", "on", "one"):
        file.write_text(text)
        assert ticks.tick() == []
    assert ticks.tick() == [sha256("one")]


def test_a_changed_file_starts_another_run(folder: CompanyFolder) -> None:
    ticks, file = Ticks(folder), folder.root / "inbox" / "a.csv"
    file.write_text("one")
    ticks.tick(), ticks.tick()
    file.write_text("another")
    assert ticks.tick() == []
    assert ticks.tick() == [sha256("another")]


def test_files_that_arrive_together_start_one_run(folder: CompanyFolder) -> None:
    ticks = Ticks(folder)
    for name in ("a.csv", "b.csv"):
        (folder.root / "inbox" / name).write_text(name)
    ticks.tick()
    assert len(ticks.tick()) == 1


@pytest.mark.parametrize("name", ["~$a.csv", "Thumbs.db", ".hidden.csv", "a.txt"])
def test_what_is_no_delivery_starts_nothing(folder: CompanyFolder, name: str) -> None:
    ticks = Ticks(folder)
    (folder.root / "inbox" / name).write_text("one")
    assert [ticks.tick(), ticks.tick(), ticks.tick()] == [[], [], []]


def test_what_the_ledger_has_starts_nothing(folder: CompanyFolder) -> None:
    digest = sha256("one")
    archived: Path = folder.landing / "originals" / digest[:2] / digest
    archived.parent.mkdir(parents=True)
    archived.write_text("one")
    ticks = Ticks(folder)
    (folder.root / "inbox" / "a.csv").write_text("one")
    assert [ticks.tick(), ticks.tick(), ticks.tick()] == [[], [], []]
