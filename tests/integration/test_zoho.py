"""The night of examples/zoho_crm: every row of the eleven files, compared with the files read by Python's csv alone."""

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest

from tests.integration.conftest import REAL_DATA, Night

FILES = {
    "Potentials": ("opportunity", 3632),
    "Leads": ("lead", 3900),
    "Contacts": ("contact", 1265),
    "Accounts": ("customer", 2229),
    "Users": ("owner", 11),
    "Products": ("product", 2000),
    "Calls": ("activity", 4100),
    "Events": ("activity", 2978),
    "Tasks": ("activity", 2978),
    "Sales_Orders": ("transaction_card", 2061),
    "Sales_Order_Line_Items": ("transaction_card_line", 6138),
}
STATES = {"Closed Won": "won", "Closed Lost": "lost"}


@cache
def table(name: str) -> list[dict[str, str]]:
    with (REAL_DATA / "zoho_crm" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def money(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", "")).quantize(Decimal("0.01"))


def day(text: str, format: str = "%d %b, %Y %H:%M:%S") -> str:
    return str(datetime.strptime(text, format).date())


def test_published_whole(zoho: Night) -> None:
    assert zoho.exit_code == 0


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(zoho: Night, name: str) -> None:
    entity, count = FILES[name]
    found = zoho.row(
        """select entity, source_row_count - 1, accepted_row_count, refused_row_count,
        blank_row_count, title_row_count, repeated_row_count,
        is_source_balanced, is_change_balanced from marts.delivery_log where original_name = ?""",
        f"{name}.csv",
    )
    duplicates = len(table(name)) - len({tuple(row.values()) for row in table(name)}) if name == "Tasks" else 0
    assert len(table(name)) == count
    assert found == (entity, count, count, 0, 0, 1, duplicates, True, True)


def test_every_deal(zoho: Night) -> None:
    found = zoho.rows(
        """select source_record_id, opportunity_name, status_code, amount, cast(created_date as text),
        cast(expected_close_date as text), cast(closed_date as text),
        owner_name, source_probability_rate from marts.fct_opportunity join marts.dim_owner using (owner_id)"""
    )
    want = set()
    for row in table("Potentials"):
        state, close = STATES.get(row["Stage"], "open"), day(row["Closing Date"])
        rate = Decimal(row["Probability"]) / 100 if row["Probability"] else None
        want.add(
            (
                row["LEADID"],
                row["Potential Name"],
                state,
                money(row["Amount"]),
                day(row["Created Time"]),
                close,
                None if state == "open" else close,
                row["Potential Owner"],
                rate,
            )
        )
    assert set(found) == want and len(found) == 3632


def test_open_pipeline_by_stage(zoho: Night) -> None:
    want: dict[str, list] = {}
    for row in table("Potentials"):
        if row["Stage"] not in STATES:
            entry = want.setdefault(row["Stage"], [0, Decimal("0.00")])
            entry[0], entry[1] = entry[0] + 1, entry[1] + money(row["Amount"])
    found = zoho.rows("select stage_name_en, open_count, amount_base from marts.funnel_by_stage where open_count > 0")
    assert {stage: [count, amount] for stage, count, amount in found} == want


def test_ids_of_seventeen_digits_survive(zoho: Night) -> None:
    found = {
        key
        for (key,) in zoho.rows("""select source_record_id
        from canonical.activity
        where source_system = 'event'""")
    }
    assert found == {row["EVENTID"] for row in table("Events")}
    assert max(map(len, found)) == 17


def test_days_of_activities_and_orders(zoho: Night) -> None:
    """Three ways of writing a date in one export."""
    calls = Counter(
        zoho.rows("""select cast(occurred_date as text)
        from canonical.activity
        where source_system = 'call'""")
    )
    assert calls == Counter((row["Call Start Time"][:10],) for row in table("Calls"))
    tasks = Counter(
        zoho.rows("""select cast(planned_date as text)
        from canonical.activity
        where source_system = 'task'""")
    )
    assert tasks == Counter((day(row["Due Date"]),) for row in table("Tasks"))
    orders = set(
        zoho.rows("""select source_record_id, cast(transaction_date as text), amount
        from canonical.transaction_card""")
    )
    assert orders == {
        (row["SALESORDERID"], day(row["Created Time"], "%d-%m-%Y %H:%M"), money(row["Sub Total"])) for row in table("Sales_Orders")
    }


def test_order_lines_to_the_cent(zoho: Night) -> None:
    found = set(
        zoho.rows("""select source_record_id, unit_price_amount, line_amount
        from canonical.transaction_card_line""")
    )
    assert found == {
        (row["INVENTORYRELID"], money(row["List Price"]), money(row["Total After Discount"])) for row in table("Sales_Order_Line_Items")
    }


def test_repeated_tasks_are_kept_and_shown(zoho: Night) -> None:
    different = len({tuple(row.values()) for row in table("Tasks")})
    assert different < 2978
    assert zoho.row("select count(*) from canonical.activity where source_system = 'task'") == (2978,)
    found = zoho.row("select detail from marts.quality_issue where rule_code = 'FNL-719'")
    assert found == (f"{2978 - different} / 2978",)


def test_activities_of_deals_that_do_not_exist(zoho: Night) -> None:
    """Calls of deal "0", and others whose number no deal has."""
    known = {row["LEADID"] for row in table("Potentials")}
    want = Counter(
        f"opportunity: {row['POTENTIALID']}"
        for name in ("Calls", "Events")
        for row in table(name)
        if row["POTENTIALID"] and row["POTENTIALID"] not in known
    )
    found = Counter(
        detail
        for (detail,) in zoho.rows("""select detail
        from marts.quality_issue
        where rule_code = 'FNL-725'""")
    )
    assert found == want
    assert found["opportunity: 0"] == 1250


def test_probability_against_the_stage(zoho: Night) -> None:
    wrong = set()
    for row in table("Potentials"):
        state, rate = STATES.get(row["Stage"], "open"), row["Probability"]
        if rate and ((state == "won" and rate != "100") or (state == "lost" and rate != "0") or (state == "open" and rate in ("0", "100"))):
            wrong.add(f"potential:{row['LEADID']}")
    found = {key for (key,) in zoho.rows("select record_id from marts.quality_issue where rule_code = 'FNL-714'")}
    assert found == wrong and len(wrong) > 2000


def test_other_oddities(zoho: Night) -> None:
    assert zoho.row("""select count(*)
        from marts.quality_issue
        where rule_code = 'FNL-705'""") == (3632,)  # no deal names an account
    assert zoho.row("select count(*) from marts.dim_owner where is_stub") == (0,)
    assert zoho.row("""select count(*)
        from canonical.customer
        where customer_name is null and not is_stub""") == (sum(not row["Account Name"] for row in table("Accounts")),)
