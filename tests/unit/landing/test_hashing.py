"""Record hashes and ids, against hashlib on the text that docs/ledger.md spells out."""

import hashlib
from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.hashing import record_hash, short_id


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_record_hash_is_the_documented_text() -> None:
    frame = pl.DataFrame(
        {
            "stage": ["談判", None],
            "amount": ["100.00", ""],
            "owner": ["a:1:b,", None],
            "_extra": ['{"x": "1"}', None],
            "_raw": ["anything", "else"],
        },
    )
    first = "amount:6:100.00," + "owner:6:a:1:b,," + "stage:6:談判,"
    # Column names sort by code point: "_" (0x5f) comes before the lower-case letters.
    assert record_hash(frame).to_list() == [sha('_extra:10:{"x": "1"},' + first)[:32], sha("amount:0:,")[:32]]


def test_raw_text_and_what_is_no_change_do_not_count() -> None:
    one = pl.DataFrame({"amount": ["1"], "_raw": ["1.0"], "age": ["5"], "_record_key": ["A"], "_sheet": ["s"]})
    two = pl.DataFrame({"amount": ["1"], "_raw": ["1,0"], "age": ["6"], "_record_key": ["B"], "_sheet": ["t"]})
    assert record_hash(one, ["age"]).item() == record_hash(two, ["age"]).item() == sha("amount:1:1,")[:32]
    assert record_hash(one).item() != record_hash(two).item()


def test_a_value_cannot_pose_as_two_columns() -> None:
    assert record_hash(pl.DataFrame({"a": ["1,b:1:2"]})).item() != record_hash(pl.DataFrame({"a": ["1"], "b": ["2"]})).item()


def test_rows_without_any_value_and_batches() -> None:
    assert record_hash(pl.DataFrame({"a": [None, None]}, schema={"a": pl.String})).to_list() == [sha("")[:32]] * 2
    many = record_hash(pl.DataFrame({"a": [str(number) for number in range(100_001)]}))
    assert many[100_000] == sha("a:6:100000,")[:32]


def test_short_id_is_the_documented_json() -> None:
    assert short_id("d", "weekly", "", date(2026, 3, 1), "ab", "v1") == "d" + sha('["weekly","","2026-03-01","ab","v1"]')[:16]
    assert short_id("d", "週報", None) == "d" + sha('["週報",null]')[:16]


ROW = st.tuples(*[st.sampled_from([None, "", "x", "談判", "a:1:b,"])] * 4)


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4))
def test_a_hash_does_not_depend_on_the_rows_beside_it(rows: list[tuple[str | None, ...]]) -> None:
    names = ["_extra", "amount", "owner", "stage"]  # in the order of the text
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    texts = ["".join(f"{n}:{len(v.encode())}:{v}," for n, v in zip(names, row, strict=True) if v is not None) for row in rows]
    assert record_hash(frame).to_list() == [sha(text)[:32] for text in texts]
