"""Yes and no in every everyday spelling, declared words, and phones of a region. Expected values by hand."""

import polars as pl

from pipelines.extract.parsers.words import booleans, phones


def test_everyday_words() -> None:
    assert booleans(pl.Series(["是", "否", "Ｙ", "TRUE", "0", "1", "無", "maybe", None]), {}).to_list() == [
        "true", "false", "true", "true", "false", "true", "false", None, None,
    ]  # fmt: skip


def test_declared_words_replace_the_everyday_ones() -> None:
    assert booleans(pl.Series(["贏", "輸", "是"]), {"贏": True, "輸": False}).to_list() == ["true", "false", None]


def test_phones_of_a_region() -> None:
    texts = [
        "02-2345-6789",
        "(02) 2345 6789",
        "0912-345-678",
        "０９１２３４５６７８",
        "+1 805-247-8982",
        "02-2345-6789#12",
        "123",
        "tbd",
        None,
    ]
    assert phones(pl.Series(texts), "TW").to_list() == [
        "+886223456789", "+886223456789", "+886912345678", "+886912345678", "+18052478982", "+886223456789", None, None, None,
    ]  # fmt: skip
