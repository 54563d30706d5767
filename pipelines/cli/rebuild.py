"""`funnel rebuild`: the warehouse made again from the ledger alone, and the proof that it is the same.

Belongs here: the order of the steps and their report. Does not: running models (defs.night) or fingerprints (warehouse.fingerprint).
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.night import report, show_step
from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from pipelines.settings.company import CompanyFolder


def rebuild(
    company: CompanyOption = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compare every table before and after. · 比對前後")] = False,
) -> None:
    """Delete the warehouse and build it from the ledger; reads no source. · 由帳本重建"""
    from pipelines.defs.night import run_night
    from pipelines.landing.lock import company_lock
    from pipelines.messages.catalogue import FunnelError

    folder = open_company(company)
    with company_lock(folder):
        before = _fingerprints(folder) if verify and folder.warehouse.is_file() else {}
        folder.warehouse.unlink(missing_ok=True)
        outcome = run_night(folder, _last_date(folder), sources=[], full_refresh=True, on_step=show_step)
        after = _fingerprints(folder) if verify and outcome.published else {}
    report(folder, outcome)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if before and after and changed:
        raise FunnelError("FNL-646", 1, count=len(changed), tables=", ".join(changed[:5]), file=folder.warehouse)
    if after:
        screen.say("FNL-645", count=len(after), compared=len(before), file=folder.warehouse)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def _last_date(folder: "CompanyFolder") -> date | None:
    """The date the warehouse stands for, so that the rebuilt one stands for the same; None when nothing was published."""
    from pipelines.defs.journal import last_good_night

    good = last_good_night(folder)
    return date.fromisoformat(good["as_of_date"]) if good else None


def _fingerprints(folder: "CompanyFolder") -> dict[str, str]:
    from pipelines.warehouse.fingerprint import table_fingerprints

    return table_fingerprints(folder.warehouse)
