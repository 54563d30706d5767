"""HubSpot's records as rows: the rules that only HubSpot has, on records written by hand."""

import pytest

from pipelines.extract.hubspot.account import Account
from pipelines.extract.hubspot.objects import CrmObject
from pipelines.extract.hubspot.records import links_of, plain, stage_changes, values_of

ACCOUNT = Account(
    stages={"1": ["New", "Sales", "false"], "2": ["Won", "Sales", "true"], "9": ["Gone", "Sales", "false"]}, owner_by_user={"40": "7"}
)


def version(stage: str, at: str, user: int | None = None) -> dict:
    return {"value": stage, "timestamp": at, "sourceType": "CRM_UI", **({"updatedByUserId": user} if user else {})}


def moves(*newest_first: dict) -> list[tuple]:
    rows = stage_changes({"id": "5", "propertiesWithHistory": {"dealstage": list(newest_first)}}, ACCOUNT)
    return [(row["from_stage"], row["to_stage"], row["changed_at"], row["changed_by"]) for row in rows]


def test_versions_are_moves_oldest_first() -> None:
    told = moves(version("2", "2026-03-03T00:00:00Z", 40), version("9", "2026-03-02T00:00:00Z", 41), version("1", "2026-03-01T00:00:00Z"))
    assert told == [
        (None, "New", "2026-03-01T00:00:00Z", None),
        ("New", "Gone", "2026-03-02T00:00:00Z", None),
        ("Gone", "Won", "2026-03-03T00:00:00Z", "7"),
    ]


def test_a_stage_set_again_is_no_move_and_one_of_no_name_keeps_its_id() -> None:
    told = moves(version("77", "2026-03-03T00:00:00Z"), version("1", "2026-03-02T00:00:00Z"), version("1", "2026-03-01T00:00:00Z"))
    assert [row[:2] for row in told] == [(None, "New"), ("New", "77")]


def test_two_moves_of_one_instant_are_both_kept_in_their_order() -> None:
    told = moves(version("2", "2026-03-01T00:00:00Z"), version("9", "2026-03-01T00:00:00Z"), version("1", "2026-03-01T00:00:00Z"))
    assert [row[:2] for row in told] == [(None, "New"), ("New", "Gone"), ("Gone", "Won")]


@pytest.mark.parametrize(("count", "first"), [(19, (None, "New")), (20, ("New", "Gone"))])
def test_of_a_history_that_may_be_cut_the_oldest_is_no_move(count: int, first: tuple) -> None:
    versions = [version("1" if number % 2 == 0 else "9", f"2026-03-01T00:00:{number:02}Z") for number in range(count)]
    told = moves(*versions[::-1])
    assert told[0][:2] == first and len(told) == 19


def link(key: int, *labels: str | None) -> dict:
    return {"toObjectId": key, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": label} for label in labels]}


@pytest.mark.parametrize(
    ("links", "meant"),
    [
        ([], None),
        ([link(30, None), link(9, None)], "9"),  # by number, not by letters
        ([link(9, None), link(30, None, "Primary")], "30"),
        ([link(9, "Partner"), link(30, "Primary"), link(30, "Primary")], "30"),
    ],
)
def test_the_record_that_is_meant(links: list[dict], meant: str | None) -> None:
    assert links_of("_company", links)["_company"] == meant


def test_labels_are_kept() -> None:
    said = links_of("_contact", [link(30, None, "Decision maker"), link(9, None)])
    assert said["_contact_list"] == '[{"id": "9", "labels": []}, {"id": "30", "labels": ["Decision maker"]}]'


@pytest.mark.parametrize(
    ("body", "text"),
    [("<p>Met&nbsp;Ann &amp; Bo</p><br>today", "Met Ann & Bo\ntoday"), ("", None), (None, None), ("1 < 2 > 0", "1 < 2 > 0")],
)
def test_a_body_without_its_html(body: str | None, text: str | None) -> None:
    assert plain(body) == text


@pytest.mark.parametrize(
    ("kind", "said", "column", "value"),
    [
        ("calls", {"hs_call_duration": "90000"}, "_duration_minutes", "1.50"),
        ("calls", {"hs_call_duration": "soon"}, "_duration_minutes", "soon"),
        ("calls", {"hs_call_disposition": "f2"}, "_outcome", "Connected"),
        ("calls", {"hs_call_disposition": "zz"}, "_outcome", "zz"),
        ("calls", {"hs_call_status": "NO_ANSWER"}, "_is_done", "true"),
        ("calls", {"hs_call_status": "QUEUED"}, "_is_done", "false"),
        ("calls", {}, "_is_done", None),
        ("meetings", {"hs_meeting_outcome": "NO_SHOW", "hs_meeting_start_time": "2026-03-01T08:00:00Z"}, "_occurred_at", None),
        ("meetings", {"hs_meeting_start_time": "2026-03-01T08:00:00Z"}, "_occurred_at", "2026-03-01T08:00:00Z"),
        (
            "meetings",
            {"hs_meeting_start_time": "2026-03-01T08:00:00Z", "hs_meeting_end_time": "2026-03-01T08:45:00Z"},
            "_duration_minutes",
            "45.00",
        ),
        ("tasks", {"hs_task_status": "COMPLETED", "hs_timestamp": "2026-03-01T08:00:00Z"}, "_occurred_at", "2026-03-01T08:00:00Z"),
        ("tasks", {"hs_task_status": "WAITING", "hs_timestamp": "2026-03-01T08:00:00Z"}, "_occurred_at", None),
        ("deals", {"dealstage": "2", "closedate": "2026-04-01T00:00:00Z"}, "_closed_at", "2026-04-01T00:00:00Z"),
        ("deals", {"dealstage": "1", "closedate": "2026-04-01T00:00:00Z"}, "_closed_at", None),
        ("deals", {"dealstage": "404", "pipeline": "p"}, "_stage", "404"),
        ("contacts", {"firstname": None, "lastname": "Wu"}, "_name", "Wu"),
        ("contacts", {"email": "a@example.com"}, "_name", "a@example.com"),
        ("notes", {"hs_created_by_user_id": "40"}, "_created_by", "7"),
    ],
)
def test_a_column_that_hubspot_does_not_have(kind: str, said: dict, column: str, value: str | None) -> None:
    row = values_of(CrmObject(kind), {"id": "5", "properties": said}, False, ACCOUNT, {"hs_call_disposition": {"f2": "Connected"}})
    assert row[column] == value and row["_key"] == f"{kind}:5" and row["_archived"] == "false"
