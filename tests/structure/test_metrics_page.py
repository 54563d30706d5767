"""docs/metrics.md names every table of the funnel and of the forecast, and every share, ratio and duration in them.

Belongs here: what must stand on that page. Does not: whether it is right (docs/worked_example.md), or single columns (data_model.md is generated).
"""

import re

import pytest

from tests.structure.source import ROOT
from tests.structure.test_models import PUBLISHED, SQL, described

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
TABLES = [name for name in PUBLISHED if SQL[name].parts[1] in ("funnel", "forecast")]
MEASURE = re.compile(r"_(rate|ratio|days)$")
NO_MEASURE = {
    "exchange_rate",
    "declared_probability_rate",
    "source_probability_rate",
    "from_days",
    "until_days",
    "cycle_days",
}  # told, bounds, copied


def is_told(column: str) -> bool:
    """By its name, or by that of its kind: N days, step NN, lost_ as won_, before_ and after_ by what is compared."""
    kind = re.sub(r"^step_\d\d_", "step_NN_", re.sub(r"_(30|90|180)_days", "_N_days", column))
    compared = re.sub(r"^(before|after)(?=_)", "", kind)
    return any(f"`{name}`" in PAGE for name in (kind, kind.replace("lost_", "won_"), compared))


@pytest.mark.parametrize("table", TABLES)
def test_every_measure_of_the_funnel_is_on_the_page(table: str) -> None:
    assert f"`{table}`" in PAGE
    measures = {column["name"] for column in described()[table]["columns"] if MEASURE.search(column["name"])} - NO_MEASURE
    assert sorted(name for name in measures if not is_told(name)) == []
