"""Decimals, integers and rates to plain canonical text: no thousands, no signs but minus, no trailing zeros.

Belongs here: how people write numbers. Does not: which currency or tax basis is meant beyond the mapping's multiplier.
"""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

PLAIN = r"^-?(0|[1-9]\d*)(\.\d*[1-9])?$"
SCIENTIFIC = r"^[+-]?\d+(\.\d+)?[eE][+-]?\d+$"
_CURRENCY = (
    r"(?i)^(-|\()?\s*(?:NT\$|US\$|HK\$|RMB|TWD|NTD|USD|EUR|CNY|JPY|HKD|NT|[$¥€£])\s*|\s*(?:TWD|NTD|USD|EUR|CNY|JPY|HKD|元整|元|圓)(\))?$"
)
_WHOLE = {"千": 3, "仟": 3, "萬": 4, "万": 4, "億": 8, "亿": 8}


def decimals(values: pl.Series) -> pl.Series:
    """Text to -?123.45. Understood: full-width digits, 1,234.50, (5) and 5- as minus, currency signs, 元, 萬. Digits are never rounded."""
    is_plain = values.str.contains(PLAIN).fill_null(True)
    if bool(is_plain.all()):
        return values
    others = (~is_plain).arg_true()
    return values.clone().scatter(others, _tidied(values.gather(others)))  # scatter changes its series


def _tidied(values: pl.Series) -> pl.Series:
    tidy = values.str.normalize("NFKC").str.replace_all(r"\s", "").str.replace("−", "-", literal=True)
    tidy = tidy.str.replace(_CURRENCY, "${1}").str.replace(_CURRENCY, "${1}${2}")
    tidy = tidy.str.replace(r"^\((.+)\)$", "-${1}").str.replace(r"^([^-+].*)-$", "-${1}").str.replace(r"^\+", "")
    tidy = tidy.set(tidy.str.contains(r"^-?\d{1,3}(,\d{3})+(\.\d*)?$").fill_null(False) & tidy.is_not_null(), None).fill_null(
        tidy.str.replace_all(",", "")
    )
    for word, power in _WHOLE.items():
        if bool(tidy.str.ends_with(word).any()):
            tidy = each_distinct(tidy, lambda text, word=word, power=power: _scaled(text, word, power))
    tidy = tidy.set(~tidy.str.contains(r"^-?(\d+(\.\d*)?|\.\d+)$"), None)
    return canonical(tidy)


def canonical(values: pl.Series) -> pl.Series:
    """-?digits[.digits] without superfluous zeros; minus zero is zero."""
    values = (
        values.str.replace(r"^(-?)0+(\d)", "${1}${2}")
        .str.replace(r"(\.\d*?)0+$", "${1}")
        .str.replace(r"\.$", "")
        .str.replace(r"^(-?)\.", "${1}0.")
    )
    return values.str.replace(r"^-0$", "0")


def integers(values: pl.Series) -> pl.Series:
    found = decimals(values)
    return found.set(found.str.contains(".", literal=True), None)


def rates(values: pl.Series, percent: bool) -> pl.Series:
    """Text to 0..1: a % sign divides by 100, and so does `percent` for bare numbers. Outside 0..1 is NULL."""
    bare = values.str.normalize("NFKC").str.strip_chars()
    numbers = decimals(bare.str.replace(r"\s*%$", ""))
    hundredths = each_distinct(numbers, lambda text: plain(Decimal(text) / 100))
    shares = hundredths if percent else hundredths.zip_with(bare.str.ends_with("%").fill_null(False), numbers)
    return each_distinct(shares, lambda text: text if 0 <= Decimal(text) <= 1 else None)


def money(numbers: pl.Series, multiplier: Decimal, tax_rate: Decimal | None) -> pl.Series:
    """Canonical decimals times `multiplier`, less the tax they include (then rounded half up to the cent)."""
    if multiplier == 1 and tax_rate is None:
        return numbers
    if tax_rate is None:
        return each_distinct(numbers, lambda text: plain(Decimal(text) * multiplier))
    cent = Decimal("0.01")
    return each_distinct(numbers, lambda text: plain((Decimal(text) * multiplier / (1 + tax_rate)).quantize(cent, ROUND_HALF_UP)))


def plain(number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def each_distinct(values: pl.Series, convert) -> pl.Series:
    """A Python function of each distinct non-null text."""
    texts = values.unique().drop_nulls()
    if len(texts) == 0:
        return values
    return values.replace_strict(texts, pl.Series([convert(text) for text in texts], dtype=pl.String), default=None, return_dtype=pl.String)


def _scaled(text: str, word: str, power: int) -> str | None:
    if not text.endswith(word):
        return text
    try:
        return plain(Decimal(text.removesuffix(word)).scaleb(power))
    except ArithmeticError:
        return None
