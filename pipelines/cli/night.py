"""`funnel nightly` and `funnel status`: running the night, and how the last ones went.

Belongs here: starting the night, printing its outcome and the business answer. Does not: what a night does (defs.night).
"""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, progress, screen

if TYPE_CHECKING:
    from pipelines.defs.outcome import NightOutcome
    from pipelines.settings.company import CompanyFolder

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


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
    for entry in outcome.messages:
        screen.say(entry["code"], **{name: value for name, value in entry.items() if name != "code"})
    where = outcome.published or outcome.computed
    if where:
        _print_answer(folder, outcome)
        code = "FNL-634" if outcome.computed else "FNL-635" if outcome.exit_code else "FNL-633"
        screen.say(code, date=outcome.as_of_date, file=where, company=folder.root, log=outcome.log_path, problems=_gaps(outcome))
    elif outcome.kind == "dry_run":
        screen.say("FNL-636", date=outcome.as_of_date, company=folder.root)
    else:
        screen.say("FNL-637", date=outcome.as_of_date, log=outcome.log_path, company=folder.root)


def _print_answer(folder: "CompanyFolder", outcome: "NightOutcome") -> None:
    from pipelines.publish.answer import business_answer

    for line in business_answer(outcome.published or outcome.computed, screen.language):
        screen.console().print(line, markup=False)


def _source_row(source: Any) -> tuple[Any, ...]:
    rows = source.rows
    return (source.source, source.state, *(rows.get(name, 0) for name in ("accepted", "refused", "blank", "title", "duplicates")))


def _gaps(outcome: "NightOutcome") -> str:
    """The sources that are held, late, refused or failed, in one line."""
    late = {entry.get("source") or entry.get("source_system") for entry in (*outcome.held, *outcome.stale)}
    broken = {source.source for source in outcome.sources if source.state in ("held", "refused", "failed")}
    return ", ".join(sorted(str(name) for name in late | broken if name)) or "-"


def status(
    company: CompanyOption = None,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="26h", help="Exit 1 when the last good night is older (30m, 26h, 2d). · 最長時限")
    ] = "",
    runs: Annotated[int, typer.Option(help="How many runs to list. · 筆數")] = 5,
) -> None:
    """The last runs, each source's freshness, what is blocked. · 近況"""
    from itertools import islice

    from pipelines.defs.journal import last_good_night, summaries
    from pipelines.settings.clock import now

    limit = _age(max_age) if max_age else None
    folder = open_company(company)
    last = list(islice(summaries(folder), runs))
    screen.table(("as_of", "run", "result", "finished", "seconds"), [_run_row(summary) for summary in last])
    _print_freshness(folder)
    for entry in last[0]["messages"] if last else []:
        screen.say(entry["code"], **{name: value for name, value in entry.items() if name != "code"})
    good = last_good_night(folder)
    _print_daemon(folder)
    if good is None:
        screen.say("FNL-640", company=folder.root)
    else:
        screen.say("FNL-641", date=good["as_of_date"], finished=good["finished_at"], file=folder.published / "funnel.duckdb")
    if limit is not None and (good is None or now() - datetime.fromisoformat(good["finished_at"]).replace(tzinfo=None) > limit):
        from pipelines.messages.catalogue import FunnelError

        raise FunnelError("FNL-642", 1, limit=max_age, last=good["finished_at"] if good else "-", company=folder.root)


def _run_row(summary: dict[str, Any]) -> tuple[Any, ...]:
    return (
        summary["as_of_date"],
        f"{summary['kind']} ({summary['trigger']})",
        summary["exit_code"],
        summary["finished_at"],
        round(sum(summary["durations"].values()), 1),
    )


def _print_freshness(folder: "CompanyFolder") -> None:
    """One row per source and scope from the published file; nothing when there is none yet."""
    from pipelines.publish.reader import published_freshness

    rows = published_freshness(folder)
    if rows is not None:
        screen.table(("source", "entity", "scope", "last", "fresh"), rows.iter_rows())


def _print_daemon(folder: "CompanyFolder") -> None:
    """Asking Dagster costs seconds: only where its folder shows that a schedule was ever used."""
    if not (folder.dagster_home / "schedules").is_dir():
        return
    from pipelines.defs.instance import daemon_is_running

    if not daemon_is_running(folder):
        screen.say("FNL-643", company=folder.root)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", text.strip())
    if not found:
        from pipelines.messages.catalogue import FunnelError

        raise FunnelError("FNL-644", 2, text=text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
