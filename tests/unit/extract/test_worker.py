"""The reader process: time, memory, crashes; it is usable again afterwards."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract.delivery import SourceError
from pipelines.extract.worker import Worker


def test_a_killed_reader_is_replaced(bench: Any) -> None:
    path, worker = bench.workbook({"s": [["a"], [1]]}), Worker()
    try:
        worker.sheets(path)
        assert worker.process
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        assert worker.sheets(path) == ["s"]
    finally:
        worker.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_the_runs_to_answer(bench: Any, number: signal.Signals) -> None:
    """Ctrl-C and a service manager reach the reader too; were it to end, its file would be refused for it, and not be tried again."""
    path, worker = bench.workbook({"s": [["a"], [1]]}), Worker()
    try:
        worker.sheets(path)
        assert worker.process
        os.kill(worker.process.pid, number)
        assert worker.sheet(0).cells.height == 2 and worker.sheets(path) == ["s"]
    finally:
        worker.close()


def test_one_process_serves_many_files(bench: Any) -> None:
    worker = Worker()
    try:
        worker.sheets(bench.workbook({"s": [["a"]]}))
        assert worker.process
        first = worker.process.pid
        worker.sheets(bench.workbook({"t": [["a"]]}, name="y.xlsx"))
        assert worker.process.pid == first
    finally:
        worker.close()


def test_a_reader_without_memory_is_said_and_replaced(bench: Any) -> None:
    path, worker = bench.workbook({"s": [["a"]]}), Worker(memory_limit=16 * 2**20)
    try:
        with pytest.raises(SourceError) as refusal:
            worker.sheets(path)
    finally:
        worker.close()
    assert refusal.value.message.code in ("FNL-208", "FNL-209")


def test_a_reader_that_takes_too_long_is_ended(bench: Any) -> None:
    path, worker = bench.workbook({"s": [["a"]]}), Worker(time_limit=0)
    try:
        with pytest.raises(SourceError) as refusal:
            worker.sheets(path)
        assert refusal.value.message.code == "FNL-210"
        assert worker.process is None
        worker.time_limit = 60
        assert worker.sheets(path) == ["s"]
    finally:
        worker.close()


def test_a_broken_workbook_is_refused_with_the_readers_words(tmp_path: Path) -> None:
    path, worker = tmp_path / "x.xls", Worker()
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    try:
        with pytest.raises(SourceError) as refusal:
            worker.sheets(path)
    finally:
        worker.close()
    assert refusal.value.message.code == "FNL-208"
    assert str(tmp_path) not in str(refusal.value)


def test_a_workbook_is_read_whatever_its_file_is_called(bench: Any) -> None:
    path, worker = bench.workbook({"s": [["a"]]}), Worker()
    try:
        for name in ("0a1b2c", "x.xls", "x.ods"):
            assert worker.sheets(path.rename(path.with_name(name))) == ["s"]
            path = path.with_name(name)
    finally:
        worker.close()
