"""Dates and timestamps, 民國 years included, to canonical text.

Belongs here: formats and calendars. Does not: which column has which format (the mapping says), or business dates (models).
"""

import re

import polars as pl

DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "roc:民國yyy年mm月dd日",
    "roc:民國yyy/mm/dd",
    "roc:民國yyy.mm.dd",
)
CLOCKS = ("%H:%M:%S%.f", "%H:%M")
TIMESTAMP_FORMATS = tuple(
    f"{day}{gap}{clock}" for day, gap in (("%Y-%m-%d", " "), ("%Y-%m-%d", "T"), ("%Y/%m/%d", " ")) for clock in CLOCKS
)
OFFSET_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z")
FIRST_YEAR, LAST_YEAR = 1900, 2199
# Timestamps that are canonical already, 29 February aside: nothing to parse. (2 M of them: 3.2 s by the formats below, 0.2 s by this.)
_DAY = r"((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_CANONICAL = rf"^(19|20|21)[0-9]{{2}}-{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
_ROC_PARTS = {"yyy": r"(?<y>\d{2,3})", "mm": r"(?<m>\d{1,2})", "dd": r"(?<d>\d{1,2})"}


def dates(values: pl.Series, formats: list[str], zone: str) -> pl.Series:
    """Text to YYYY-MM-DD. A time of day is dropped; an instant with an offset becomes its date in `zone`. Years 1900 to 2199."""
    return _distinct(values, lambda texts: _moments(texts, formats, zone, zone).dt.strftime("%Y-%m-%d"))


def timestamps(values: pl.Series, formats: list[str], zone: str) -> pl.Series:
    """Text to YYYY-MM-DDTHH:MM:SS[.ffffff]Z; text without an offset is local to `zone`. A day without a time is no timestamp."""
    if formats:
        return _timestamps(values, formats, zone)
    others = (~values.str.contains(_CANONICAL)).arg_true()
    return values.clone().scatter(others, _timestamps(values.gather(others), formats, zone)) if len(others) else values


def _timestamps(values: pl.Series, formats: list[str], zone: str) -> pl.Series:
    return _distinct(values, lambda texts: _written(_moments(texts, formats, zone, "UTC", only_times=True)))


def _written(moments: pl.Series) -> pl.Series:
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").str.replace(r"\.000000$", "") + "Z"


def _distinct(values: pl.Series, parse) -> pl.Series:
    """Each distinct text parsed once."""
    texts = values.unique().drop_nulls()
    if len(texts) == 0 or len(texts) * 2 > len(values):
        return parse(values)
    return values.replace_strict(texts, parse(texts), default=None, return_dtype=pl.String)


def _moments(texts: pl.Series, formats: list[str], zone: str, target_zone: str, only_times: bool = False) -> pl.Series:
    """Naive datetimes in `target_zone`; the first format that reads a text wins."""
    tidy = texts.str.normalize("NFKC").str.strip_chars().str.replace("上午", "AM", literal=True).str.replace("下午", "PM", literal=True)
    found = pl.Series(texts.name, [None] * len(texts), dtype=pl.Datetime("us"))
    for format in formats or _guesses(only_times):
        if found.null_count() == tidy.null_count():
            break
        found = found.zip_with(found.is_not_null(), _read(tidy, format, zone, target_zone, only_times))
    return found.set(~found.dt.year().is_between(FIRST_YEAR, LAST_YEAR), None)


def _guesses(only_times: bool) -> tuple[str, ...]:
    return (*TIMESTAMP_FORMATS, *OFFSET_FORMATS) if only_times else (*DATE_FORMATS, *TIMESTAMP_FORMATS, *OFFSET_FORMATS)


def _read(texts: pl.Series, format: str, zone: str, target_zone: str, only_times: bool) -> pl.Series:
    format = format.replace(".%f", "%.f")
    if format.startswith("roc:"):
        return _roc(texts, format.removeprefix("roc:"))
    if re.search(r"%#?z", format):
        return (
            texts.str.to_datetime(format, strict=False, time_unit="us", time_zone="UTC")
            .dt.convert_time_zone(target_zone)
            .dt.replace_time_zone(None)
        )
    if not re.search(r"%[HIcsT]|%R", format):
        return texts.str.to_date(format, strict=False).cast(pl.Datetime("us")) if not only_times else _nothing(texts)
    local = texts.str.to_datetime(format, strict=False, time_unit="us")
    if zone == target_zone:
        return local
    zoned = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone(target_zone).dt.replace_time_zone(None)


def _roc(texts: pl.Series, format: str) -> pl.Series:
    """民國 years: yyy, mm, dd stand for the numbers; without separators each has its full width (yyymmdd)."""
    tight = "yyymm" in format or "mmdd" in format
    pattern = re.escape(format.replace("民國", "\0")).replace("\0", r"(?:民國|中華民國)?\s*").replace("\\\0", r"(?:民國|中華民國)?\s*")
    for part, group in _ROC_PARTS.items():
        pattern = pattern.replace(part, group.replace("{1,2}", "{2}") if tight else group)
    parts = texts.str.extract_groups(f"^{pattern}$").struct.unnest()
    year = (parts["y"].cast(pl.Int32, strict=False) + 1911).cast(pl.String)
    return (year + "-" + parts["m"] + "-" + parts["d"]).str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")).alias(texts.name)


def _nothing(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, [None] * len(texts), dtype=pl.Datetime("us"))
