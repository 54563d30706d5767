"""The list of published measures (seeds/measure.csv) is complete against the marts, and says of each what it needs.

Belongs here: that the list, the columns and the models agree. Does not: whether a source supports a measure (test_measure_availability.py).
"""

import csv
import re
from fnmatch import fnmatch

import pytest

from tests.structure.source import ROOT
from tests.structure.test_models import MODELS, PUBLISHED, SQL, described

SEEDS = ROOT / "dbt_project" / "seeds"
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
FIGURE = re.compile(r"_(rate|ratio|days)$|(amount|margin)_base$")
TABLES = [
    name for name in PUBLISHED if SQL[name].parts[:1] == ("marts",) and SQL[name].parts[1] in ("funnel", "forecast", "process", "team")
]
# Tables that hold what a measure counts, not a measure.
BEHIND = {
    "customer_timeline": "the events of a customer",
    "customer_worth": "the money in customer_360",
    "fct_pipeline_movement": "the deals of the waterfall",
    "fct_pipeline_position": "the deals of the waterfall",
    "fct_stage_move": "the moves behind conversion and gates",
    "opportunity_interval": "the spans behind every date",
    "period_figure": "copied from the waterfall and slippage, to be compared with the next night's",
    "pipeline_flow": "what each holder added to the waterfall",
    "pipeline_span": "the spans of the waterfall",
    "pipeline_window": "the dates of the waterfall",
    "publication_basis": "what a publication rests on",
    "stage_visit_bound": "the bounds that gates use",
}
# Columns that are told, declared or a bound, beside the measure of their table.
BESIDE = {
    "black_box": {"amount_base"},
    "change_comparison": {"window_days"},
    "claimed_evidenced": {"claimed_amount_base"},
    "cycle_distribution": {"from_days", "until_days"},
    "fct_opportunity_day": {"declared_probability_rate", "exchange_rate", "source_probability_rate"},
    "funnel_as_of": {"declared_probability_rate"},
    "funnel_opportunity": {"amount_base"},
    "neglected_customer": {"touch_limit_days", "open_amount_base", "won_amount_base", "best_probability_rate"},
    "pipeline_waterfall": {"difference_amount_base"},
    "stall_register": {"untouched_limit_days"},
}


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


MEASURES = seed("measure")
REQUIREMENTS = {row["requirement_code"] for row in seed("measure_requirement")}


@pytest.mark.parametrize("table", TABLES)
def test_every_figure_of_a_table_is_a_measure(table: str) -> None:
    listed = [row for row in MEASURES if row["table_name"] == table]
    if table in BEHIND:
        assert not listed
        return
    patterns = [pattern for row in listed for pattern in parts(row["column_names"])]
    figures = {column["name"] for column in described()[table]["columns"] if FIGURE.search(column["name"])}
    left = {name for name in figures if not any(fnmatch(name, pattern) for pattern in patterns)}
    assert listed and left == BESIDE.get(table, set())


def test_nothing_excused_is_missing() -> None:
    assert set(BEHIND) | set(BESIDE) <= set(TABLES)


@pytest.mark.parametrize("row", MEASURES, ids=lambda row: row["measure_code"])
def test_a_measure_stands_where_it_says_and_needs_what_is_known(row: dict[str, str]) -> None:
    columns = [column["name"] for column in described()[row["table_name"]]["columns"]]
    assert [pattern for pattern in parts(row["column_names"]) if not any(fnmatch(name, pattern) for name in columns)] == []
    assert not row["row_filter"] or re.split("!?=", row["row_filter"])[0] in columns
    assert parts(row["requirement_codes"]) and set(parts(row["requirement_codes"])) <= REQUIREMENTS
    assert row["measure_name_en"] and row["measure_name_zh_hant"]
    assert re.search(rf"`{row['table_name']}[`.:]", PAGE)


def test_every_requirement_is_counted_and_asked_for() -> None:
    counting = (MODELS / SQL["measure_support"]).read_text(encoding="utf-8")
    assert {code for code in REQUIREMENTS if f"'{code}'" not in counting} == set()
    assert REQUIREMENTS - {code for row in MEASURES for code in parts(row["requirement_codes"])} == set()


def test_models_ask_only_for_measures_of_the_list() -> None:
    codes = {row["measure_code"] for row in MEASURES}
    asked = {
        code
        for path in SQL.values()
        for code in re.findall(r"supported\.(\w+)", (MODELS / path).read_text(encoding="utf-8"))
        if not code.endswith("_")
    }
    assert asked - codes == set()
