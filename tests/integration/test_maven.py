"""The night of examples/maven_crm: the answers computed independently in the data's manifest, to the unit and the cent."""

import csv
from collections import Counter
from decimal import Decimal

import pytest

from tests.integration.conftest import REAL_DATA, Night

WON, LOST, ENGAGING, PROSPECTING = 4238, 2473, 1589, 500
WON_AMOUNT = Decimal("10005534.00")


def test_published_whole(maven: Night) -> None:
    assert maven.exit_code == 0


def test_every_deal_by_state(maven: Night) -> None:
    found = set(maven.rows("select status_code, stage_code, count(*) from marts.fct_opportunity group by all"))
    assert found == {("won", "won", WON), ("lost", "lost", LOST), ("open", "engaging", ENGAGING), ("open", "prospecting", PROSPECTING)}
    assert maven.row("select count(*), count(distinct source_record_id) from marts.fct_opportunity") == (8800, 8800)


def test_won_value_and_win_rate(maven: Night) -> None:
    assert maven.row("""select sum(amount), sum(amount_base)
        from marts.fct_opportunity
        where is_won""") == (WON_AMOUNT, WON_AMOUNT)
    found = maven.row("""select won_count, lost_count, win_rate
        from marts.win_rate
        where scope_code = 'company' and period_kind_code = 'all'""")
    assert found[:2] == (WON, LOST)
    assert round(found[2], 6) == Decimal("0.631501")


@pytest.mark.parametrize(("outcome", "count", "mean"), [(["won"], WON, 51.782), (["won", "lost"], WON + LOST, 47.985)])
def test_days_from_engaging_to_close(maven: Night, outcome: list[str], count: int, mean: float) -> None:
    found = maven.row(
        """select count(*), avg(visit_days)
            from marts.fct_stage_visit
            join marts.fct_opportunity using (opportunity_id)
            where fct_stage_visit.stage_code = 'engaging' and status_code in (select unnest(?))""",
        outcome,
    )
    assert (found[0], round(float(found[1]), 3)) == (count, mean)


def test_won_by_regional_office_at_the_close(maven: Night) -> None:
    found = maven.rows(
        """select region_code, count(*), sum(amount_base) from marts.fct_opportunity
        join marts.dim_team_membership on dim_team_membership.owner_id = owner_at_close_id join marts.dim_team using
        (team_id) where is_won group by all order by 1"""
    )
    assert found == [("Central", 1629, Decimal("3346293.00")), ("East", 1171, Decimal("3090594.00")), ("West", 1438, Decimal("3568647.00"))]


def test_no_deal_drops_out_on_product(maven: Night) -> None:
    assert maven.row("""select count(*), count(distinct opportunity_id)
        from canonical.opportunity_line
        join marts.dim_product using (product_id)
        where not is_stub""") == (8800, 8800)
    assert (
        maven.row("""select count(*), sum(line_amount)
        from canonical.opportunity_line
        where product_id = 'product:GTX Pro' and line_amount > 0""")[0]
        > 0
    )
    assert maven.rows("select 1 from marts.quality_issue where rule_code = 'FNL-729'") == []


def test_every_row_of_every_file(maven: Night) -> None:
    rows = {"sales_pipeline.csv": 8800, "accounts.csv": 85, "products.csv": 7, "sales_teams.csv": 35}
    found = maven.rows(
        """select original_name, entity, source_row_count - 1, accepted_row_count, refused_row_count, is_source_balanced, is_change_balanced
            from marts.delivery_log
            where source_kind = 'file'"""
    )
    assert {(name, entity) for name, entity, *_ in found} == {
        ("sales_pipeline.csv", "opportunity"),
        ("sales_pipeline.csv", "opportunity_line"),
        ("sales_pipeline.csv", "stage_change"),
        ("accounts.csv", "customer"),
        ("products.csv", "product"),
        ("sales_teams.csv", "owner"),
        ("sales_teams.csv", "team"),
        ("sales_teams.csv", "team_membership"),
    }
    for name, entity, *counts in found:
        accepted = rows[name] - (PROSPECTING if entity == "stage_change" else 0)  # 500 deals were never engaged
        assert counts == [rows[name], accepted, 0, True, True], (name, entity)


def test_deals_are_word_for_word_those_of_the_file(maven: Night) -> None:
    with (REAL_DATA / "maven_crm" / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        want = {
            (
                row["opportunity_id"],
                row["sales_agent"],
                row["account"] or None,
                row["close_date"] or None,
                Decimal(row["close_value"]) if row["close_value"] else None,
            )
            for row in csv.DictReader(file)
        }
    found = maven.rows(
        """select source_record_id, owner_name, customer_name, cast(closed_date as text), amount from marts.fct_opportunity
        left join marts.dim_owner using (owner_id) left join marts.dim_customer using (customer_id)"""
    )
    assert set(found) == want


def test_oddities_are_issues(maven: Night) -> None:
    found = Counter(rule for (rule,) in maven.rows("select rule_code from marts.quality_issue"))
    assert found["FNL-705"] == 1425  # deals without an account
    assert found["FNL-708"] == ENGAGING + PROSPECTING  # open deals have no value yet
    assert found["FNL-728"] == 8800  # nobody recorded a creation date: no cycle, rather than a wrong one
    assert maven.row("""select won_count, won_unknown_count
        from marts.cycle
        where scope_code = 'company' and period_kind_code = 'all'""") == (0, WON)
    assert maven.row("""select count(*)
        from marts.dim_owner
        where owner_id not in (select owner_id
        from marts.fct_opportunity)""") == (5,)


def test_misspelt_sector_is_an_issue(maven: Night) -> None:
    with (REAL_DATA / "maven_crm" / "accounts.csv").open(encoding="utf-8", newline="") as file:
        want = {(f"account:{row['account']}", "industry: technolgy") for row in csv.DictReader(file) if row["sector"] == "technolgy"}
    assert want and set(maven.rows("select record_id, detail from marts.quality_issue where rule_code = 'FNL-733'")) == want
