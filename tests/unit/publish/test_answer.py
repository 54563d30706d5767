"""The business answer, from figures written down by hand."""

from pipelines.publish.answer import business_answer, business_figures
from pipelines.publish.publish import publish
from tests.unit.publish.made import DAY, build_warehouse, company


def published(tmp_path, *changes):
    return publish(build_warehouse(company(tmp_path), *changes), DAY, "run", []).file


def test_in_english(tmp_path):
    assert business_answer(published(tmp_path), "en") == [
        "Open pipeline: 2 deals, 100.50 TWD; 1 deals have no amount or no exchange rate and are not in the sum",
        "Win rate: 70.0 % (won 7 of n = 10 closed; 95 % between 39.7 % and 89.2 %)",
        "Median sales cycle: 12.2 days (n = 6 won deals with both dates)",
        "Problem 1: Vanished (FNL-716): 2 records, 200.00 TWD at risk",
        "Problem 2: Stage name not in the playbook (FNL-701): 1 records, 100.50 TWD at risk",
        "Problem 3: No amount (FNL-708): 1 records, 9,999.00 TWD at risk",
    ]


def test_in_chinese_a_withheld_rate_and_no_problem(tmp_path):
    file = published(
        tmp_path,
        "update marts.win_rate set is_withheld = true, win_rate = null, win_rate_low = null, win_rate_high = null",
        "update marts.win_rate set won_count = 3, closed_count = 4",
        "update marts.cycle set won_count = 0, won_median_days = null",
        "delete from marts.quality_issue",
        "update marts.funnel_by_stage set blank_amount_count = 0",
    )
    assert business_answer(file, "zh-Hant") == [
        "進行中的商機：2 件，100.50 TWD",
        "贏單率：不顯示，已結案 n = 4 件，低於下限 5 件",
        "銷售週期中位數：未知，沒有贏單同時具有起訖日期",
        "問題：未發現",
    ]


def test_an_empty_company_has_an_answer_too(tmp_path):
    file = published(
        tmp_path,
        "delete from marts.funnel_by_stage",
        "delete from marts.win_rate",
        "delete from marts.cycle",
        "delete from marts.quality_issue",
    )
    figures = business_figures(file)
    assert (figures.open_count, figures.open_amount_base, figures.win_rate, figures.median_cycle_days, figures.problems) == (
        0,
        0,
        None,
        None,
        [],
    )
    assert len(business_answer(file, "en")) == 4


def test_a_rule_name_that_looks_like_markup_stays_text(tmp_path):
    file = published(tmp_path, "update marts.quality_rule set rule_name_en = '[bold]<b>{count}</b>' where rule_code = 'FNL-716'")
    assert business_answer(file, "en")[3] == "Problem 1: [bold]<b>{count}</b> (FNL-716): 2 records, 200.00 TWD at risk"
