"""The spool by itself: what a kill leaves at any moment, what fits, what is too old, and each record once."""

import errno
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.extract.connect.connector import Batch
from pipelines.landing import spool as spools
from pipelines.landing import storage
from pipelines.landing.spool import Spool, clear, sweep_spools
from pipelines.messages.catalogue import FunnelError

AT = datetime(2026, 3, 1, 18, 30)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "SLICE_ROWS", 2)


def deals(*keys: str, said: str = "a", stands: str | None = None) -> Batch:
    rows = pl.DataFrame({"id": list(keys), "said": [said] * len(keys)}, schema={"id": pl.String, "said": pl.String})
    return Batch("deal", rows, (lambda: stands) if stands else None)


def opened(folder: Path, identity: str = "i", at: datetime = AT) -> Spool:
    return Spool(folder / "spool", identity, at)


def rows(spool: Spool, name: str = "deal", key: str | None = "id") -> list[tuple]:
    return [row for table in spool.tables(name, key) for row in pl.DataFrame(table).rows()]


def test_what_a_slice_ends_with_is_kept_and_what_came_after_it_is_not(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.add(deals("1", "2", stands="2"))
    spool.add(deals("3", stands="3"))  # too little for a slice
    assert (spool.start, spool.stands) == (1, "2")
    again = opened(tmp_path, at=AT + timedelta(days=1))
    assert (again.start, again.stands, rows(again)) == (2, "2", [("1", "a"), ("2", "a")])
    assert len(list((tmp_path / "spool").glob("*.parquet*"))) == 1, "the rest is swept"
    again.add(deals("3", "4"))
    again.finish("all")
    assert [row[0] for row in rows(again)] == ["1", "2", "3", "4"] and opened(tmp_path).stands == "all"


def test_a_record_that_two_starts_read_counts_as_it_was_read_last_and_what_has_no_key_as_the_last_start_read_it(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.add(Batch("team", pl.DataFrame({"name": ["gone", "kept"]})))
    spool.add(deals("1", "2", "3", stands="3"))
    again = opened(tmp_path)
    again.add(Batch("team", pl.DataFrame({"name": ["kept", "new"]})))
    again.add(deals("2", "4", said="b", stands="4"))
    again.finish("all")
    assert rows(again) == [("1", "a"), ("3", "a"), ("2", "b"), ("4", "b")]
    assert rows(again, "team", None) == [("kept",), ("new",)]


def torn_line(folder: Path) -> None:
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"start": 1, "stands": "9')


def lost_part(folder: Path) -> None:
    line = {"start": 1, "stands": "9", "columns": {}, "parts": [{"object": "deal", "file": "000009-0.parquet", "rows": 1}]}
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(json.dumps(line).encode() + b"\n")


@pytest.mark.parametrize("leave", [torn_line, lost_part])
def test_a_line_that_is_not_whole_does_not_exist(leave: Callable[[Path], None], tmp_path: Path) -> None:
    opened(tmp_path).add(deals("1", "2", stands="2"))
    leave(tmp_path / "spool")
    again = opened(tmp_path)
    assert again.stands == "2"
    again.add(deals("3", "4", stands="4"))
    assert opened(tmp_path).stands == "4"


@pytest.mark.parametrize(("identity", "later"), [("other", timedelta(0)), ("i", timedelta(days=7, seconds=1))])
def test_another_question_or_an_old_answer_begins_anew(identity: str, later: timedelta, tmp_path: Path) -> None:
    opened(tmp_path).add(deals("1", "2", stands="2"))
    again = opened(tmp_path, identity, AT + later)
    assert again.stands is None and again.start == 1 and rows(again) == []
    assert opened(tmp_path, "i", AT + timedelta(days=6)).stands is None


def test_other_columns_within_an_object_are_a_fault(tmp_path: Path) -> None:
    opened(tmp_path).add(deals("1", "2", stands="2"))
    with pytest.raises(ValueError, match="other columns"):
        opened(tmp_path).add(Batch("deal", pl.DataFrame({"id": ["3"]})))


def test_a_full_disk_is_told_and_what_was_kept_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    spool.add(deals("1", "2", stands="2"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(storage, "sync_file", full)
        with pytest.raises(FunnelError) as error:
            spool.add(deals("3", "4", stands="4"))
    assert error.value.message.code == "FNL-308" and opened(tmp_path).stands == "2"


def test_beside_a_spool_nothing_stays_and_a_forgotten_one_is_swept(tmp_path: Path) -> None:
    for source in ("crm", "gone", "old"):
        opened(tmp_path / source).add(deals("1", "2", stands="2"))
        (tmp_path / source / "0.parquet").touch()
        clear(tmp_path / source)
        assert [path.name for path in (tmp_path / source).iterdir()] == ["spool"]
    (tmp_path / "none").mkdir()
    clear(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    head = tmp_path / "old" / "spool" / "spool.json"
    os.utime(head, times=(head.stat().st_mtime - 8 * 86_400,) * 2)
    sweep_spools(
        tmp_path,
        ["crm", "old"],
        datetime.fromtimestamp((tmp_path / "crm" / "spool" / "spool.json").stat().st_mtime, UTC).replace(tzinfo=None),
    )
    assert [path.name for path in tmp_path.iterdir()] == ["crm"]
