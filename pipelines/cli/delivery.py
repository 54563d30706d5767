"""`funnel delivery …`: what arrived, what became of it, and taking it back.

Belongs here: asking the ledger and printing. Does not: what live, held, superseded or ended mean (landing.state).
"""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.known import known_source
from pipelines.cli.options import CompanyOption, WhyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from pipelines.settings.company import CompanyFolder

app = typer.Typer(no_args_is_help=True, help="What arrived, and taking it back. · 交付：清單、復原、恢復、接受、重讀")
IdArgument = Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id, or the first characters of it. · 交付編號")]
_SHOWN_PROBLEMS = 200


@app.command("list")
def list_deliveries(
    company: CompanyOption = None,
    source: Annotated[str, typer.Option(help="Only this source. · 來源")] = "",
    state: Annotated[str, typer.Option(help="live | held | superseded | revoked | ended")] = "",
    limit: Annotated[int, typer.Option(help="The newest so many; 0 for all. · 筆數")] = 50,
) -> None:
    """Deliveries, newest last, with their state and counts. · 交付清單"""
    import polars as pl

    table = _table(open_company(company))
    if source:
        table = table.filter(pl.col("source_system") == source)
    if state:
        table = table.filter(pl.col("state_code") == state)
    found = table.height
    shown = table.sort("delivered_date", "sequence", "entity").tail(limit or found)
    columns = (
        "delivery_id",
        "delivered_date",
        "source_system",
        "entity",
        "scope",
        "state_code",
        "accepted_row_count",
        "refused_row_count",
        "original_name",
    )
    headings = ("delivery", "date", "source", "entity", "scope", "state", "accepted", "refused", "name")
    screen.table(headings, shown.select(columns).iter_rows())
    screen.say("FNL-610", shown=shown.height, count=found)


@app.command()
def show(delivery_id: IdArgument, company: CompanyOption = None) -> None:
    """One delivery: counts, notes, holds, and each refused row with file, sheet and row. · 一次交付的細節"""
    import polars as pl

    from pipelines.landing.ledger import Ledger

    folder = open_company(company)
    state = Ledger(folder).find(delivery_id)
    table = _table(folder).filter(pl.col("delivery_id") == state.id)
    counts = ("source_row_count", "accepted_row_count", "refused_row_count", "blank_row_count", "title_row_count", "duplicate_row_count")
    shown = table.select("source_system", "entity", "delivered_date", "state_code", *counts)
    screen.table(
        ("source", "entity", "date", "state", "reason", "source_rows", "accepted", "refused", "blank", "title", "duplicates"),
        [(*row[:4], ", ".join(str(reason["code"]) for reason in state.reasons), *row[4:]) for row in shown.iter_rows()],
    )
    for said in (*state.reasons, *state.entry["notes"]):
        if str(said.get("code", "")).startswith("FNL-"):
            screen.say(said["code"], **{name: value for name, value in said.items() if name != "code"})
    for row in table.iter_rows(named=True):
        _show_problems(folder.landing / row["source_system"] / row["entity"] / "problem" / f"{row['membership_id']}.parquet")
    screen.say("FNL-611", delivery=state.id, name=state.name or "-", sha256=(state.entry["original"] or {}).get("sha256", "-"))


@app.command()
def undo(delivery_id: IdArgument, why: WhyOption, company: CompanyOption = None) -> None:
    """Take a delivery back: the next night is as if it had never come. · 復原一次交付"""
    _change("revoke", "FNL-612", delivery_id, why, open_company(company))


@app.command()
def restore(delivery_id: IdArgument, why: WhyOption, company: CompanyOption = None) -> None:
    """End an undo: the delivery counts again. · 恢復已復原的交付"""
    _change("restore", "FNL-613", delivery_id, why, open_company(company))


@app.command()
def accept(delivery_id: IdArgument, why: WhyOption, company: CompanyOption = None) -> None:
    """End a hold: a delivery that failed its checks counts after all. · 接受被攔下的交付"""
    _change("accept", "FNL-614", delivery_id, why, open_company(company))


@app.command()
def reparse(source: Annotated[str, typer.Argument(help="A source of funnel.yaml · 來源")], company: CompanyOption = None) -> None:
    """Read the archived originals of a source again, with today's mapping. · 以現行對應檔重讀"""
    from pipelines.defs.reparse import reparse_source

    folder = open_company(company)
    known_source(folder, source)
    outcomes = reparse_source(folder, source)
    screen.table(("delivery", "name", "result"), [(outcome.delivery_id, outcome.name, outcome.outcome_code) for outcome in outcomes])
    screen.say("FNL-615", source=source, count=len(outcomes), company=folder.root)


def _change(action: str, code: str, delivery_id: str, why: str, folder: "CompanyFolder") -> None:
    from pipelines.landing.ledger import Ledger
    from pipelines.landing.lock import company_lock

    with company_lock(folder):
        state = getattr(Ledger(folder), action)(delivery_id, why)
    screen.say(code, delivery=state.id, state=state.state_code, company=folder.root)


def _table(folder: "CompanyFolder") -> "pl.DataFrame":
    """raw_ledger.delivery as it stands now: one row per delivery and entity."""
    from pipelines.landing.delivery_table import delivery_table
    from pipelines.landing.ledger import Ledger
    from pipelines.settings.business_date import default_as_of_date
    from pipelines.settings.clock import now

    return delivery_table(Ledger(folder).entries(), default_as_of_date(folder.settings, now()), folder.settings.ends)


def _show_problems(file: "Path") -> None:
    """Refused rows first, then blanked cells, with position and what stood there."""
    import polars as pl

    if not file.is_file():
        return
    problems = pl.read_parquet(file).sort(pl.col("action_code") != "refused", "_sheet", "_row_number", nulls_last=True)
    columns = ("action_code", "_sheet", "_row_number", "column_name", "raw_value", "problem_code")
    screen.table(("action", "sheet", "row", "column", "value", "reason"), problems.head(_SHOWN_PROBLEMS).select(columns).iter_rows())
    if problems.height > _SHOWN_PROBLEMS:
        screen.say("FNL-619", shown=_SHOWN_PROBLEMS, count=problems.height, file=file)
