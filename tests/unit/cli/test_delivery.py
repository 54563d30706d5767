"""`funnel delivery …` and `funnel erase` on a real little ledger: what they print, and what the ledger says afterwards."""

import re
from pathlib import Path

import pytest

from pipelines.defs import instance
from pipelines.landing.ledger import Ledger
from pipelines.settings.load import load_company
from tests.unit.cli.landed import landed_company
from tests.unit.cli.runner import run


@pytest.fixture
def root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    return landed_company(capsys, tmp_path / "c")


def ids(root: Path) -> list[str]:
    """Delivery ids by date."""
    states = Ledger(load_company(root)).states()
    return [state.id for state in sorted(states, key=lambda state: state.entry["delivered_date"])]


def state_of(root: Path, delivery_id: str) -> str:
    return Ledger(load_company(root)).find(delivery_id).state_code


def test_list_shows_every_delivery_by_date(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(capsys, "delivery", "list", "--company", root)
    rows = [line.split() for line in out.splitlines() if line.startswith("d") and "deals" in line]
    assert code == 0 and [row[1] for row in rows] == ["2026-06-01", "2026-06-08", "2026-06-15"]
    assert [row[-3:] for row in rows] == [
        ["2", "0", "deals_20260601.csv"],
        ["1", "1", "deals_20260608.csv"],
        ["3", "0", "deals_20260615.csv"],
    ]
    assert "3 of 3" in out


def test_show_lists_the_refused_row_with_its_place(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(capsys, "delivery", "show", ids(root)[1], "--company", root)
    (problem,) = [line for line in out.splitlines() if line.startswith("refused ") and "lots" in line]
    assert code == 0 and re.search(r"\b3\b", problem) and "amount" in problem and "FNL-" in problem
    assert "deals_20260608.csv" in out


def test_undo_and_restore_by_the_beginning_of_an_id(capsys, root) -> None:  # type: ignore[no-untyped-def]
    middle = ids(root)[1]
    code, out, _ = run(capsys, "delivery", "undo", middle[:10], "--why", "wrong file", "--company", root)
    assert (code, state_of(root, middle)) == (0, "revoked") and "revoked" in out and "Next:" in out
    (row,) = [line for line in run(capsys, "delivery", "show", middle, "--company", root)[1].splitlines() if line.startswith("deals")]
    assert "revoked" in row and "{" not in row
    code, _, err = run(capsys, "delivery", "undo", middle, "--why", "again", "--company", root)
    assert code == 2 and "FNL-307" in err and "one of: live, held, superseded" in err
    assert run(capsys, "delivery", "restore", middle, "--why", "right after all", "--company", root)[0] == 0
    assert state_of(root, middle) == "live"


def test_a_reason_is_asked_for(capsys, root) -> None:  # type: ignore[no-untyped-def]
    assert run(capsys, "delivery", "undo", ids(root)[0], "--company", root)[0] == 2
    assert state_of(root, ids(root)[0]) == "live"


def test_accept_refuses_what_is_not_held(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, "delivery", "accept", ids(root)[0], "--why", "x", "--company", root)
    assert code == 2 and "FNL-307" in err


def test_an_unknown_delivery_is_named_with_the_nearest(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, "delivery", "show", "dnothing", "--company", root)
    assert code == 2 and "FNL-306" in err


def test_a_beginning_that_several_ids_share_is_not_guessed(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, "delivery", "undo", "d", "--why", "x", "--company", root)
    assert code == 2 and "FNL-313 3 deliveries have an id that begins with d." in err
    assert all(state_of(root, found) == "live" and found in err for found in ids(root))


def test_reparse_of_an_unknown_source(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, "delivery", "reparse", "deal", "--company", root)
    assert code == 2 and "Did you mean: deals" in err


def test_erase_leaves_nothing_of_the_record(capsys, monkeypatch, root) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(instance, "forget_runs", lambda folder: 0)
    code, out, _ = run(capsys, "erase", "deals:2", "--why", "asked to be forgotten", "--company", root)
    assert code == 0 and "FNL-620" in out
    kept = b"".join(path.read_bytes() for path in (root / "data" / "landing" / "deals").rglob("*.parquet"))
    import polars as pl

    keys = {
        key
        for path in (root / "data" / "landing" / "deals").rglob("*/membership/*.parquet")
        for key in pl.read_parquet(path)["_record_key"]
    }
    assert kept and "2" not in keys and {"1", "3"} <= keys
    assert not [path for path in (root / "data" / "landing" / "originals").rglob("*") if path.is_file() and b"second" in path.read_bytes()]


@pytest.mark.parametrize("record", ["deals:99", "nothing:1", "1", ":"])
def test_erase_of_an_unknown_record_changes_nothing(capsys, root, record: str) -> None:  # type: ignore[no-untyped-def]
    before = len(Ledger(load_company(root)).entries())
    code, _, err = run(capsys, "erase", record, "--why", "x", "--company", root)
    assert code == 2 and "FNL-621" in err and len(Ledger(load_company(root)).entries()) == before
