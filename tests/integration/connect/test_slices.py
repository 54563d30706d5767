"""A first load whose process is killed costs one slice, commits nothing of itself, and once it is done is as one reading of one time."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.connect.extraction_file import ExtractionFile
from pipelines.extract.hubspot import reading
from pipelines.extract.table import ROW_NUMBER
from pipelines.landing import spool
from pipelines.landing.ledger import Ledger
from pipelines.settings.company import CompanyFolder
from tests.integration.connect.fakes import KINDS, START, Standing, read, standing
from tests.integration.connect.nights import land_at

ROWS, SLICES = 15, 3
WHOLE = {"odoo": {"crm.stage", "res.users"}, "hubspot": {"owners", "_stages"}, "salesforce": {"OpportunityStage"}}
DEALS = {"odoo": "crm.lead", "hubspot": "deals", "salesforce": "Opportunity"}


@pytest.fixture(params=KINDS)
def fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standing]:
    monkeypatch.setattr(spool, "SLICE_ROWS", ROWS)
    monkeypatch.setattr(reading, "CHUNK", 9)
    with standing(request.param, monkeypatch, deals=60) as fake:
        fake.touch_one()
        yield fake


def journal(folder: CompanyFolder) -> list[dict]:
    path = folder.data / "extracting" / "crm" / "spool" / "journal.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def killed(fake: Standing, folder: CompanyFolder, slices: int) -> None:
    """A process of its own begins to land, and dies when it asks for a page after so many slices were kept."""
    words = [sys.executable, "-m", "tests.integration.connect.first_load", str(folder.root), START.isoformat(), str(ROWS)]
    process = subprocess.Popen(words)
    fake.on_call(lambda: os.kill(process.pid, signal.SIGKILL) if len(journal(folder)) >= slices and process.poll() is None else None)
    assert process.wait(120) == -signal.SIGKILL
    fake.on_call(lambda: None)


def delivered(folder: CompanyFolder) -> list[tuple[str, str]]:
    return [(state.entry["delivery_kind"], state.state_code) for state in Ledger(folder).states()]


def objects(folder: CompanyFolder) -> list[dict[str, list[dict]]]:
    """Of each delivery the rows of each object."""
    found = []
    for state in Ledger(folder).states():
        digest = state.entry["original"]["sha256"]
        file = ExtractionFile(folder.landing / "originals" / digest[:2] / digest, digest)
        found.append(
            {name: pl.concat([block.rows for block in file.table(name).blocks]).drop(ROW_NUMBER).to_dicts() for name in file.objects}
        )
    return found


def key(name: str, row: dict) -> str:
    return str(row.get("key") or row.get("Id") or (row.get("_key") if name == "_stage_change" else row.get("id")) or row)


def test_a_killed_first_load_goes_on_and_nothing_of_it_counts_before_it_is_whole(
    fake: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake.folder(tmp_path, monkeypatch)
    killed(fake, folder, SLICES)
    assert len(journal(folder)) >= SLICES and delivered(folder) == [], "never a part of the deals as the company"
    next_night = START + timedelta(days=1)
    fake.live(next_night - timedelta(hours=5))
    land_at(folder, next_night, "crm", monkeypatch=monkeypatch)
    assert [kind for kind, _ in delivered(folder)][:2] == ["full", "delta"] and {state for _, state in delivered(folder)} == {"live"}
    assert not (folder.data / "extracting" / "crm").exists()
    told = objects(folder)
    for name, rows in told[0].items():
        assert len({key(name, row) for row in rows}) == len(rows), f"{name}: each once"
    assert 0 < len(told[1][DEALS[fake.kind]]) < 30, "what changed since the first start, not all of it"
    now: dict[str, dict[str, dict]] = {}
    for kind, rows_of in zip((kind for kind, _ in delivered(folder)), told, strict=True):
        for name, rows in rows_of.items() if kind != "ids" else ():
            now.setdefault(name, {}).update({key(name, row): row for row in rows})
    (_, whole), *_ = read(fake.connector(), None, next_night + timedelta(seconds=10))[0]
    for name, rows in whole.items():
        for row in rows:
            assert {column: value or None for column, value in row.items()} == now[name][key(name, row)], (name, row)
        if name in WHOLE[fake.kind]:
            assert len(told[0][name]) == len(rows)
    assert len(whole[DEALS[fake.kind]]) > 50


def test_what_was_kept_is_not_asked_for_again(fake: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake.folder(tmp_path, monkeypatch)
    read(fake.connector(), None, START)
    whole = fake.calls.total()
    killed(fake, folder, slices := 6)
    assert delivered(folder) == [] and len(journal(folder)) >= slices
    kept = sum(part["rows"] for line in journal(folder) for part in line["parts"])
    fake.calls.clear()

    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.defs.assets.connect.original_deliveries", lambda *_: stop())
    with pytest.raises(KeyboardInterrupt):
        land_at(folder, START + timedelta(hours=1), "crm", monkeypatch=monkeypatch)
    assert kept >= slices * ROWS and fake.calls.total() < whole * 0.85, (kept, fake.calls.total(), whole)
    assert len(journal(folder)) > slices, "told to end after all was read: it is still there"


@pytest.mark.parametrize("how", ["mapping", "page_size", "age"])
def test_a_load_that_asks_otherwise_or_is_too_old_begins_anew(
    fake: Standing, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake.folder(tmp_path, monkeypatch)
    killed(fake, folder, SLICES)
    later = START + timedelta(hours=1)
    if how == "age":
        later = START + timedelta(days=8)
    elif how == "page_size":
        fake.said["page_size"] = 9
        folder = fake.folder_again(folder.root)
    else:
        monkeypatch.setattr("pipelines.extract.version.EXTRACT_VERSION", 999)
    land_at(folder, later, "crm", monkeypatch=monkeypatch)
    assert [kind for kind, _ in delivered(folder)] == ["full"], "no delta follows: it is of one time"
