"""Rows to records: what is accepted, refused, blanked, kept raw or extra. Expected values by hand."""

import hashlib
import json
from typing import Any

import pytest

from pipelines.extract import text_table

DEAL = {"entity": "opportunity", "key": ["id"]}


def rows_of(chunk: Any) -> list[dict]:
    return chunk.accepted.to_dicts()


def test_a_record_lands_with_key_place_and_canonical_text(bench: Any) -> None:
    path = bench.text('id,name,sum,day\n 7 , 大同 ,"1,234.50",2026/1/2\n')
    (row,) = rows_of(bench.chunk(path, {**DEAL, "columns": {"opportunity_name": "name", "amount": "sum", "created_date": "day"}}))
    assert row == {
        "_record_key": "7", "_sheet": "", "_row_number": 2, "opportunity_name": "大同", "amount": "1234.5", "created_date": "2026-01-02",
        "_attributes": None, "_extra": None, "_raw": '{"day":"2026/1/2","name":" 大同 ","sum":"1,234.50"}',
    }  # fmt: skip


def test_columns_nobody_mapped_are_extra_as_written(bench: Any) -> None:
    path = bench.text('id,b,a,empty\n1,"say ""hi""\\\n",é,\n')
    (row,) = rows_of(bench.chunk(path, DEAL))
    assert row["_extra"] == '{"a":"é","b":"say \\"hi\\"\\\\\\n"}'
    assert json.loads(row["_extra"]) == {"a": "é", "b": 'say "hi"\\\n'}


def test_what_another_record_of_the_sheet_uses_is_not_extra(bench: Any) -> None:
    path = bench.text("id,deal,product,note\n1,d,p,n\n")
    line = {"entity": "opportunity_line", "key": ["id"], "columns": {"product": "product"}}
    deal = {**DEAL, "columns": {"opportunity_name": "deal"}}
    (delivery,) = bench.deliveries(path, {"delivered_at": {"arrival": True}, "sheets": [{"records": [deal, line]}]})
    assert [chunk.accepted["_extra"].item() for chunk in delivery.chunks()] == ['{"note":"n"}', '{"note":"n"}']


def test_columns_that_are_no_change_stay_out_of_the_hashed_content(bench: Any) -> None:
    path = bench.text("id,age,city\n1,40,台北\n")
    (row,) = rows_of(bench.chunk(path, {**DEAL, "not_a_change": ["age"]}))
    assert (row["_extra"], row["_raw"]) == ('{"city":"台北"}', '{"age":"40"}')


def test_a_mapped_column_that_is_no_change_is_named_by_its_field(bench: Any) -> None:
    path = bench.text("id,changed\n1,2026-01-02 03:04:05\n")
    record = {**DEAL, "columns": {"modified_at": "changed"}, "not_a_change": ["changed"]}
    (delivery,) = bench.deliveries(path, {"delivered_at": {"arrival": True}, "sheets": [{"records": [record]}]})
    assert delivery.plans[0].not_a_change == ("modified_at",)


def test_a_bad_value_is_blanked_and_listed(bench: Any) -> None:
    path = bench.text("id,sum\n1,abc\n2,#N/A\n3,1.5E+10\n4,5\n")
    chunk = bench.chunk(path, {**DEAL, "columns": {"amount": "sum"}})
    assert chunk.accepted["amount"].to_list() == [None, None, None, "5"]
    assert chunk.accepted["_raw"].to_list() == ['{"sum":"abc"}', '{"sum":"#N/A"}', '{"sum":"1.5E+10"}', None]
    listed = chunk.problems.select(
        "_record_key", "_row_number", "problem_code", "column_name", "raw_value", "action_code", "raw_row"
    ).rows()
    assert listed == [
        ("1", 2, "FNL-221", "sum", "abc", "blanked", None),
        ("2", 3, "FNL-222", "sum", "#N/A", "blanked", None),
        ("3", 4, "FNL-223", "sum", "1.5E+10", "blanked", None),
    ]


def test_a_bad_value_refuses_the_row_where_declared(bench: Any) -> None:
    path = bench.text("id,sum,x\n1,abc,é\n2,5,\n")
    chunk = bench.chunk(path, {**DEAL, "columns": {"amount": {"column": "sum", "on_bad": "refuse"}}})
    assert chunk.accepted["_record_key"].to_list() == ["2"]
    assert chunk.refused.rows() == [("1", "", 2)]
    assert chunk.problems.select("action_code", "raw_row").rows() == [("refused", '{"id":"1","sum":"abc","x":"é"}')]
    assert (chunk.counts.source, chunk.counts.accepted, chunk.counts.refused, chunk.counts.title) == (3, 1, 1, 1)


@pytest.mark.parametrize(("key", "code"), [("", "FNL-224"), ("#REF!", "FNL-222"), ("2.5842E+16", "FNL-223")])
def test_a_row_without_a_readable_key_is_refused(bench: Any, key: str, code: str) -> None:
    path = bench.text(f"id,name\n{key},x\n")
    chunk = bench.chunk(path, {**DEAL, "columns": {"opportunity_name": "name"}})
    assert chunk.accepted.is_empty()
    assert chunk.refused.rows() == [(None, "", 2)]
    assert chunk.problems["problem_code"].to_list() == [code]


def test_a_key_of_two_columns_and_a_date_in_it_that_cannot_be_read(bench: Any) -> None:
    path = bench.text("rep,day\n王,2026-01-02\n王,soon\n")
    chunk = bench.chunk(path, {"entity": "activity", "key": ["rep", "day"], "columns": {"occurred_date": "day"}})
    assert chunk.accepted["_record_key"].to_list() == ["王|2026-01-02"]
    assert chunk.refused["_record_key"].to_list() == ["王|soon"]


def test_ragged_rows_are_refused_with_their_cells(bench: Any) -> None:
    chunk = bench.chunk(bench.text("id,a\n1\n2,x,y\n3,z\n"), DEAL)
    assert chunk.accepted["_record_key"].to_list() == ["3"]
    assert chunk.refused.rows() == [("1", "", 2), ("2", "", 3)]
    assert chunk.problems["raw_row"].to_list() == ['{"id":"1"}', '{"#3":"y","a":"x","id":"2"}']
    assert chunk.counts.refused == 2


def test_totals_and_filtered_rows_count_as_title(bench: Any) -> None:
    path = bench.text("id,階段\n1,贏單\n2,談判\n合計,9\n,\n3,贏單\n")
    record = {**DEAL, "where": {"階段": ["贏單"]}}
    chunk = bench.chunk(path, record, {"skip_rows_where": {"id": ["合計", "小計"]}})
    assert chunk.accepted["_record_key"].to_list() == ["1", "3"]
    assert (chunk.counts.title, chunk.counts.blank, chunk.counts.source) == (3, 1, 6)


def test_where_not_blank(bench: Any) -> None:
    chunk = bench.chunk(bench.text("id,won\n1, \n2,x\n"), {**DEAL, "where": {"won": "not_blank"}})
    assert chunk.accepted["_record_key"].to_list() == ["2"]


def test_fill_down_repeats_the_cell_above(bench: Any) -> None:
    path = bench.text("id,customer\n1,大同\n2,\n3,華碩\n4,\n")
    record = {**DEAL, "columns": {"customer": {"column": "customer", "source": "customer_list", "by": "name_key"}}}
    chunk = bench.chunk(path, record, {"fill_down": ["customer"]})
    assert chunk.accepted["customer"].to_list() == ["大同", "大同", "華碩", "華碩"]


def test_fill_down_reaches_across_blocks(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_table, "CHUNK_ROWS", 2)
    path = bench.text("id,customer\n1,大同\n2,\n3,\n4,\n5,華碩\n6,\n")
    mapping = {
        "delivered_at": {"arrival": True},
        "sheets": [{"fill_down": ["customer"], "records": [{**DEAL, "columns": {"customer": "customer"}}]}],
    }
    (delivery,) = bench.deliveries(path, mapping)
    assert [name for chunk in delivery.chunks() for name in chunk.accepted["customer"]] == ["大同"] * 4 + ["華碩"] * 2


def test_an_error_cell_is_bad_in_a_text_field_too(bench: Any) -> None:
    chunk = bench.chunk(bench.text("id,name\n1,#N/A\n"), {**DEAL, "columns": {"opportunity_name": "name"}})
    assert chunk.accepted["opportunity_name"].to_list() == [None]
    assert chunk.problems["problem_code"].to_list() == ["FNL-222"]


def test_references_are_three_columns(bench: Any) -> None:
    path = bench.text("id,customer,owner\n1,大同,王\n2,,李\n")
    record = {**DEAL, "columns": {"customer": {"column": "customer", "source": "customer_list", "by": "name_key"}, "owner": "owner"}}
    chunk = bench.chunk(path, record)
    names = ["customer", "customer_source", "customer_by", "owner", "owner_source", "owner_by"]
    assert chunk.accepted.select(names).rows() == [
        ("大同", "customer_list", "name_key", "王", "crm", "id"),
        (None, None, None, "李", "crm", "id"),
    ]


def test_groups_unpivot_and_count_rows_of_the_source(bench: Any) -> None:
    path = bench.text("id,人1,電1,人2,電2\nC1,王,02-2345-6789,李,\nC2,,,陳,\nC3,,,,\n")
    groups = [
        {"contact_name": "人1", "phone": {"column": "電1", "region": "TW"}},
        {"contact_name": "人2", "phone": {"column": "電2", "region": "TW"}},
    ]
    chunk = bench.chunk(path, {"entity": "contact", "key": ["id"], "columns": {"customer": "id"}, "groups": groups})
    assert chunk.accepted.select("_record_key", "customer", "contact_name", "phone").rows() == [
        ("C1|1", "C1", "王", "+886223456789"),
        ("C1|2", "C1", "李", None),
        ("C2|2", "C2", "陳", None),
    ]
    assert (chunk.counts.source, chunk.counts.accepted) == (4, 3)


def test_attributes_carry_their_type(bench: Any) -> None:
    path = bench.text('id,產業別,預算,日\n1,電子,"1,200",2026/1/2\n2,,x,\n')
    chunk = bench.chunk(path, {**DEAL, "attributes": {"產業別": "text", "預算": "decimal", "日": "date"}})
    assert chunk.accepted["_attributes"].to_list() == ['{"日":"date:2026-01-02","產業別":"text:電子","預算":"decimal:1200"}', None]
    assert chunk.accepted["_raw"].to_list() == ['{"日":"2026/1/2","預算":"1,200"}', '{"預算":"x"}']
    assert chunk.problems.select("column_name", "action_code").rows() == [("預算", "blanked")]


def test_money_net_of_tax_keeps_the_gross_amount(bench: Any) -> None:
    path = bench.text("id,sum\n1,105\n")
    (row,) = rows_of(bench.chunk(path, {**DEAL, "columns": {"amount": {"column": "sum", "multiplier": 1000, "tax": {"included": 0.05}}}}))
    assert (row["amount"], row["amount_gross"], row["_raw"]) == ("100000", "105000", '{"sum":"105"}')


def test_a_phone_that_excel_destroyed_is_flagged(bench: Any) -> None:
    chunk = bench.chunk(bench.text("id,tel\n1,8.86E+11\n"), {"entity": "customer", "key": ["id"], "columns": {"phone": "tel"}})
    assert chunk.accepted["phone"].to_list() == [None]
    assert chunk.problems["problem_code"].to_list() == ["FNL-223"]


def test_an_id_that_excel_destroyed_refers_to_nobody(bench: Any) -> None:
    chunk = bench.chunk(bench.text("id,customer\n1,2.5842E+16\n2,25842000000262376\n"), {**DEAL, "columns": {"customer": "customer"}})
    assert chunk.accepted.select("customer", "customer_by").rows() == [(None, None), ("25842000000262376", "id")]
    assert chunk.problems["problem_code"].to_list() == ["FNL-223"]


def test_content_keys_are_equal_for_equal_content_only(bench: Any) -> None:
    path = bench.text("a,b,age\nx,1,10\nx,1,11\nx,2,10\n")
    record = {"entity": "activity", "content_key": "all", "not_a_change": ["age"], "columns": {"content_text": "a"}}
    keys = bench.chunk(path, record).accepted["_record_key"].to_list()
    assert keys[0] == keys[1] != keys[2]
    # SHA-256 of `a:1:x,b:1:1,`, the first 32 hex digits
    assert keys[0] == hashlib.sha256(b"a:1:x,b:1:1,").hexdigest()[:32]


def test_constants_and_words(bench: Any) -> None:
    path = bench.text("id,刪除\n1,是\n2,否\n")
    record = {
        **DEAL,
        "columns": {"currency_code": {"constant": "TWD"}, "is_deleted": {"column": "刪除", "words": {"是": True, "否": False}}},
    }
    chunk = bench.chunk(path, record)
    assert chunk.accepted.select("currency_code", "is_deleted").rows() == [("TWD", "true"), ("TWD", "false")]


def test_a_header_that_was_renamed_over_time(bench: Any) -> None:
    record = {**DEAL, "columns": {"next_step_text": {"column": ["下一步", "下次行動"]}}}
    assert bench.chunk(bench.text("id,下次行動\n1,x\n"), record).accepted["next_step_text"].to_list() == ["x"]
    assert bench.chunk(bench.text("id,下一步\n1,y\n"), record).accepted["next_step_text"].to_list() == ["y"]


def test_header_spelling_in_width_and_space_does_not_matter(bench: Any) -> None:
    chunk = bench.chunk(
        bench.text("id,金額（仟元）\n1,5\n"), {**DEAL, "columns": {"amount": {"column": "金額 (仟元)", "multiplier": 1000}}}
    )
    assert chunk.accepted["amount"].to_list() == ["5000"]
