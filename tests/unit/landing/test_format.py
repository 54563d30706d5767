"""A ledger is never read by guess: format, gaps, what cannot be read."""

import json
import os
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.landing.delivery_table import delivery_table
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from tests.fixtures.deliveries import chunk, company, delivery, land, original


@pytest.fixture
def folder(tmp_path: Path) -> CompanyFolder:
    folder = company(tmp_path / "company")
    ledger = Ledger(folder)
    for day, amount in ((1, "1"), (8, "2"), (15, "2")):
        file = original(folder, f"{day}.csv", f"{day}".encode(), datetime(2026, 4, day))
        land(ledger, delivery("weekly", date(2026, 3, day), chunk("opportunity", [{"_key": "A", "amount": amount}]), original=file))
    revised = original(folder, "8.csv", b"eight", datetime(2026, 4, 9))
    land(ledger, delivery("weekly", date(2026, 3, 8), chunk("opportunity", [{"_key": "A", "amount": "3"}]), original=revised))
    ledger.revoke(ledger.states()[2].id, "wrong file")
    return folder


def refusal(folder: CompanyFolder) -> tuple[str, int]:
    with pytest.raises(FunnelError) as error:
        Ledger(folder).entries()
    assert len(error.value.message.lines("en")) == len(error.value.message.lines("zh-Hant")) == 4
    return error.value.message.code, error.value.exit_code


@pytest.mark.parametrize("text", ['{"format_version": 2}', '{"format_version": 0}', "{}", "[]", "", "no json"])
def test_another_format_is_refused(folder: CompanyFolder, text: str) -> None:
    (folder.landing / "ledger.json").write_text(text)
    assert refusal(folder) == ("FNL-303", 2)


def test_a_lost_format_mark_is_not_guessed(folder: CompanyFolder) -> None:
    (folder.landing / "ledger.json").unlink()
    assert refusal(folder) == ("FNL-303", 2)
    assert not (folder.landing / "ledger.json").exists()


def test_an_entry_of_a_newer_format_is_refused(folder: CompanyFolder) -> None:
    path = sorted((folder.landing / "manifest").glob("*.json"))[1]
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 2}))
    assert refusal(folder) == ("FNL-303", 2)


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_gap_in_the_manifest_is_refused(folder: CompanyFolder, gone: int) -> None:
    sorted((folder.landing / "manifest").glob("*.json"))[gone].unlink()
    assert refusal(folder) == ("FNL-304", 2)


@pytest.mark.parametrize("text", ["", '{"kind": "deliv'])
def test_a_torn_entry_is_refused(folder: CompanyFolder, text: str) -> None:
    sorted((folder.landing / "manifest").glob("*.json"))[2].write_text(text)
    assert refusal(folder) == ("FNL-304", 2)


def test_an_entry_that_disappears_while_the_ledger_is_open_is_noticed(folder: CompanyFolder) -> None:
    ledger = Ledger(folder)
    ledger.entries()
    sorted((folder.landing / "manifest").glob("*.json"))[-1].unlink()
    with pytest.raises(FunnelError, match="FNL-304"):
        ledger.entries()


def test_two_objects_on_one_ledger_see_what_the_other_appends(folder: CompanyFolder) -> None:
    one, other = Ledger(folder), Ledger(folder)
    assert len(one.entries()) == len(other.entries()) == 5
    land(one, delivery("weekly", date(2026, 3, 22), chunk("opportunity", [{"_key": "A", "amount": "9"}])))
    land(other, delivery("weekly", date(2026, 3, 29), chunk("opportunity", [{"_key": "A", "amount": "9"}])))
    assert [entry["sequence"] for entry in one.entries()] == [1, 2, 3, 4, 5, 6, 7]
    assert one.entries()[-1]["entities"][0]["content_files"] == []


def test_a_copy_of_the_landing_alone_with_every_mtime_touched_tells_the_same(folder: CompanyFolder, tmp_path: Path) -> None:
    elsewhere = company(tmp_path / "elsewhere")
    shutil.copytree(folder.landing, elsewhere.landing)
    for number, path in enumerate(sorted(elsewhere.root.rglob("*"), reverse=True)):
        os.utime(path, (number, number))
    before, after = (delivery_table(Ledger(where).entries(), date(2026, 3, 31)) for where in (folder, elsewhere))
    assert after.equals(before)
    assert after["state_code"].to_list() == ["live", "superseded", "revoked", "live"]
    kept = Ledger(elsewhere).originals("weekly")
    assert [(file.name, file.path.read_bytes()) for file in kept] == [("1.csv", b"1"), ("8.csv", b"8"), ("8.csv", b"eight")]


def test_a_new_ledger_is_readable_by_its_owner_alone(folder: CompanyFolder) -> None:
    for path in (folder.data, folder.landing, folder.landing / "manifest", folder.landing / "weekly" / "opportunity" / "content"):
        assert path.stat().st_mode & 0o777 == 0o700, path
