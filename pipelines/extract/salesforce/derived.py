"""What Salesforce's own rules make of its records: columns and objects whose names begin with an underscore.

Belongs here: those rules. Does not: a company's (the mapping), or asking.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl

OPPORTUNITY, CONTACT, LEAD = "006", "003", "00Q"  # how an id begins says of which object it is
CHANGES = ("Id", "OpportunityId", "StageName", "CreatedDate", "CreatedById")
RATE_COLUMNS = ("Id", "_rate_date", "_from_currency_code", "_to_currency_code", "_rate")


def with_columns(name: str, rows: pl.DataFrame, now: datetime, record_types: dict[str, str]) -> pl.DataFrame:
    """The object's rows with the columns made of them. Where a column they need may not be seen, they are not there either."""
    made: dict[str, tuple[tuple[str, ...], pl.Expr]] = {}
    if name == "Opportunity":
        named = pl.col("RecordTypeId").replace_strict(record_types, default=None, return_dtype=pl.String)
        made["_record_type"] = (("RecordTypeId",), named)
        is_closed = pl.col("IsClosed") == "true"
        has_come = pl.col("CloseDate") <= (now + timedelta(days=1)).date().isoformat()  # else a forecast that was left behind by the close
        made["_closed_date"] = (("IsClosed", "CloseDate"), pl.when(is_closed & has_come).then(pl.col("CloseDate")))
        needs = ("IsClosed", "CloseDate", "LastStageChangeDate")
        made["_closed_at"] = (needs, pl.when(is_closed & ~has_come).then(pl.col("LastStageChangeDate")))
    if name in ("Task", "Event"):
        made["_opportunity_id"] = (("WhatId",), _of("WhatId", OPPORTUNITY))
        made["_contact_id"] = (("WhoId",), _of("WhoId", CONTACT))
        made["_lead_id"] = (("WhoId",), _of("WhoId", LEAD))
    if name == "Task":
        seconds = pl.col("CallDurationInSeconds").cast(pl.Int64)
        made["_duration_minutes"] = (("CallDurationInSeconds",), (seconds / 60).round(2).cast(pl.String))
        made["_occurred_date"] = (
            ("IsClosed", "ActivityDate", "CompletedDateTime"),
            pl.when((pl.col("IsClosed") == "true") & pl.col("CompletedDateTime").is_null()).then(pl.col("ActivityDate")),
        )
    if name == "Event":
        is_over = pl.col("EndDateTime").is_not_null() & (pl.col("EndDateTime") <= instant(now))
        made["_is_done"] = (("EndDateTime",), pl.when(is_over).then(pl.lit("true")).otherwise(pl.lit("false")))
        made["_occurred_at"] = (("EndDateTime", "StartDateTime"), pl.when(is_over).then(pl.col("StartDateTime")))
    return rows.with_columns(
        expression.alias(column) for column, (needs, expression) in made.items() if all(need in rows.columns for need in needs)
    )


def _of(column: str, prefix: str) -> pl.Expr:
    return pl.when(pl.col(column).str.starts_with(prefix)).then(pl.col(column))


def stage_changes(history: pl.DataFrame) -> pl.DataFrame:
    """Of the whole history of some deals, which also tells of amounts and dates, the rows with another stage than the one before."""
    ordered = history.unique("Id").sort("OpportunityId", "CreatedDate", "Id")
    before = pl.col("StageName").shift(1).over("OpportunityId")
    return ordered.with_columns(_from_stage=before).filter(pl.col("StageName").ne_missing(pl.col("_from_stage")))


def exchange_rates(dated: pl.DataFrame, types: pl.DataFrame) -> pl.DataFrame:
    """Salesforce says how much of a currency one of the corporate currency is; here is how much of the corporate one each is worth."""
    corporate = types.filter(pl.col("IsCorporate") == "true")["IsoCode"].to_list() if types.height else []
    rows = [
        (row["Id"], row["StartDate"], row["IsoCode"], corporate[0], format(round(1 / Decimal(row["ConversionRate"]), 9), "f"))
        for row in dated.iter_rows(named=True)
        if corporate and row["IsoCode"] != corporate[0] and row["ConversionRate"]
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(RATE_COLUMNS, pl.String()), orient="row")


def instant(moment: datetime) -> str:
    """A naive UTC moment as Salesforce writes it, which is also SOQL's literal."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
