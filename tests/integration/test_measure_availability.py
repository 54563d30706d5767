"""What the golden company, maven and zoho can be asked, and what not, by what their sources deliver; what none supports shows nothing.

Belongs here: reasons, worked out from mappings, files and playbooks, and that no 0 stands where nobody told. Does not: how the list is kept
complete (tests/structure/test_measures.py).
"""

import csv
import re
from fnmatch import filter as matching

import pytest

from tests.integration.conftest import ROOT, Night

pytestmark = pytest.mark.slow

# One delivery of each, no targets, no tasks, limits or changes in the playbook, nothing published before, no margin, no loss reason, no
# forecast category, no competitor, no order that names a deal, no visit.
BOTH = {
    "one_delivery": "created_cohort_vanished push_count slippage slipped_deals stage_conversion_vanished stage_duration_vanished"
    " team_slippage team_vanished vanished_records waterfall_date waterfall_delivered waterfall_return waterfall_transfer waterfall_value"
    " win_rate_with_vanished won_amount_change",
    "no_earlier_stage": "reversed_wins",
    "no_earlier_publication": "funnel_as_published restatement waterfall_published",
    "no_margin": "closed_deal_margin team_margin won_margin",
    "no_forecast_category": "forecast_category",
    "no_loss_reason": "loss_by_reason",
    "no_competitor": "shape_by_competitor",
    "no_order": "won_with_order",
    "no_visit": "visits_evidenced",
    "no_target": "coverage team_target",
    "no_change_marker": "change_comparison",
}
# sales_pipeline.csv has deal, agent, product, account, stage, day of engaging, close. No creation, no expected close, no probability, no source, no
# type; close_value is blank while open and 0 where lost. sales_teams.csv gives teams, accounts.csv offices but no segment. Nobody delivers activities.
MAVEN = {
    "no_created_date": "closed_deal_days conversion_within_days created_amount created_deals cycle cycle_distribution deal_age deal_cycle"
    " deal_day_age team_created team_created_amount velocity velocity_cycle",
    "no_open_amount": "conversion_amount coverage_due customer_value deal_day_amount forecast_amount forecast_with_won funnel_any_evening_amount"
    " open_amount open_amount_by_stage shape_amount stall_amount team_pipeline velocity_open_amount waterfall_amount weighted_by_stage"
    " weighted_declared weighted_observed weighted_source",
    "no_lost_amount": "cohort_lost_amount cohort_win_amount_rate loss_amount lost_amount win_amount_rate",
    "no_open_margin": "customer_margin",
    "no_margin": f"{BOTH['no_margin']} customer_won_margin",
    "no_expected_close_date": "forecast_by_due_month forecast_won_amount",
    "no_segment": "shape_by_segment",
    "no_lead_source": "shape_by_lead_source",
    "no_opportunity_type": "shape_by_opportunity_type",
    "no_activity": "activity_link customer_follow_up customer_touches team_activities",
    "no_deal_activity": "black_box evidenced gate_check gate_pass_rate gate_readiness gate_result neglected stage_evidence team_evidenced team_gates"
    " untouched visit_activities",
}
# Potentials.csv has no account, no product and tells of one stage only, the present one: no move. Calls name deal "0" or a number that no deal has,
# meetings and tasks none. Users.csv has no teams.
ZOHO = {
    "no_customer": "customer_margin customer_position customer_value customer_won customer_won_margin customers_by_band neglected",
    "no_stage_move": "evidenced gate_check gate_pass_rate gate_result loss_by_stage monotone_probability observed_probability shape slow_in_stage"
    " stage_conversion stage_conversion_within_days stage_duration stage_evidence stage_exits team_bottleneck team_evidenced team_gates team_moves",
    "no_product": "loss_by_product shape_by_product",
    "no_segment": "shape_by_segment",
    "no_region": "shape_by_region",
    "no_team": "by_team shape_by_team",
    "no_deal_activity": "black_box gate_readiness untouched visit_activities",
    "no_target": f"{BOTH['no_target']} coverage_due",
    "no_untouched_days": "customer_follow_up",
}


def listed() -> set[str]:
    with (ROOT / "dbt_project" / "seeds" / "measure.csv").open(encoding="utf-8", newline="") as file:
        return {row["measure_code"] for row in csv.DictReader(file)}


def by_measure(*lacks: dict[str, str]) -> dict[str, str]:
    return {measure: reason for lack in lacks for reason, measures in lack.items() for measure in measures.split()}


def check(night: Night, source: str, wanted: dict[str, str]) -> None:
    found = night.rows(
        "select source_system, measure_code, is_available, reason_code, reason_en, reason_zh_hant from marts.measure_availability"
    )
    assert {row[1]: (row[0], row[2], row[3]) for row in found} == {
        code: (source, code not in wanted, wanted.get(code)) for code in listed()
    }
    assert all((row[4] is None, row[5] is None) == (row[2], row[2]) for row in found)


def test_maven(maven: Night) -> None:
    check(maven, "sales_pipeline", by_measure(BOTH, MAVEN))


def test_zoho(zoho: Night) -> None:
    check(zoho, "potential", by_measure(BOTH, ZOHO))


def shown(night: Night) -> list[str]:
    """Measures that no source supports and whose table shows something all the same."""
    found = []
    lacking = """select measure_code, min(table_name), min(row_filter), min(column_names) from marts.measure_availability
        group by measure_code having not bool_or(is_available)"""
    for code, table, rows, names in night.rows(lacking):
        columns = [
            name
            for (name,) in night.rows(
                "select column_name from information_schema.columns where table_schema = 'marts' and table_name = ?", table
            )
        ]
        asked = [name for pattern in (names or "").split("|") for name in matching(columns, pattern)]
        column, sign, values = re.split("(!?=)", rows, maxsplit=1) if rows else ("''", "=", "")
        where = f"cast({column} as text) {'not in' if sign == '!=' else 'in'} ('{values.replace(' ', chr(39) + ', ' + chr(39))}')"
        what = f"coalesce({', '.join(f'cast({name} as text)' for name in asked)}) is not null" if asked else "true"
        found += [f"{code}: {table}" for _ in night.rows(f"select 1 from marts.{table} where {where} and {what} limit 1")]
    return found


def test_what_maven_cannot_tell_is_not_shown_as_0(maven: Night) -> None:
    assert shown(maven) == []


def test_what_zoho_cannot_tell_is_not_shown_as_0(zoho: Night) -> None:
    assert shown(zoho) == []


def test_what_the_golden_company_cannot_tell_is_not_shown_as_0(golden: Night) -> None:
    assert shown(golden) == []
