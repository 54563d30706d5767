"""`funnel doctor`: does each source answer, as whom are we signed in, what do we see, and what may we not see?

Belongs here: asking each source in turn, and drawing the answers. Does not: asking (extract), or the words (labels.py, messages).
Nothing is written.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.known import known_source
from pipelines.cli.labels import label
from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

if TYPE_CHECKING:
    from pipelines.extract.connect.diagnosis import Diagnosis
    from pipelines.settings.company import CompanyFolder


def doctor(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]", help="Only this one. · 來源", show_default=False)] = "",
    company: CompanyOption = None,
) -> None:
    """Does each source answer, and what may we not see? Writes nothing. · 診斷來源"""
    folder = open_company(company)
    if source:
        known_source(folder, source)
    names = [source] if source else [name for name, said in folder.settings.sources.items() if said.enabled]
    bad = [name for name in names if not _is_ready(folder, name)]
    if bad:
        screen.say("FNL-607", bad=len(bad), count=len(names), names=", ".join(bad), company=folder.root)
        raise typer.Exit(2)
    screen.say("FNL-606", count=len(names), company=folder.root)


def _is_ready(folder: "CompanyFolder", name: str) -> bool:
    """Asks one source and shows what it said; whatever goes wrong there stops no other."""
    import os

    from pipelines.cli.failure import explain
    from pipelines.extract.connect.diagnoses import diagnosed
    from pipelines.settings.clock import now

    try:
        found = diagnosed(folder, name, os.environ, now)
        _show(folder, name, found)
    except Exception as error:
        explain(error)
        return False
    return not found.faults


def _show(folder: "CompanyFolder", name: str, found: "Diagnosis") -> None:
    screen.table(("source", name), [(_word(word), value) for word, value in _answers(folder, name, found)])
    if found.objects:
        seen = [(sight.object, ", ".join(sight.entities) or "-", _records(sight.records)) for sight in found.objects]
        screen.table(("object", "entity", "records"), seen)
    for message in (*found.faults, *found.notes):
        screen.message(message)
    screen.console().print()


def _answers(folder: "CompanyFolder", name: str, found: "Diagnosis") -> list[tuple[str, Any]]:
    is_file = folder.settings.sources[name].kind == "file"
    answers: list[tuple[str, Any]] = [("place", found.place or "-"), ("reachable", _word("yes" if found.is_reached else "no"))]
    if not is_file:
        answers.append(("signed_in", found.user or _word("no")))
    if found.skew is not None:
        answers.append(("clock", f"{found.skew:+.1f} s"))
    if found.calls is not None:
        answers.append(("calls", f"~ {found.calls:,}"))
    if found.limit is not None:
        left = "?" if found.left is None else f"{found.left:,}"
        answers.append(("allowed", f"{left} / {found.limit:,}"))
    return [*answers, ("last", _last_delivery(folder, name)), ("next_step", _word("mend" if found.faults else "ready"))]


def _last_delivery(folder: "CompanyFolder", name: str) -> str:
    from pipelines.landing.ledger import Ledger

    told = [state for state in Ledger(folder).states() if state.entry["source"] == name] if folder.landing.is_dir() else []
    return f"{told[-1].entry['delivered_date']} ({told[-1].state_code})" if told else "-"


def _records(count: int | None) -> str:
    return _word("hidden") if count is None else f"{count:,}"


def _word(word: str) -> str:
    return label(word, screen.language)
