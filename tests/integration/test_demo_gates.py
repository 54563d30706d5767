"""The demo's gates and attribution against truth.json: what the generator worked out from its event log, day by day.

Belongs here: gates, owners of moves, what was done during visits, which deal is meant. Does not: the rest of the demo (test_demo_truth.py).
"""

from collections import defaultdict
from typing import Any

from tests.integration.conftest import Night

REPORT = "weekly_report:"
Truth = dict[str, Any]


def test_every_gate(demo: Night, truth: Truth) -> None:
    """Each requirement of each forward move and win: required, counted strictly, counted leniently, as the event log and the diaries tell."""
    said = defaultdict(list)
    for deal, number, requirement in demo.rows(
        """select checks.opportunity_id, moves.move_number, concat_ws(' ', asking_stage_code, task_code, required_count, strict_count, lenient_count)
        from marts.gate_check as checks join marts.fct_stage_move as moves using (stage_move_id)"""
    ):
        said[deal.removeprefix(REPORT), number].append(requirement)
    want = {
        (deal, number): move["gate"]
        for deal, told in truth["deals"].items()
        for number, move in enumerate(told["moves"], 2)
        if move.get("gate")
    }
    assert {key: sorted(rows) for key, rows in said.items()} == want


def test_every_move_is_judged(demo: Night, truth: Truth) -> None:
    found = demo.rows(
        """select opportunity_id, move_number, result_strict_code, result_lenient_code from marts.gate_result
        where move_number > 1"""
    )
    names = {True: "passed", False: "failed", None: "not_applicable"}
    want = {
        (deal, number): (names[move.get("strict")], names[move.get("lenient")])
        for deal, told in truth["deals"].items()
        for number, move in enumerate(told["moves"], 2)
    }
    assert {(deal.removeprefix(REPORT), number): tuple(rest) for deal, number, *rest in found} == want
    for deal in truth["planted"]["no_evidence"]:
        assert {want[deal, number] for number in range(2, len(truth["deals"][deal]["moves"]) + 2)} == {("failed", "failed")}


def test_whose_every_move_was(demo: Night, truth: Truth) -> None:
    """Owner before the move and that day's team: what was handed over in May had moved in the leaver's name, and one rep changed teams."""
    found = demo.rows(
        """select opportunity_id, move_number, concat_ws(' ', owner_name, team_name) from marts.gate_result
        left join marts.dim_owner using (owner_id) left join marts.dim_team using (team_id) where move_number > 1"""
    )
    want = {(deal, number): move["owner"] for deal, told in truth["deals"].items() for number, move in enumerate(told["moves"], 2)}
    assert {(deal.removeprefix(REPORT), number): owner for deal, number, owner in found} == want
    assert {owner.split()[1] for owner in want.values() if owner.startswith(truth["moved"]["rep"])} == {"北區", truth["moved"]["to"]}


def test_what_was_done_during_every_visit(demo: Night, truth: Truth) -> None:
    found = defaultdict(list)
    for deal, count in demo.rows(
        """select opportunity_id, activity_count from marts.stage_visit_attribution join marts.fct_stage_visit using (stage_visit_id, opportunity_id)
        order by opportunity_id, visit_sequence"""
    ):
        found[deal.removeprefix(REPORT)].append(str(count))
    assert {deal: " ".join(counts) for deal, counts in found.items()} == {
        deal: told["done_during"] for deal, told in truth["deals"].items() if told["done_during"]
    }


def test_which_deal_every_activity_is_meant_for(demo: Night, truth: Truth) -> None:
    assert dict(demo.rows("select link_reason_code, count(*) from marts.activity_link group by all")) == truth["activity"]["meant_for"]
