"""Numbers as people write them. Expected values by hand."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.parsers.numbers import decimals, integers, money, rates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("12,345,678", "12345678"),
        ("１２３．５０", "123.5"),
        ("(1,200.10)", "-1200.1"),
        ("5-", "-5"),
        ("−5", "-5"),
        ("+3", "3"),
        ("-0.00", "0"),
        ("007", "7"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("1.", "1"),
        ("100", "100"),
        ("$22,700.00", "22700"),
        ("-$5", "-5"),
        ("NT$1,000", "1000"),
        ("(NT$1,200.10)", "-1200.1"),
        ("USD 12.30", "12.3"),
        ("12元", "12"),
        ("120萬", "1200000"),
        ("3.5億", "350000000"),
        (" 1 000 ", "1000"),
        ("12345678901234567890.12", "12345678901234567890.12"),
        ("1,23", None),  # no thousands
        ("1.234,56", None),  # which comma?
        ("1.23E+05", None),  # digits lost
        ("abc", None),
        ("萬", None),
        ("-", None),
        ("1-2", None),
        ("12 / 13", None),
        ("#DIV/0!", None),
    ],
)
def test_a_decimal(text: str, expected: str | None) -> None:
    assert decimals(pl.Series([text])).item() == expected


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2, allow_nan=False))
def test_thousands_and_plain_text_mean_the_same(number: Decimal) -> None:
    both = decimals(pl.Series([f"{number:,.2f}", f"{number:.2f}"])).to_list()
    assert both[0] == both[1]
    assert Decimal(both[0]) == number


def test_integers_have_no_fraction() -> None:
    assert integers(pl.Series(["12.0", "1,200", "12.5", None])).to_list() == ["12", "1200", None, None]


def test_rates_lie_between_nought_and_one() -> None:
    assert rates(pl.Series(["35%", "0.35", "1", "100％", "101%", "-1%", "1.5", None]), percent=False).to_list() == [
        "0.35", "0.35", "1", "1", None, None, None, None,
    ]  # fmt: skip
    assert rates(pl.Series(["35", "0.5", "100", "35%", "101"]), percent=True).to_list() == ["0.35", "0.005", "1", "0.35", None]


def test_money_in_thousands_and_with_tax() -> None:
    assert money(pl.Series(["1.5", "0.001", None]), Decimal(1000), None).to_list() == ["1500", "1", None]
    # 105 / 1.05 = 100; 100 / 1.05 = 95.238… -> 95.24; 0.0105 x 1000 = 10.5 / 1.05 = 10
    assert money(pl.Series(["105", "100"]), Decimal(1), Decimal("0.05")).to_list() == ["100", "95.24"]
    assert money(pl.Series(["0.0105"]), Decimal(1000), Decimal("0.05")).to_list() == ["10"]
