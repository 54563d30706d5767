"""`run_night`: one night from start to end in this process, on the company's persistent Dagster instance.

Belongs here: choosing the date, the kind of run and the steps, and handing back what it came to. Does not: any step.
"""

import os
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches

from pipelines.defs import journal
from pipelines.defs.as_of import last_tick, run_date
from pipelines.defs.outcome import NightOutcome
from pipelines.defs.session import NightSession, OnStep, open_night, silent
from pipelines.messages.catalogue import FunnelError, Message
from pipelines.publish.past import is_past
from pipelines.settings.business_date import default_as_of_date
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder


def run_night(
    folder: CompanyFolder,
    as_of_date: date | None = None,
    sources: Sequence[str] | None = None,
    dry_run: bool = False,
    full_refresh: bool = False,
    trigger: str | None = None,
    on_step: OnStep = silent,
    wait_seconds: float = 0,
) -> NightOutcome:
    """Run a night and return its outcome; `sources` limits which are read (none at all: []), the models always see the whole ledger.

    `trigger` defaults to FUNNEL_TRIGGER, else cli; `schedule` (a timer or cron) makes the run stand for its tick, however late it starts.
    Raises FunnelError FNL-301 (another run holds the company), FNL-657 (no such source), FNL-651 (the models do not parse);
    whatever happens later is in the outcome, its log and its summary.
    """
    _known(folder, sources)
    trigger = trigger or os.environ.get("FUNNEL_TRIGGER") or "cli"
    if not dry_run:
        _end_dead_runs(folder)
    failed = journal.failed_nights(folder)
    day = as_of_date or run_date(folder.settings, now(), trigger, failed)
    kind = "dry_run" if dry_run else "past" if is_past(folder, day) else "night"
    with open_night(
        folder, day, kind=kind, trigger=trigger, full_refresh=full_refresh, on_step=on_step, wait_seconds=wait_seconds
    ) as session:
        if as_of_date is None and trigger == "cli" and _repeats(folder, day, failed):
            session.tell(Message("FNL-659", {"date": day}))
        try:
            _run(session, sources)
        except (Exception, KeyboardInterrupt) as error:  # it has become a message, and its trace is in the log
            session.explain("night", error)
    return session.outcome


def _run(session: NightSession, sources: Sequence[str] | None) -> None:
    if session.outcome.kind == "past":
        from pipelines.defs.past import compute_past

        compute_past(session)
        return
    session.require_files(sources)
    if session.outcome.kind == "dry_run":
        from pipelines.defs.dry_run import try_sources

        try_sources(session, sources)
    else:
        from pipelines.defs.execute import execute_nightly

        execute_nightly(session, sources)


def _end_dead_runs(folder: CompanyFolder) -> None:
    """Before the date is chosen: a scheduled night that was killed has failed, and is repeated with its date."""
    if not folder.dagster_home.is_dir():
        return
    from pipelines.defs.dead_runs import end_dead_runs
    from pipelines.defs.instance import open_instance

    with open_instance(folder) as instance:
        end_dead_runs(folder, instance)


def _known(folder: CompanyFolder, sources: Sequence[str] | None) -> None:
    names = list(folder.settings.sources)
    for name in sources or []:
        if name not in names:
            near = get_close_matches(name, names, 1, 0)
            raise FunnelError("FNL-657", 2, name=name, known=", ".join(names) or "-", nearest=near[0] if near else "-")


def _repeats(folder: CompanyFolder, day: date, failed: frozenset[date]) -> bool:
    instant = now()
    tick_date = default_as_of_date(folder.settings, last_tick(folder.settings, instant))
    return day in failed and day == tick_date and default_as_of_date(folder.settings, instant) != day
