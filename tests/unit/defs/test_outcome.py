"""Exit codes, by the contract: 0 whole, 1 not published, 3 published while something is held, late, refused or failed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.defs.outcome import NightOutcome, SourceOutcome

PUBLISHED = {"published": Path("funnel.duckdb")}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, 1),
        (PUBLISHED, 0),
        ({**PUBLISHED, "held": [{"delivery_id": "d1"}]}, 3),
        ({**PUBLISHED, "stale": [{"source": "a"}]}, 3),
        ({**PUBLISHED, "sources": [SourceOutcome("a", "failed")]}, 3),
        ({**PUBLISHED, "sources": [SourceOutcome("a", "refused")]}, 3),
        ({**PUBLISHED, "sources": [SourceOutcome("a", "landed"), SourceOutcome("b", "unchanged")]}, 0),
        ({**PUBLISHED, "waiting": [{"delivery_id": "d1"}], "warnings": [{}], "missed": [date(2026, 1, 1)]}, 0),
        ({"held": [{"delivery_id": "d1"}]}, 1),
        ({"kind": "past", "computed": Path("x.duckdb"), "held": [{}]}, 0),
        ({"kind": "past"}, 1),
        ({"kind": "dry_run"}, 0),
        ({"kind": "dry_run", "sources": [SourceOutcome("a", "held")]}, 3),
    ],
)
def test_exit_code(given: dict[str, Any], code: int) -> None:
    outcome = NightOutcome(date(2026, 6, 28), **given)
    outcome.settle()
    assert outcome.exit_code == code
