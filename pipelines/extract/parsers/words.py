"""Yes and no, declared words, and phones.

Belongs here: finite vocabularies and phone numbers. Does not: codes of stages or reasons (the playbook maps those in the models).
"""

import phonenumbers
import polars as pl

from pipelines.extract.parsers.numbers import each_distinct

YES = ("true", "yes", "y", "t", "1", "1.0", "是", "有", "v", "x", "✓", "✔", "○", "真")
NO = ("false", "no", "n", "f", "0", "0.0", "否", "無", "无", "沒有", "✗", "×", "假")


def booleans(values: pl.Series, words: dict[str, str | bool]) -> pl.Series:
    """Text to true / false, by the mapping's words, else by the everyday ones; letter case and width do not matter."""
    known = {_folded(word): "true" if meant in (True, "true") else "false" for word, meant in words.items()}
    if not known:
        known = dict.fromkeys(YES, "true") | dict.fromkeys(NO, "false")
    return each_distinct(values, lambda text: known.get(_folded(text)))


def phones(values: pl.Series, region: str) -> pl.Series:
    """Text to E.164; a number without a country code is of `region` (ISO 3166 letters). Impossible numbers are NULL."""
    return each_distinct(values, lambda text: _phone(text, region))


def _phone(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(number) else None


def _folded(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", text).strip().casefold()
