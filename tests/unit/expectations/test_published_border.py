"""The published border: which warehouses may be published. Each fault is planted alone, in an otherwise good hand-made warehouse."""

from datetime import date

import pytest

from expectations.published_border import check_marts
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.publish import publish
from tests.unit.publish.made import DAY, build_warehouse, company


def failed(results):
    return {(result.table, result.name): result for result in results if not result.passed}


def test_a_good_warehouse_passes_and_says_what_was_checked(tmp_path):
    results = check_marts(build_warehouse(company(tmp_path)), DAY)
    assert failed(results) == {}
    assert {
        ("marts.fct_opportunity", "deal_count"),
        ("marts.fct_opportunity", "deal_amount"),
        ("marts.fct_opportunity", "key_unique"),
        ("marts.win_rate", "win_rate_range"),
        ("marts.funnel_by_stage", "open_deals_in_one_stage"),
        ("marts.funnel_by_stage", "not_suddenly_empty"),
        ("marts.cycle", "won_median_days_range"),
        ("marts.freshness", "fresh_within_days_range"),
    } <= {(result.table, result.name) for result in results}


DEAL, FUNNEL = "marts.fct_opportunity", "marts.funnel_by_stage"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "delete from marts.fct_opportunity where opportunity_id = 'crm:2'",
            {(DEAL, "deal_count"): "FNL-511", (DEAL, "deal_amount"): "FNL-511", (DEAL, "deals_on_one_side_only"): "FNL-511"},
        ),
        (
            "update marts.fct_opportunity set opportunity_id = 'crm:9' where opportunity_id = 'crm:2'",
            {(DEAL, "deals_on_one_side_only"): "FNL-511"},
        ),
        ("update marts.fct_opportunity set amount = 100.51 where opportunity_id = 'crm:1'", {(DEAL, "deal_amount"): "FNL-511"}),
        (
            "update marts.fct_opportunity set opportunity_id = null where opportunity_id = 'crm:2'",
            {(DEAL, "deals_on_one_side_only"): "FNL-511", (DEAL, "key_present"): "FNL-513"},
        ),
        ("update marts.win_rate set win_rate = 1.5 where win_rate = 1", {("marts.win_rate", "win_rate_range"): "FNL-512"}),
        ("update marts.win_rate set win_rate_low = -0.01 where win_rate = 1", {("marts.win_rate", "win_rate_low_range"): "FNL-512"}),
        ("update marts.fct_opportunity set cycle_days = -1 where opportunity_id = 'crm:2'", {(DEAL, "cycle_days_range"): "FNL-512"}),
        ("update marts.cycle set won_count = -1 where won_count = 1", {("marts.cycle", "won_count_range"): "FNL-512"}),
        ("update marts.quality_issue set quality_issue_id = '1'", {("marts.quality_issue", "key_unique"): "FNL-513"}),
        ("update marts.funnel_by_stage set amount_base = 100.49 where stage_code = 'need'", {(FUNNEL, "open_deal_amount_base"): "FNL-511"}),
        ("update marts.funnel_by_stage set as_of_date = null where stage_code = 'won'", {(FUNNEL, "as_of_date_present"): "FNL-513"}),
        ("update marts.funnel_by_stage set as_of_date = '2026-03-30'", {(FUNNEL, "rows_of_another_date"): "FNL-511"}),
        (
            "delete from marts.funnel_by_stage where stage_code = 'unmapped'",
            {(FUNNEL, "open_deal_count"): "FNL-511", (FUNNEL, "open_deals_in_one_stage"): "FNL-515"},
        ),
        (
            "insert into marts.funnel_by_stage select 'again', as_of_date, stage_set_code, stage_code, 0, 0, 0, 0, 0 "
            "from marts.funnel_by_stage where stage_code = 'need'",
            {(FUNNEL, "open_deals_in_one_stage"): "FNL-515"},
        ),
        ("drop table marts.funnel_by_stage cascade", {(FUNNEL, "checkable"): "FNL-516"}),
        ("alter table marts.fct_opportunity drop column is_open", {(DEAL, "checkable"): "FNL-516", (FUNNEL, "checkable"): "FNL-516"}),
    ],
)
def test_a_fault_blocks(tmp_path, change, expected):
    dropped = ("drop view marts.a_view_of_a_view", "drop view marts.open_deal")
    folder = build_warehouse(company(tmp_path), *dropped, change)
    found = failed(check_marts(folder, DAY))
    assert {key: result.message_code for key, result in found.items()} == expected
    for result in found.values():
        assert result.blocks
        for language in ("en", "zh-Hant"):
            assert len(result.message().lines(language)) == 4
        assert len(result.example_rows) <= 5
    with pytest.raises(FunnelError) as error:
        publish(folder, DAY, "run", list(found.values()))
    assert error.value.message.code == "FNL-521" and error.value.exit_code == 1


def test_a_probability_that_a_source_invents_is_shown_and_does_not_block(tmp_path):
    folder = build_warehouse(company(tmp_path), "update marts.fct_opportunity set source_probability_rate = 90")
    found = failed(check_marts(folder, DAY))
    assert [(key, result.severity) for key, result in found.items()] == [((DEAL, "source_probability_rate_range"), "warning")]
    publish(folder, DAY, "run", list(found.values()))


def test_five_example_rows_name_the_offenders(tmp_path):
    folder = build_warehouse(
        company(tmp_path),
        "insert into marts.quality_issue select 'x' || (i // 2)::int, 'FNL-701', 'error', null, null, true from range(14) t(i)",
    )
    result = failed(check_marts(folder, DAY))["marts.quality_issue", "key_unique"]
    assert result.values["failed_count"] == 14
    assert len(result.example_rows) == 5 and all(row["quality_issue_id"].startswith("x") for row in result.example_rows)


def test_a_funnel_that_empties_overnight_blocks(tmp_path):
    folder = build_warehouse(company(tmp_path))
    publish(folder, DAY, "run", [])
    nothing = [f"delete from {table}" for table in ("canonical.opportunity", "marts.fct_opportunity", "marts.funnel_by_stage")]
    build_warehouse(folder, *nothing)
    found = failed(check_marts(folder, date(2026, 4, 1)))
    assert {key: result.message_code for key, result in found.items()} == {(FUNNEL, "not_suddenly_empty"): "FNL-514"}
    assert (
        found[FUNNEL, "not_suddenly_empty"].message().lines()[0]
        == "FNL-514 The funnel is empty; the last publication (2026-03-31) showed 5 deals."
    )


def test_a_company_without_deals_may_publish_its_empty_funnel(tmp_path):
    nothing = [f"delete from {table}" for table in ("canonical.opportunity", "marts.fct_opportunity", "marts.funnel_by_stage")]
    folder = build_warehouse(company(tmp_path), *nothing)
    assert failed(check_marts(folder, DAY)) == {}
    publish(folder, DAY, "run", [])
    assert failed(check_marts(folder, DAY)) == {}


def test_the_file_is_free_afterwards(tmp_path):
    folder = build_warehouse(company(tmp_path))
    check_marts(folder, DAY)
    build_warehouse(folder)  # writes the same path in this process
