"""What landing looks up by a 64-bit number first: the answers are those of comparing the texts themselves."""

from collections import Counter
from datetime import date
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing import known_content
from pipelines.landing.known_content import IDENTITY, KnownPairs
from pipelines.landing.ledger import Ledger
from pipelines.landing.members import Members
from pipelines.landing.occurrence import Occurrences
from tests.fixtures.deliveries import chunk, company, delivery

PAIR = st.tuples(st.sampled_from("abcd"), st.sampled_from("1234"))
KEYS = st.lists(st.sampled_from(["k", "j", "客", None]), max_size=6)


def frame(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=dict.fromkeys(IDENTITY, pl.String), orient="row")


@pytest.mark.parametrize("number", [known_content._NUMBER, pl.col("_record_key").str.len_bytes(), pl.col("_record_key").hash()])
@settings(deadline=None)
@given(known=st.sets(PAIR), asked=st.lists(PAIR, max_size=8))
def test_known_pairs_are_told_apart_even_where_their_numbers_agree(number: pl.Expr, known: set, asked: list) -> None:
    with patch.object(known_content, "_NUMBER", number):
        found = KnownPairs(frame(sorted(known))).unknown_of(frame(asked))
    assert found.rows() == [pair for pair in asked if pair not in known]


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=4))
def test_occurrence_numbers_count_over_all_chunks(chunks: list[tuple[list, list]]) -> None:
    occurrences, seen, row = Occurrences(), Counter[str](), 0
    for accepted, refused in chunks:
        expected, frames = [], []
        for keys in (accepted, refused):
            numbers = range(row + 1, row + 1 + len(keys))
            row += len(keys)
            frames.append(
                pl.DataFrame({"_record_key": keys, "_row_number": numbers}, schema={"_record_key": pl.String, "_row_number": pl.Int64})
            )
            for key in keys:
                seen.update([key] if key else [])
                expected.append(f"{key}#{seen[key]}" if key else None)
        numbered = occurrences.number(*frames)
        assert [key for part in numbered for key in part["_record_key"]] == expected


ROW = st.tuples(st.sampled_from("ABCD"), st.sampled_from("12"), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=3), st.booleans())
def test_only_keys_that_come_twice_need_to_be_grouped(tmp_path_factory: pytest.TempPathFactory, chunks: list, keys: bool) -> None:
    """The same delivery, once with the rows of repeated keys alone, once with all accepted rows: same counts, members, problems."""
    told, row = [], 2
    for rows in chunks:
        told.append(
            chunk(
                "opportunity",
                [{"_key": key, "amount": amount, **({"_refused": "FNL-221"} if bad else {})} for key, amount, bad in rows],
                row,
            )
        )
        row += len(rows)
    item = delivery("weekly", date(2026, 3, 1), *told, columns={"opportunity": ("amount",)}, keys=keys)
    with patch.object(Members, "of_repeated_keys", lambda self: self.rows().filter(~pl.col("_is_refused"))):
        expected = outcome(tmp_path_factory.mktemp("all"), item)
    assert outcome(tmp_path_factory.mktemp("some"), item) == expected


def outcome(folder: Path, item: object) -> tuple:
    staged = Ledger(company(folder)).stage(item)  # type: ignore[arg-type]
    writer = staged.writers["opportunity"]
    paths = (writer.content.path, writer.membership_path, writer.problem_path)
    return staged.counts, writer.membership_id, [sorted(pl.read_parquet(path).rows(), key=repr) for path in paths if path.is_file()]
