"""Hand-made deliveries for tests of the landing border: a few rows, and a file that stands for their workbook.

Belongs here: building one. Does not: expected values.
"""

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.extract.delivery import PROBLEM_SCHEMA, Chunk, Delivery, EntityPlan, Original, RowCounts
from pipelines.settings.company import Company, CompanyFolder


def company_folder(root: Path, **settings) -> CompanyFolder:
    return CompanyFolder(root=root, settings=Company(company="Test", time_zone="UTC", base_currency="TWD", **settings))


def deals(
    folder: CompanyFolder,
    count: int,
    day: date,
    *,
    source: str = "crm",
    scope: str = "",
    unreadable: int = 0,
    failed_amounts: int = 0,
    created: str = "2026-01-05",
    kind: str = "full",
    name: str | None = None,
    source_kind: str = "file",
) -> Delivery:
    """A delivery of `count` accepted deals, plus `unreadable` refused rows without a key; the first `failed_amounts` lack their amount."""
    accepted = pl.DataFrame(
        {
            "_record_key": [f"D{number}" for number in range(count)],
            "_sheet": ["s"] * count,
            "_row_number": list(range(2, count + 2)),
            "amount": [None if number < failed_amounts else "10" for number in range(count)],
            "created_date": [created] * count,
        },
        schema={"_record_key": pl.String, "_sheet": pl.String, "_row_number": pl.Int64, "amount": pl.String, "created_date": pl.String},
    )
    refused = pl.DataFrame(
        {"_record_key": [None] * unreadable, "_sheet": ["s"] * unreadable, "_row_number": list(range(900, 900 + unreadable))},
        schema={"_record_key": pl.String, "_sheet": pl.String, "_row_number": pl.Int64},
    )
    problems = pl.DataFrame(
        [(f"D{number}", "s", number + 2, "FNL-211", "金額", "<b>abc</b>", "blanked", None) for number in range(failed_amounts)]
        + [(None, "s", 900 + number, "FNL-210", "編號", None, "refused", "{}") for number in range(unreadable)],
        schema=PROBLEM_SCHEMA,
        orient="row",
    )
    chunk = Chunk("opportunity", accepted, refused, problems, RowCounts(source=count + unreadable, accepted=count, refused=unreadable))
    midnight = datetime.combine(day, datetime.min.time())
    file = folder.root / "inbox" / f"{len(list(folder.root.glob('inbox/*')))}.xlsx"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{count} {day} {source} {scope} {unreadable} {failed_amounts} {created}")
    return Delivery(
        source=source,
        source_kind=source_kind,
        kind=kind,
        scope=scope,
        declared_date=day,
        delivered_at=midnight + timedelta(hours=23, minutes=59, seconds=59),  # type: ignore[arg-type]
        mapping_version="1",
        plans=[EntityPlan("opportunity", True, ("amount", "created_date"))],
        chunks=lambda: iter([chunk]),
        original=Original(
            name or f"week_{day}.xlsx", file, hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size, None, midnight
        ),
    )
