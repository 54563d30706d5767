"""Values and queries of Salesforce by themselves.

Belongs here: text of values, SOQL's parts, stage changes and rates out of rows. Does not: the API (tests/integration/connect/salesforce).
"""

from datetime import datetime

import polars as pl
import pytest

from pipelines.extract.salesforce import derived
from pipelines.extract.salesforce.objects import Described, described, needed, wanted
from pipelines.extract.salesforce.reading import _csv, parts, select
from pipelines.extract.salesforce.text import text_frame, text_of


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("currency", "1.0E7", "10000000"),
        ("currency", "1.5E-3", "0.0015"),
        ("double", "12.50", "12.5"),
        ("double", "100", "100"),
        ("double", "-0.10", "-0.1"),
        ("string", "1.0E7", "1.0E7"),
        ("string", "12.50", "12.50"),
        ("datetime", "2026-03-01T18:30:00.000+0000", "2026-03-01T18:30:00.000Z"),
        ("datetime", "2026-03-01T18:30:00.000Z", "2026-03-01T18:30:00.000Z"),
        ("string", "", None),
    ],
)
def test_a_value_is_the_same_text_by_either_way(kind: str, value: str, text: str | None) -> None:
    assert text_frame({"a": [value, None]}, {"a": kind})["a"].to_list() == [text, None]


def test_values_of_json() -> None:
    assert [text_of(value) for value in (True, False, 3, "3.10", None, ["a"], {"b": 1})] == [
        "true", "false", "3", "3.10", None, '["a"]', '{"b": 1}'
    ]  # fmt: skip


def test_fields_in_parts_that_fit() -> None:
    fields = ["Id", *(f"Field{number}__c" for number in range(100))]
    split = list(parts(fields, 200))
    assert all(part[0] == "Id" and len(", ".join(part)) <= 200 for part in split)
    assert [field for part in split for field in part if field != "Id"] == fields[1:] and len(split) > 5


def test_a_query() -> None:
    assert select("Task", ["Id"], []) == "SELECT Id FROM Task"
    asked = select("Task", ["Id", "Subject"], ["SystemModstamp >= 2026-03-01T18:30:00.000Z", "Id > '00T'"], "Id")
    assert asked == "SELECT Id, Subject FROM Task WHERE SystemModstamp >= 2026-03-01T18:30:00.000Z AND Id > '00T' ORDER BY Id"


@pytest.mark.parametrize(
    "data", [b'"Id","A"\n"1","x\ny"\n"2",""\n', b'"1","x\ny"\n"2",""\n', b'\xef\xbb\xbf"Id","A"\n"1","x\ny"\n"2",""\n']
)
def test_a_set_of_results_with_its_header_and_without(data: bytes) -> None:
    assert text_frame(_csv(data, ["Id", "A"]), {}).rows() == [("1", "x\ny"), ("2", None)]
    assert _csv(b'"Id","A"\n', ["Id", "A"]).height == _csv(b"", ["Id", "A"]).height == 0


def test_stage_changes_of_rows_that_also_tell_of_amounts() -> None:
    rows = [
        ("3", "006b", "Offer", "2026-01-02T00:00:00.000Z", "u"),
        ("1", "006a", "New", "2026-01-01T00:00:00.000Z", "u"),
        ("2", "006a", "New", "2026-01-01T00:00:00.000Z", "u"),  # an amount
        ("5", "006a", "New", "2026-01-04T00:00:00.000Z", "u"),
        ("4", "006a", "Offer", "2026-01-03T00:00:00.000Z", "u"),
    ]
    history = pl.DataFrame(rows, schema=list(derived.CHANGES), orient="row")
    found = derived.stage_changes(history).select("Id", "_from_stage", "StageName").rows()
    assert found == [("1", None, "New"), ("4", "New", "Offer"), ("5", "Offer", "New"), ("3", None, "Offer")]


def test_rates_are_turned_round() -> None:
    """The corporate currency is TWD; one TWD is 0.032 USD, so one USD is 31.25 TWD."""
    dated = pl.DataFrame({"Id": ["a", "b"], "IsoCode": ["USD", "TWD"], "StartDate": ["2026-01-01"] * 2, "ConversionRate": ["0.032", "1"]})
    types = pl.DataFrame({"IsoCode": ["USD", "TWD"], "IsCorporate": ["false", "true"]})
    assert derived.exchange_rates(dated, types).rows() == [("a", "2026-01-01", "USD", "TWD", "31.250000000")]


def test_what_may_not_be_seen_makes_no_column() -> None:
    """Missing is not NULL: the mapping then holds the delivery."""
    rows = pl.DataFrame({"Id": ["1"], "IsClosed": ["true"]})
    assert derived.with_columns("Opportunity", rows, datetime(2026, 1, 1), {}).columns == ["Id", "IsClosed"]
    rows = pl.DataFrame({"Id": ["1", "2", "3"], "WhatId": ["0061", "0011", None], "WhoId": [None, "0031", "00Q1"]})
    made = derived.with_columns("Task", rows, datetime(2026, 1, 1), {})
    assert made.select("_opportunity_id", "_contact_id", "_lead_id").rows() == [
        ("0061", None, None),
        (None, "0031", None),
        (None, None, "00Q1"),
    ]


def test_which_objects() -> None:
    said = {"fields": [{"name": "Id", "type": "id"}, {"name": "Place", "type": "address"}, {"name": "SystemModstamp", "type": "datetime"}]}
    assert described("Task", said) == Described("Task", {"Id": "id", "SystemModstamp": "datetime"})
    assert described("Task", said).cursor == "SystemModstamp" and described("RecordType", said).cursor is None
    assert described("OpportunityFieldHistory", said).cursor == "CreatedDate"
    assert wanted(["Offer__c", "_stage_change"])[0] == "Opportunity" and wanted(["Offer__c", "_stage_change"])[-1] == "Offer__c"
    assert needed(["Opportunity", "_stage_change", "_exchange_rate"]) == {"Opportunity", "OpportunityHistory"}
