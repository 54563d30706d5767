"""`funnel erase`: one record leaves the ledger, its originals and past publications; a tombstone stays.

Belongs here: finding which record is meant, and saying what was done. Does not: the erasing (landing.ledger).
"""

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import CompanyOption, WhyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from pipelines.settings.company import CompanyFolder


def erase(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="<source>:<record id>, as published · 記錄編號")],
    why: WhyOption,
    company: CompanyOption = None,
    entity: Annotated[str, typer.Option(help="opportunity, customer, contact … when the id exists in several. · 類別")] = "",
) -> None:
    """Erase one record from content, originals and past publications; cannot be undone. · 抹除一筆記錄"""
    from pipelines.defs.instance import forget_runs
    from pipelines.landing.ledger import Ledger
    from pipelines.landing.lock import company_lock
    from pipelines.messages.catalogue import FunnelError
    from pipelines.publish.swap import forget

    folder = open_company(company)
    source, separator, key = record.partition(":")
    found = [name for name in _holding(folder, source, key) if not entity or name == entity] if separator else []
    if not found:
        raise FunnelError("FNL-621", 2, record=record)
    if len(found) > 1:
        raise FunnelError("FNL-622", 2, record=record, entities=", ".join(found))
    with company_lock(folder):
        Ledger(folder).erase(source, found[0], key, why)
        forget(folder.published)
        shutil.rmtree(folder.data / "as_of", ignore_errors=True)
        forget_runs(folder)
    screen.say("FNL-620", record=record, entity=found[0], company=folder.root)


def _holding(folder: "CompanyFolder", source: str, key: str) -> list[str]:
    """The entities of a source in which a record of this key was ever delivered."""
    import polars as pl

    held = []
    for membership in sorted((folder.landing / source).glob("*/membership")) if source else []:
        rows = pl.scan_parquet(membership / "*.parquet").filter(pl.col("_record_key") == key)
        if any(membership.glob("*.parquet")) and not rows.head(1).collect().is_empty():
            held.append(membership.parent.name)
    return held
