"""The demo's published file against truth.json, which the generator's own event log told.

Belongs here: one test per promise or planted fact. Does not: recomputing anything with the models' own rules.
"""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pytest

from tests.integration.conftest import ROOT, Night

REPORT, LOST = "weekly_report:", {"lost", "not_signed"}
Truth = dict[str, Any]


def key(deal: str) -> str:
    return f"{REPORT}{deal}"


def codes(rows: list[tuple]) -> list[str]:
    return sorted(row[0].removeprefix(REPORT) for row in rows)


def issues(night: Night, rule: str) -> list[str]:
    return codes(night.rows("select distinct record_id from marts.quality_issue where rule_code = ?", rule))


def content(file: Path) -> object:
    """Bytes; of a workbook its parts, whatever the compressor."""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with ZipFile(file) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_generator_makes_the_committed_files_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "examples" / "demo" / "generate.py"), str(tmp_path)], check=True, capture_output=True)
    committed = ROOT / "examples" / "demo"
    made = {file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()}
    kept = {
        file.relative_to(committed)
        for part in ("inbox", "playbook", "truth.json")
        for file in [committed / part, *(committed / part).rglob("*")]
        if file.is_file() and not file.name.startswith(".")
    }
    assert made == kept
    assert [name for name in sorted(made) if content(tmp_path / name) != content(committed / name)] == []


def test_exit_code_says_that_something_is_held_and_stale(demo: Night) -> None:
    assert demo.exit_code == 3


@pytest.mark.parametrize("state", ["open", "won", "lost", "vanished"])
def test_totals(demo: Night, truth: Truth, state: str) -> None:
    found = demo.row(
        """select count(*), coalesce(sum(amount_base), 0), count(*) filter (where amount_base_missing_code = 'blank_amount'),
        count(*) filter (where amount_base_missing_code = 'no_rate') from marts.fct_opportunity where status_code = ?""",
        state,
    )
    told = truth["totals"][state]
    assert found == (told["count"], Decimal(told["amount_base"]), told["no_amount_count"], told["no_rate_count"])


def test_every_deal(demo: Night, truth: Truth) -> None:
    found = demo.rows(
        """select source_record_id, status_code, stage_set_code, stage_code, amount, currency_code, amount_base, created_date, closed_date,
        expected_close_date, owner_name, loss_reason_text, customer_id, dim_customer.is_stub
        from marts.fct_opportunity left join marts.dim_owner using (owner_id) left join marts.dim_customer using (customer_id)"""
    )
    assert len(found) == len(truth["deals"]) == 400
    wrong = []
    for deal, *values in found:
        told = truth["deals"][deal]
        state, stage_set, stage, amount, currency, base, created, closed, due, owner, reason, customer, is_stub = values
        said = [state, stage_set, stage, amount, currency, base, str(created), closed and str(closed), due and str(due), owner, reason]
        want = [
            told["state"],
            told["stage_set"],
            told["stage"],
            told["amount"] and Decimal(told["amount"]),
            told["currency"],
            told["amount_base"] and Decimal(told["amount_base"]),
            told["created_date"],
            told["closed_date"],
            told["due_date"],
            told["owner"],
            told["loss_reason"],
        ]
        listed = told["customer_code"] is not None
        if said != want or is_stub == listed or (listed and customer != f"customer_list:{told['customer_code']}"):
            wrong.append((deal, said, want, customer, told["customer_code"]))
    assert wrong == []


def test_open_funnel_by_stage(demo: Night, truth: Truth) -> None:
    found = demo.rows("""select stage_set_code, stage_code, open_count, amount_base
        from marts.funnel_by_stage
        where open_count > 0""")
    said = {f"{stage_set}/{'null' if stage == 'unmapped' else stage}": (count, amount) for stage_set, stage, count, amount in found}
    assert said == {name: (told["count"], Decimal(told["amount_base"])) for name, told in truth["open_by_stage"].items()}


def test_win_rate(demo: Night, truth: Truth) -> None:
    won, lost = truth["totals"]["won"]["count"], truth["totals"]["counted_losses"]["count"]
    found = demo.row("""select won_count, lost_count, lost_not_counted_count, win_rate
        from marts.win_rate
        where scope_code = 'company' and period_kind_code = 'all'""")
    assert found[:3] == (won, lost, len(truth["planted"]["duplicate_record"]))
    assert found[3] == round(Decimal(won) / Decimal(won + lost), 9)


def visits(night: Night) -> dict[str, list[tuple]]:
    """deal -> (stage, ended by, next stage, skipped, is re-entry) in order."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for deal, *rest in night.rows(
        """select opportunity_id, stage_code, ended_by_code, next_stage_code, coalesce(skipped_stage_codes, ''), is_reentry
        from marts.fct_stage_visit order by opportunity_id, visit_sequence"""
    ):
        found[deal.removeprefix(REPORT)].append(tuple(rest))
    return found


def test_stage_history_of_every_deal(demo: Night, truth: Truth) -> None:
    said = visits(demo)
    wrong = {}
    for deal, told in truth["deals"].items():
        want = [stage for _, _, stage in told["observed"] if stage and stage not in LOST]
        if [visit[0] for visit in said.get(deal, [])] != want:
            wrong[deal] = (said.get(deal), told["observed"])
    assert wrong == {}


def test_how_every_visit_ended(demo: Night, truth: Truth) -> None:
    said = visits(demo)
    names = {"forward": "advanced", "backward": "moved_back", "won": "won", "lost": "lost"}
    wrong = {}
    for deal, told in truth["deals"].items():
        want = [
            (move["from"], names[move["kind"]], move["to"], "|".join(move["skipped"])) for move in told["moves"] if move["from"] not in LOST
        ]
        ended = [visit[:4] for visit in said[deal] if visit[1] not in ("open", "vanished") and visit[2] is not None]
        if ended != want:
            wrong[deal] = (ended, want)
    assert wrong == {}


def test_planted_moves(demo: Night, truth: Truth) -> None:
    said, planted = visits(demo), truth["planted"]
    for deal in planted["re_entry"]:
        assert [visit[4] for visit in said[deal] if visit[0] == "proposal_supported"] == [False, True]
    for deal in planted["skip"]:
        assert ("need_confirmed", "advanced", "shortlisted", "proposal_supported|project_approved", False) in said[deal]
    for deal in planted["backward"]:
        assert said[deal][-2][:3] == ("negotiation", "moved_back", "proposal_supported")
    for deal in planted["reopened"]:
        assert [visit[:2] for visit in said[deal]][1:] == [
            ("need_confirmed", "lost"),
            ("need_confirmed", "advanced"),
            ("proposal_supported", "open"),
        ]


def test_vanished_deal_is_valued(demo: Night, truth: Truth) -> None:
    (deal,) = truth["planted"]["vanished"]
    last = max(week["date"] for week in truth["weekly_report"] if week["date"] <= "2026-04-19")
    found = demo.row("""select record_id, cast(vanished_date as text), amount, is_missing
        from marts.vanished_record
        where entity = 'opportunity'""")
    assert (last, found) == ("2026-04-19", (key(deal), "2026-04-26", Decimal(truth["deals"][deal]["amount"]), True))
    assert deal in issues(demo, "FNL-716")


def test_rows_of_every_weekly_file(demo: Night, truth: Truth) -> None:
    found = demo.rows(
        """select original_name, entity, source_row_count, accepted_row_count, refused_row_count,
        blank_row_count + title_row_count, duplicate_row_count,
        is_source_balanced, is_change_balanced from marts.delivery_log where source_system = 'weekly_report' and is_live"""
    )
    said = {(name, entity): tuple(rest) for name, entity, *rest in found}
    want = {}
    for week in truth["weekly_report"]:
        want[week["file"], "opportunity"] = (
            week["source"],
            week["accepted"],
            week["refused"],
            week["blank"] + week["title"],
            week["duplicates"],
            True,
            True,
        )
        want[week["file"], "opportunity_line"] = (week["lines"] + 1, week["lines"], 0, 1, 0, True, True)
    assert said == want


REASONS = {"conflicting_rows": 2, "bad_amount": 1, "bad_date": 1, "error_cell": 1}


def test_refused_rows_of_each_kind(demo: Night, truth: Truth) -> None:
    found = demo.rows(
        """select cast(delivered_date as text), record_id, count(distinct _row_number) from canonical.record_problem
        where source_system = 'weekly_report' and action_code = 'refused' group by all"""
    )
    want = {
        (week, key(deal), REASONS[fault])
        for week, faults in truth["row_faults"].items()
        for deal, fault in faults.items()
        if fault in REASONS
    }
    want.add((truth["planted"]["refused_without_key"]["week"], None, 1))
    assert set(found) == want
    for _, deal, _ in want:
        assert (
            demo.rows(
                """select 1
            from marts.vanished_record
            where record_id = ?""",
                deal or "",
            )
            == []
        ), "a refused row never looks vanished"


def test_the_ledger_keeps_what_was_refused(demo: Night) -> None:
    """Raw cells may be personal: they are in the ledger, and not in the published file."""
    with duckdb.connect() as connection:
        files = str(demo.folder / "data" / "landing" / "weekly_report" / "opportunity" / "problem" / "*.parquet")
        found = connection.execute(
            """select action_code, raw_value, raw_row
            from read_parquet(?, union_by_name = true)""",
            [files],
        ).fetchall()
    refused = [(raw, row) for action, raw, row in found if action == "refused"]
    assert {"洽談中", "115/13/45", "#DIV/0!"} <= {raw for raw, _ in refused}
    assert all(json.loads(row) for _, row in refused) and any("新案洽談(未編號)" in row for _, row in refused)
    assert [raw for action, raw, _ in found if action == "blanked"] == ["下半年"]
    assert (
        demo.rows("""select raw_value, raw_row
        from canonical.record_problem
        where raw_value is not null or raw_row is not null""")
        == []
    )


def test_blanked_cell_and_duplicate_row(demo: Night, truth: Truth) -> None:
    ((week, deal),) = [
        (week, deal) for week, faults in truth["row_faults"].items() for deal, fault in faults.items() if fault == "blanked_cell"
    ]
    found = demo.rows("""select cast(delivered_date as text), record_id, column_name
        from canonical.record_problem
        where source_system = 'weekly_report' and action_code = 'blanked'""")
    assert found == [(week, key(deal), "預計成交")]
    duplicated = {week for week, faults in truth["row_faults"].items() if "exact_duplicate" in faults.values()}
    month = truth["diary"]["planted"]["exact_duplicate"]["month"]
    found = demo.rows(
        """select source_system, cast(first_seen_date as text), split_part(detail, ' ', 1)
            from marts.quality_issue
            where rule_code = 'FNL-719'"""
    )
    assert sorted(found) == [("diary", f"{month}-31", "1"), *(("weekly_report", week, "1") for week in duplicated)]


def test_copy_of_a_week_is_held(demo: Night, truth: Truth) -> None:
    ((name, reasons),) = demo.rows("""select distinct original_name, state_reason
        from marts.delivery_log
        where state_code = 'held'""")
    assert (name, [reason["code"] for reason in json.loads(reasons)]) == (truth["held_copy"]["file"], [truth["held_copy"]["code"]])


def test_repeated_week_changes_nothing(demo: Night, truth: Truth) -> None:
    found = demo.row(
        """select new_count, changed_count, vanished_count
        from marts.delivery_log
        where entity = 'opportunity' and is_live and cast(declared_date as text) = ?""",
        truth["repeated_week"],
    )
    assert found == (0, 0, 0)


def test_late_week_sorts_into_place(demo: Night, truth: Truth) -> None:
    saved = {week["date"]: week["saved_at"] for week in truth["weekly_report"]}
    assert saved[truth["late_week"]] > saved["2026-03-08"], "the truth says that week 9 was saved after week 10"
    order = demo.rows("""select cast(delivered_date as text)
        from marts.delivery_log
        where source_system = 'weekly_report' and entity = 'opportunity' and is_live order by delivered_at""")
    assert [day for (day,) in order] == sorted(saved)


def test_issues_name_the_planted_deals(demo: Night, truth: Truth) -> None:
    planted = truth["planted"]
    assert issues(demo, "FNL-701") == planted["unknown_stage"]
    assert issues(demo, "FNL-708") == planted["missing_amount"]
    assert issues(demo, "FNL-709") == planted["currency_without_rate"]
    assert issues(demo, "FNL-703") == planted["customer_not_listed"]
    assert issues(demo, "FNL-706") == issues(demo, "FNL-729") == []


def test_moves_without_evidence(demo: Night, truth: Truth) -> None:
    found = Counter(codes(demo.rows("select opportunity_id from marts.quality_issue where rule_code = 'FNL-726'")))
    for deal in truth["planted"]["no_evidence"]:
        assert deal not in truth["activity"]["by_deal"]
        assert found[deal] == sum(move["kind"] == "forward" for move in truth["deals"][deal]["moves"]) > 1


def test_activities(demo: Night, truth: Truth) -> None:
    told, planted = truth["activity"], truth["diary"]["planted"]
    duplicate, unknown = planted["exact_duplicate"]["count"], planted["unknown_deal"]["count"]
    assert demo.row("select count(*) from marts.fct_activity") == (told["count"] + duplicate + unknown,)
    by_deal = dict(
        demo.rows("""select source_record_id, count(*)
        from marts.fct_activity
        join marts.fct_opportunity using (opportunity_id)
        group by all""")
    )
    assert sum(by_deal.values()) - sum(told["by_deal"].values()) in (0, duplicate)
    assert {deal for deal in by_deal if by_deal[deal] != told["by_deal"].get(deal)} <= {
        deal for deal in by_deal if by_deal[deal] == told["by_deal"].get(deal, 0) + 1
    }
    kinds = dict(demo.rows("select activity_type_code, count(*) from marts.fct_activity group by all"))
    names = {"拜訪": "visit", "電話": "call", "郵件": "email", "會議": "meeting", "其他": "other"}
    assert sum(kinds.values()) - sum(told["by_kind"].values()) == 2
    assert all(0 <= kinds[names[kind]] - count <= 2 for kind, count in told["by_kind"].items())
    refused = demo.rows("""select count(*)
        from canonical.record_problem
        where source_system = 'diary' and action_code = 'refused'""")
    assert refused == [(planted["bad_date"]["count"],)]
    details = demo.rows("select detail from marts.quality_issue where rule_code = 'FNL-725'")
    assert details == [(f"opportunity: {planted['unknown_deal']['deal']}",)]


def test_activities_by_rep_under_any_name(demo: Night, truth: Truth) -> None:
    found = dict(
        demo.rows("""select owner_name, count(*)
        from marts.fct_activity
        join marts.dim_owner using (owner_id)
        group by all""")
    )
    extra = Counter(plant["rep"] for name, plant in truth["diary"]["planted"].items() if name != "bad_date")
    assert found == {rep: count + extra[rep] for rep, count in truth["activity"]["by_rep"].items()}


def test_leaver_and_the_customers_in_his_name(demo: Night, truth: Truth) -> None:
    leaver = truth["leaver"]
    found = demo.rows(
        """select source_record_id, cast(left_date as text)
        from canonical.customer
        join marts.dim_owner using (owner_id)
        where owner_name = ? order by 1""",
        leaver["rep"],
    )
    assert found == [(customer, leaver["left_date"]) for customer in leaver["customers"]]
    assert len(found) == 11
    held = demo.rows(
        """select opportunity_id
        from marts.fct_opportunity
        join marts.dim_owner using (owner_id)
        where is_open and owner_name = ?""",
        leaver["rep"],
    )
    assert codes(held) == sorted(set(truth["planted"]["leaver_open_deals"]) - set(truth["planted"]["leaver_handed_over"]))


def test_freshness_names_who_stopped_sending(demo: Night, truth: Truth) -> None:
    found = demo.rows("""select source_system, scope, cast(last_delivered_date as text)
        from marts.freshness
        where is_stale order by scope""")
    stopped = sorted([(truth["leaver"]["rep"], "2026-04-30"), (truth["silent"]["rep"], truth["silent"]["last_diary"])])
    assert found == [("diary", rep, last) for rep, last in stopped]


def test_team_is_as_of_the_day(demo: Night, truth: Truth) -> None:
    moved = truth["moved"]
    found = demo.rows(
        """select distinct activity_date >= cast(? as date), team_name from marts.fct_activity
        join marts.dim_owner using (owner_id) join marts.dim_team using (team_id) where owner_name = ? order by 1""",
        moved["date"],
        moved["rep"],
    )
    assert found == [(False, "北區"), (True, moved["to"])]


def test_reference_lists(demo: Night, truth: Truth) -> None:
    assert demo.row("""select count(*), sum(target_amount)
        from canonical.target""") == (truth["target_count"], Decimal(truth["target_amount"]))
    assert demo.row("select count(*) from marts.dim_product where not is_stub") == (truth["product_count"],)
    lines = demo.rows("""select opportunity_id, replace(product_id, 'product_list:', ''), cast(quantity as int)
        from canonical.opportunity_line""")
    assert Counter((deal.removeprefix(REPORT), product, quantity) for deal, product, quantity in lines) == Counter(
        (deal, product, quantity) for deal, told in truth["deals"].items() for product, quantity in told["products"]
    )
