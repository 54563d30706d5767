"""SIGKILL at random points of landing: what is committed is whole, nothing lies twice, and landing again ends where an unkilled run ends.

FUNNEL_SOAK=1000 kills a thousand times instead of fifty; the moments follow from FUNNEL_KILL_SEED.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.ledger import reader
from tests.integration.ledger.killed_lander import WEEKS, rows

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("FUNNEL_SOAK", "50"))
SEED = int(os.environ.get("FUNNEL_KILL_SEED", "20260301"))


class Lander:
    """The process that forks a child to land and die."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.ledger.killed_lander"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors.open("w"), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"}, text=True,
        )  # fmt: skip

    def land(self, root: Path, calls: int = 0, milliseconds: int = 0) -> bool:
        """True when it came to the end, False when it was killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{root} {calls} {milliseconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer in ("killed", "done"), f"{answer}: {self.errors.read_text()[-3000:]}"
        return answer == "done"


@pytest.fixture(scope="module")
def lander(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lander]:
    lander = Lander(tmp_path_factory.mktemp("lander") / "errors.txt")
    yield lander
    assert lander.process.stdin is not None
    lander.process.stdin.close()
    lander.process.wait()


def what_is_there(landing: Path) -> dict:
    """Everything a reader finds, less ids that depend on the order of commits and on times; raises where anything is torn or twice."""
    entries = reader.manifest(landing) if (landing / "ledger.json").is_file() else []
    told: dict = {"kinds": Counter(entry["kind"] for entry in entries if entry["kind"] != "compact"), "deliveries": {}}
    for entry in [entry for entry in entries if entry["kind"] == "delivery"]:
        assert reader.original_or_none(landing, entry) in (f"week {entry['original']['name'][:-4]}".encode(), None)
        for part in entry["entities"]:
            held = reader.accepted(landing, entries, entry, part["entity"])
            listed = [
                (row["_record_key"], row["_row_number"], row["problem_code"]) for row in reader.problems(landing, entry, part["entity"])
            ]
            told["deliveries"][entry["original"]["name"], part["entity"]] = (entry["delivery_id"], part["membership_id"], held, listed)
    told["states"] = reader.states(entries)
    return told


def test_killed_at_random_points_the_ledger_is_whole_and_ends_the_same(lander: Lander, tmp_path: Path) -> None:
    assert lander.land(tmp_path / "unkilled")
    unkilled = what_is_there(tmp_path / "unkilled" / "data" / "landing")
    assert len(unkilled["deliveries"]) == 2 * WEEKS
    assert unkilled["deliveries"]["11.csv", "opportunity"][2] == [
        (row["_key"], {"stage": row["stage"]}) for row in rows(11) if row["_key"] in "ABC"
    ]
    assert not any(key == "S" for held in unkilled["deliveries"].values() for key, _ in held[2])
    chosen, kills, companies, untidy, began = random.Random(SEED), 0, 0, 0, time.monotonic()
    while kills < KILLS:
        companies += 1
        root = tmp_path / f"killed {companies}"
        landing = root / "data" / "landing"
        done = False
        while not done:
            by_calls = chosen.random() < 0.7
            done = lander.land(
                root, calls=chosen.randrange(1, 120) if by_calls else 0, milliseconds=0 if by_calls else chosen.randrange(1, 150)
            )
            kills += not done
            untidy += not done and bool(leftovers(landing))
            if not erased_now(landing):
                what_is_there(landing)
        assert lander.land(root)  # the story again, unkilled: it changes nothing more
        assert what_is_there(landing) == unkilled
        assert leftovers(landing) == []
        assert kills < 20 * KILLS
    print(f"seed {SEED}: {kills} kills in {companies} companies and {time.monotonic() - began:.0f} s; {untidy} left something to sweep")
    assert kills >= KILLS and untidy > KILLS / 10


def leftovers(landing: Path) -> list[str]:
    """What no entry names; before the ledger's first file everything is."""
    return reader.leftovers(landing) if (landing / "ledger.json").is_file() else [str(path) for path in landing.rglob("*")]


def erased_now(landing: Path) -> bool:
    """Is an erasure under way? Then files lack rows that a later entry has not told yet, and only the next writer mends that."""
    entries = reader.manifest(landing) if (landing / "ledger.json").is_file() else []
    return sum(entry["kind"] == "erase" for entry in entries) > sum(entry["kind"] == "erased" for entry in entries)


def test_every_file_of_a_killed_ledger_opens(lander: Lander, tmp_path: Path) -> None:
    """One kill at each of the first storage calls, in order: no call is a bad moment."""
    for calls in range(1, 40):
        root = tmp_path / str(calls)
        lander.land(root, calls=calls)
        landing = root / "data" / "landing"
        if (landing / "ledger.json").is_file():
            what_is_there(landing)
            for path in landing.glob("*/*/*/*.parquet"):
                pq.read_metadata(path)
