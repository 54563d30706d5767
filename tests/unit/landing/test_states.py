"""States of deliveries, each situation told as manifest entries and decided by hand."""

from datetime import date
from typing import Any

import pytest

from pipelines.landing.delivery_table import delivery_table
from pipelines.landing.state import delivery_states


class Story:
    """Manifest entries, one a call, in order of loading."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def told(self, name: str, **more: Any) -> "Story":
        day = more.pop("day", "2026-03-01")
        file = more.pop("file", "week.xlsx")
        sha256 = more.pop("sha256", f"sha of {name}")
        original = {
            "name": file,
            "sha256": sha256,
            "size": 1,
            "saved_at": more.pop("saved", None),
            "modified_at": more.pop("mtime", "2026-03-02T00:00:00"),
        }
        entry = {
            "kind": "delivery", "delivery_id": name, "source": "weekly", "source_kind": "file", "delivery_kind": "full", "scope": "",
            "declared_date": day, "delivered_at": f"{day}T15:59:59" if day else "2026-03-02T00:00:00",
            "delivered_date": day or "2026-03-02",
            "mapping_version": "v1", "part": {"number": 1, "count": 1}, "original": original if file else None,
            "holds": [], "notes": [], "entities": [],
        }  # fmt: skip
        return self.add(**{**entry, **more})

    def said(self, kind: str, name: str, *codes: str) -> "Story":
        return self.add(kind=kind, delivery_id=name, why="because", **({"codes": list(codes)} if kind == "accept" else {}))

    def add(self, **entry: Any) -> "Story":
        number = len(self.entries) + 1
        self.entries.append({"entry_id": f"e{number}", "sequence": number, "committed_at": "2026-04-01T00:00:00.000000", **entry})
        return self

    @property
    def states(self) -> dict[str, str]:
        return {state.id: state.state_code for state in delivery_states(self.entries)}


HOLD = [{"code": "FNL-217"}]
V2 = {"mapping_version": "v2", "sha256": "same"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], "live"), (["revoke"], "revoked"), (["revoke", "restore"], "live"), (["revoke", "restore", "revoke"], "revoked")],
)
def test_the_last_word_on_an_undo_counts(words: list[str], expected: str) -> None:
    story = Story().told("A")
    for word in words:
        story.said(word, "A")
    assert story.states == {"A": expected}


def test_a_hold_ends_with_an_accept_of_that_reason_and_an_undo_beats_both() -> None:
    assert Story().told("A", holds=HOLD).states == {"A": "held"}
    assert Story().told("A", holds=HOLD).said("accept", "A", "FNL-217").states == {"A": "live"}
    assert Story().told("A", holds=[*HOLD, {"code": "FNL-541"}]).said("accept", "A", "FNL-217").states == {"A": "held"}
    assert Story().told("A", holds=HOLD).said("accept", "A", "FNL-217").said("revoke", "A").states == {"A": "revoked"}


def test_a_parse_with_another_mapping_supersedes_the_earlier_one_also_when_it_reads_another_date() -> None:
    story = Story().told("A", sha256="same").told("B", day="2026-03-08", **V2)
    assert story.states == {"A": "superseded", "B": "live"}
    assert story.said("revoke", "B").states == {"A": "live", "B": "revoked"}


def test_a_held_parse_does_not_supersede_until_it_is_accepted() -> None:
    story = Story().told("A", sha256="same").told("B", holds=HOLD, **V2)
    assert story.states == {"A": "live", "B": "held"}
    assert story.said("accept", "B", "FNL-217").states == {"A": "superseded", "B": "live"}


def test_going_back_to_an_earlier_mapping_makes_its_parse_count_again() -> None:
    story = Story().told("A", sha256="same").told("B", **V2).said("again", "A")
    assert story.states == {"A": "live", "B": "superseded"}


def test_a_parse_of_several_tabs_supersedes_only_when_it_is_whole_and_tab_by_tab_where_held() -> None:
    def tab(story: Story, name: str, number: int, version: str, **more: Any) -> Story:
        day = f"2026-03-0{number}"
        return story.told(name, sha256="same", day=day, mapping_version=version, part={"number": number, "count": 2}, **more)

    story = tab(tab(Story(), "A1", 1, "v1"), "A2", 2, "v1")
    tab(story, "B1", 1, "v2")
    assert (story.states["A1"], story.states["A2"]) == ("superseded", "live")  # B1 revises its own date, and nothing else yet
    tab(story, "B2", 2, "v2", holds=HOLD)
    assert story.states == {"A1": "superseded", "A2": "live", "B1": "live", "B2": "held"}
    assert story.said("accept", "B2", "FNL-217").states == {"A1": "superseded", "A2": "superseded", "B1": "live", "B2": "live"}


@pytest.mark.parametrize("order", [("early", "late"), ("late", "early")])
def test_a_revision_counts_by_when_it_was_saved_never_by_when_it_was_loaded(order: tuple[str, str]) -> None:
    saved = {"early": "2026-03-02T08:00:00", "late": "2026-03-02T09:00:00"}
    story = Story()
    for name in order:
        story.told(name, saved=saved[name], mtime="2026-03-05T00:00:00")
    assert story.states == {"early": "superseded", "late": "live"}


def test_without_a_saved_time_the_noted_mtime_decides_then_the_hash() -> None:
    by_time = Story().told("A", mtime="2026-03-02T09:00:00", sha256="0").told("B", mtime="2026-03-02T08:00:00", sha256="f")
    assert by_time.states == {"A": "live", "B": "superseded"}
    by_hash = Story().told("A", sha256="f").told("B", sha256="0")
    assert by_hash.states == {"A": "live", "B": "superseded"}


def test_a_held_revision_does_not_supersede() -> None:
    story = Story().told("A", saved="2026-03-02T08:00:00").told("B", saved="2026-03-02T09:00:00", holds=HOLD)
    assert story.states == {"A": "live", "B": "held"}


def test_other_dates_scopes_and_undated_files_are_no_revisions() -> None:
    story = Story().told("A").told("B", day="2026-03-08").told("C", scope="north").told("D", day=None).told("E", day=None, sha256="other")
    assert set(story.states.values()) == {"live"}


def test_what_comes_without_a_file_counts_as_told_last() -> None:
    story = Story().told("A", file=None).told("B", file=None)
    assert story.states == {"A": "superseded", "B": "live"}
    assert story.said("again", "A").states == {"A": "live", "B": "superseded"}


def test_another_name_for_one_scope_and_date_is_held_whichever_was_loaded_first() -> None:
    first = Story().told("A", file="a.xlsx", saved="2026-03-02T08:00:00").told("B", file="b.xlsx", saved="2026-03-02T09:00:00")
    second = Story().told("B", file="b.xlsx", saved="2026-03-02T09:00:00").told("A", file="a.xlsx", saved="2026-03-02T08:00:00")
    assert first.states == second.states == {"A": "live", "B": "held"}
    reason = delivery_states(first.entries)[1].reasons[0]
    assert reason == {"code": "FNL-302", "delivery_id": "B", "name": "b.xlsx", "other": "a.xlsx", "date": "2026-03-01"}
    assert first.said("revoke", "A").states == {"A": "revoked", "B": "live"}


def test_fourteen_scopes_of_one_date_do_not_conflict_nor_do_deltas() -> None:
    story = Story()
    for number in range(14):
        story.told(f"rep {number}", file=f"{number}.xlsx", scope=f"rep {number}")
    story.told("x", file="x.csv", delivery_kind="delta").told("y", file="y.csv", delivery_kind="delta")
    assert set(story.states.values()) == {"live"}


def test_accepting_a_conflict_decides_against_what_stood_then_a_later_file_is_held_again() -> None:
    story = Story().told("A", file="a.xlsx", saved="2026-03-02T08:00:00").told("B", file="b.xlsx", saved="2026-03-02T09:00:00")
    story.said("accept", "B", "FNL-302")
    assert story.states == {"A": "superseded", "B": "live"}
    story.told("C", file="c.xlsx", saved="2026-03-01T01:00:00")
    assert story.states == {"A": "superseded", "B": "live", "C": "held"}
    assert story.said("revoke", "B").states == {"A": "held", "B": "revoked", "C": "live"}


def test_accepting_a_failed_check_does_not_decide_a_conflict() -> None:
    story = Story().told("A", file="a.xlsx", saved="2026-03-02T08:00:00").told("B", file="b.xlsx", saved="2026-03-02T09:00:00", holds=HOLD)
    assert story.states == {"A": "live", "B": "held"}
    assert story.said("accept", "B", "FNL-217").states == {"A": "live", "B": "held"}
    assert story.said("accept", "B", "FNL-302").states == {"A": "superseded", "B": "live"}


def part(entity: str = "opportunity") -> dict[str, Any]:
    counts = dict.fromkeys(("source", "accepted", "refused", "blank", "title", "duplicates"), 0)
    return {
        "entity": entity,
        "membership_id": "m",
        "delivered_columns": ["amount"],
        "has_natural_key": True,
        "counts": counts,
        "unreadable_key_count": 0,
    }


def test_sequences_of_a_scope_follow_the_dates_of_live_deliveries_up_to_as_of() -> None:
    story = Story()
    for name, day, kind, scope in (
        ("late", "2026-03-22", "full", ""), ("first", "2026-03-01", "full", ""), ("delta", "2026-03-08", "delta", ""),
        ("undone", "2026-03-10", "full", ""), ("ids", "2026-03-15", "ids", ""), ("future", "2026-03-29", "full", ""),
        ("other", "2026-03-02", "full", "north"),
    ):  # fmt: skip
        story.told(name, day=day, file=f"{name}.xlsx", delivery_kind=kind, scope=scope, entities=[part()])
    story.said("revoke", "undone")
    table = delivery_table(story.entries, date(2026, 3, 28))
    found = {row["delivery_id"]: row for row in table.iter_rows(named=True)}

    def neighbours(name: str) -> tuple:
        row = found[name]
        return (
            row["scope_sequence"],
            row["previous_scope_sequence"],
            row["next_full_scope_sequence"],
            row["is_latest_in_scope"],
            row["delivery_order"],
        )

    assert neighbours("first") == (1, None, 3, False, 1)
    assert neighbours("delta") == (2, 1, 3, False, 3)
    assert neighbours("ids") == (3, 2, 4, False, 4)
    assert neighbours("late") == (4, 3, None, True, 5)
    assert neighbours("other") == (1, None, None, True, 2)
    assert neighbours("undone") == neighbours("future") == (None, None, None, False, None)
    assert (found["undone"]["state_code"], found["future"]["state_code"]) == ("revoked", "live")


def test_what_is_dated_after_the_last_day_of_its_source_has_ended_whatever_else_is_said_of_it() -> None:
    """The last day itself counts. Undone stays undone; a hold or a conflict needs no answer any more; revisions and parses are settled before."""
    story = Story()
    for name, day in (("last", "2026-03-31"), ("late", "2026-04-05"), ("undone", "2026-04-06"), ("first", "2026-04-07")):
        story.told(name, day=day, file=f"{name}.xlsx", entities=[part()])
    story.told("held", day="2026-04-08", file="held.xlsx", holds=HOLD).told(
        "other", day="2026-04-07", file="other.xlsx", mtime="2026-04-09T00:00:00"
    )
    story.told("revised", day="2026-04-05", file="late.xlsx", saved="2026-04-06T00:00:00").told("elsewhere", day="2026-04-05", source="crm")
    story.said("revoke", "undone")
    ends = {"weekly": date(2026, 3, 31)}
    states = {state.id: state for state in delivery_states(story.entries, ends)}
    assert {name: state.state_code for name, state in states.items()} == {
        "last": "live", "late": "superseded", "undone": "revoked", "first": "ended", "held": "ended", "other": "ended", "revised": "ended", "elsewhere": "live",
    }  # fmt: skip
    assert states["first"].reasons == [
        {"code": "FNL-314", "source": "weekly", "name": "first.xlsx", "date": "2026-04-07", "ends_on": "2026-03-31", "delivery_id": "first"}
    ]  # fmt: skip
    assert story.states["first"] == "live" and story.states["held"] == "held", "with no end declared all is as it was"
    table = delivery_table(story.entries, date(2026, 4, 30), ends)
    found = {row["delivery_id"]: (row["state_code"], row["is_live"], row["delivery_order"]) for row in table.iter_rows(named=True)}
    assert found["last"] == ("live", True, 1) and found["first"] == ("ended", False, None)


def test_an_erasure_lowers_the_counts_of_the_deliveries_that_held_the_record() -> None:
    counted = part()
    counted["counts"] = {"source": 5, "accepted": 4, "refused": 1, "blank": 0, "title": 0, "duplicates": 1}
    story = Story().told("A", entities=[counted])
    story.add(
        kind="erase",
        source="weekly",
        entity="opportunity",
        record_key="K",
        why="",
        originals=[],
        rows={"m": {"accepted": 2, "refused": 0, "duplicates": 1}},
    )
    row = delivery_table(story.entries, date(2026, 3, 28)).row(0, named=True)
    assert (row["source_row_count"], row["accepted_row_count"], row["refused_row_count"], row["duplicate_row_count"]) == (3, 2, 1, 0)
