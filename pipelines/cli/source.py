"""`funnel source …`: what is done to one connected source.

Belongs here: telling the ledger, and printing what it means. Does not: what is read then (extract.connect.again, the connectors).
"""

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.known import known_source
from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.extract.mapping import Mapping
    from pipelines.settings.company import CompanyFolder

app = typer.Typer(no_args_is_help=True, help="Connected sources: reading again. · 連線來源：重新讀取")


@app.command()
def resync(
    source: Annotated[str, typer.Argument(help="A source of funnel.yaml that has a connection · 連線來源")],
    company: CompanyOption = None,
    entity: Annotated[str, typer.Option(help="Only what feeds this: opportunity, customer … · 類別")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what changed since that business date. · 起始日期")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason; kept in the ledger. · 原因，會留在帳本")] = "",
) -> None:
    """Let the next night read a source again, though it was read: all of it, or a part. · 下一夜重新讀取來源"""
    from pipelines.extract.connect.again import SAID, asked_for
    from pipelines.landing.ledger import Ledger
    from pipelines.landing.lock import company_lock

    folder = open_company(company)
    known_source(folder, source)
    mapping = asked_for(folder, source, entity or None)
    with company_lock(folder):
        ledger = Ledger(folder)
        entry = ledger.resync(source, entity or None, since and _midnight(since, folder.settings.zone), why)
        cursor = ledger.cursor(source)
    screen.table(("object", "read_again", "since"), _plan(folder, source, mapping, entity or None, since, cursor))
    kind = folder.settings.sources[source].kind
    screen.say(SAID, source=source, kind=kind, entry=entry["entry_id"], company=folder.root)


def _midnight(day: datetime, zone: tzinfo) -> datetime:
    """Naive UTC."""
    return day.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _plan(
    folder: "CompanyFolder", source: str, mapping: "Mapping", entity: str | None, since: datetime | None, cursor: str | None
) -> "Iterator[tuple[str, str, str]]":
    """(object, what is read for its sake, from when): where a source cannot read so little, more is read, and that is shown."""
    from pipelines.cli.labels import label
    from pipelines.extract.connect.again import feeding
    from pipelines.extract.connect.connectors import read_for, without_dates

    kind = folder.settings.sources[source].kind
    whole = without_dates(kind, mapping, cursor)
    for name in feeding(mapping, entity):
        read = read_for(kind, name)
        is_dated = since is not None and not whole & set(read)
        yield name, ", ".join(read), f"{since:%Y-%m-%d}" if is_dated and since else label("beginning", screen.language)
