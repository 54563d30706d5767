"""`funnel nightly`: running the night, and what it came to.

Belongs here: starting the night, printing its outcome and the business answer. Does not: what a night does (defs.night).
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, progress, screen

if TYPE_CHECKING:
    from pipelines.defs.outcome import NightOutcome
    from pipelines.settings.company import CompanyFolder


def nightly(
    company: CompanyOption = None,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date to stand for. · 截至日期")] = None,
    source: Annotated[list[str] | None, typer.Option("--source", help="Read only these sources; repeatable. · 只讀這些來源")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, write nothing. · 只檢查，不寫入")] = False,
) -> None:
    """Run the night: read, land, model, check, publish. · 執行每夜作業"""
    folder = open_company(company)
    progress(_starting(folder))
    from pipelines.defs.night import run_night

    outcome = run_night(folder, as_of.date() if as_of else None, sources=source or None, dry_run=dry_run, on_step=show_step)
    report(folder, outcome)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def show_step(step: str, state: str) -> None:
    """One line per finished step on standard error; what failed is told at the end."""
    if state != "started":
        progress(f"  {'·' if state == 'done' else 'x'} {step}")


def _starting(folder: "CompanyFolder") -> str:
    from pipelines.messages.catalogue import Message

    return Message("FNL-630", {"company": folder.settings.company}).lines(screen.language)[0]


def report(folder: "CompanyFolder", outcome: "NightOutcome") -> None:
    """The end of a night on the screen: what came in, what explains its exit code, the business answer, where it is, what next."""
    screen.table(
        ("source", "state", "accepted", "refused", "blank", "title", "duplicates"), [_source_row(source) for source in outcome.sources]
    )
    screen.messages(outcome.messages, outcome.log_path)
    where = outcome.published or outcome.computed
    if where:
        _print_answer(where)
        code = "FNL-634" if outcome.computed else "FNL-635" if outcome.exit_code else "FNL-633"
        screen.say(code, date=outcome.as_of_date, file=where, company=folder.root, log=outcome.log_path, problems=_gaps(outcome))
    elif outcome.kind == "dry_run":
        screen.say("FNL-636", date=outcome.as_of_date, company=folder.root)
    else:
        screen.say("FNL-637", date=outcome.as_of_date, log=outcome.log_path, company=folder.root)
    screen.messages(outcome.notices, outcome.log_path)


def _print_answer(file: Path) -> None:
    from pipelines.publish.answer import business_answer

    for line in business_answer(file, screen.language):
        screen.console().print(line, markup=False)


def _source_row(source: Any) -> tuple[Any, ...]:
    rows = source.rows
    return (source.source, source.state, *(rows.get(name, 0) for name in ("accepted", "refused", "blank", "title", "duplicates")))


def _gaps(outcome: "NightOutcome") -> str:
    """The sources that are held, late, refused or failed, in one line."""
    late = {entry.get("source") or entry.get("source_system") for entry in (*outcome.held, *outcome.stale)}
    broken = {source.source for source in outcome.sources if source.state in ("held", "refused", "failed")}
    return ", ".join(sorted(str(name) for name in late | broken if name)) or "-"
