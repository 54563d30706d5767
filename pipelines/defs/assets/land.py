"""Landing one source: extract -> stage -> check at the landing border -> commit, file by file.

Belongs here: that order, and what it came to. Does not: Dagster (sources.py), reading files (extract) or writing the ledger (landing).
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from expectations.result import CheckResult
from pipelines.defs.assets.connect import connected_deliveries, extracting_folder
from pipelines.defs.outcome import SourceOutcome
from pipelines.defs.session import NightSession
from pipelines.extract.delivery import Delivery, RefusedFile
from pipelines.landing.delivery_state import after_end
from pipelines.landing.ledger import Ledger
from pipelines.landing.spool import clear
from pipelines.landing.stage import Staged
from pipelines.messages.catalogue import FunnelError, Message
from pipelines.settings.paths import mapping_file

BATCH = 40  # deliveries staged before one run of checks: each run costs a second, each staged delivery some disk
DISK_REFUSED = "FNL-308"
ORDER = ("failed", "refused", "held", "landed", "ended", "repetition", "known")  # worst first


def land_source(session: NightSession, name: str) -> SourceOutcome:
    """Land every new file of a configured source. One file's failure is noted and does not stop the next.

    Raises FunnelError for what concerns the whole source (its mapping, its folder, the disk).
    """
    from pipelines.extract.files import file_deliveries
    from pipelines.extract.mapping import load_mapping

    folder, source = session.folder, session.folder.settings.sources[name]
    outcome, ledger = session.source(name), Ledger(session.folder)
    path = mapping_file(folder, name)
    mapping = load_mapping(path)
    if session.outcome.kind != "dry_run":
        text = path.read_bytes()
        ledger.note_mapping(name, mapping.version(folder.settings.zone), text, hashlib.sha256(text).hexdigest())
    notes: list[dict] = []
    if source.kind == "file":
        land_all(session, file_deliveries(name, source, folder, partial(ledger.is_known, name), notes), outcome)
    else:
        with _emptied(extracting_folder(folder, name), is_done=session.outcome.kind != "dry_run"):
            land_all(session, connected_deliveries(session, name, mapping), outcome)
    for note in notes:
        session.log(f"{name}: {' | '.join(Message(note['code'], note).lines())}")
    return outcome


@contextmanager
def _emptied(place: Path, *, is_done: bool) -> Iterator[None]:
    """The folder is empty before, and gone after; what a first load that breaks off has read so far stays for the next start."""
    clear(place)
    try:
        yield
    except BaseException:
        clear(place)
        raise
    if is_done:
        shutil.rmtree(place, ignore_errors=True)
    else:
        clear(place)


def land_playbook(session: NightSession) -> SourceOutcome:
    """Land the playbook's CSV files as one delivery of the source `playbook`."""
    from pipelines.extract.playbook import playbook_delivery

    outcome = session.source("playbook")
    land_all(session, iter([playbook_delivery(session.folder, session.as_of_date)]), outcome)
    return outcome


def land_all(session: NightSession, found: Iterator[Delivery | RefusedFile], outcome: SourceOutcome) -> None:
    """Land what was found, in order, BATCH deliveries to one run of checks; set the outcome's state to the worst that happened."""
    ledger, waiting = Ledger(session.folder), list[Staged]()
    try:
        for item in found:
            staged = _stage(session, ledger, item, outcome)
            if staged:
                waiting.append(staged)
            if len(waiting) == BATCH:
                _commit(session, ledger, waiting, outcome)
        _commit(session, ledger, waiting, outcome)
    finally:
        for staged in waiting:
            staged.discard()
    states = {delivery["outcome_code"] for delivery in outcome.deliveries} | ({"refused"} if outcome.refused_files else set())
    worst = next((state for state in ORDER if state in states), "known")
    outcome.state = {"ended": "unchanged", "repetition": "unchanged", "known": "unchanged"}.get(worst, worst)


def _stage(session: NightSession, ledger: Ledger, item: Delivery | RefusedFile, outcome: SourceOutcome) -> Staged | None:
    if isinstance(item, RefusedFile):
        _refuse(session, ledger, item, outcome)
        return None
    try:
        return ledger.stage(item)
    except FunnelError as error:
        if item.original is None or error.exit_code == 2 or error.message.code == DISK_REFUSED:
            raise
        _refuse(session, ledger, RefusedFile.because(item.source, item.original, error), outcome)
        return None


def _refuse(session: NightSession, ledger: Ledger, refused: RefusedFile, outcome: SourceOutcome) -> None:
    if session.outcome.kind != "dry_run":
        ledger.refuse_file(refused)
    outcome.refused_files.append({"name": refused.original.name, "code": refused.code, **refused.values})
    session.tell(Message(refused.code, dict(refused.values)))


def _commit(session: NightSession, ledger: Ledger, waiting: list[Staged], outcome: SourceOutcome) -> None:
    """Check what is new and commit all, one after another; `waiting` is empty afterwards."""
    known = {state.id for state in ledger.states()}
    last = session.folder.settings.ends.get(outcome.source)
    ended = {staged.delivery_id for staged in waiting if last and staged.delivered_date > last}
    results = _checked(session, [staged for staged in waiting if staged.delivery_id not in known | ended])
    while waiting:
        staged, results_of = waiting[0], results.get(waiting[0].delivery_id, [])
        for failed in [result for result in results_of if not result.passed]:
            session.log(f"{outcome.source}: {' | '.join(failed.message().lines())}")
            if failed.blocks:
                staged.hold(failed.message_code, **{key: str(value) for key, value in failed.values.items()})
        outcome.checks.extend(results_of)
        code = _outcome_code(session, staged, staged.delivery_id in known)
        if last and staged.delivery_id in ended and code != "known":
            code = "ended"
            original = staged.delivery.original
            reason = after_end(outcome.source, original.name if original else None, staged.delivered_date, last)
            session.notice(Message(reason.pop("code"), reason))
        _note(session, staged, code, outcome)
        waiting.pop(0).discard()


def _checked(session: NightSession, new: list[Staged]) -> dict[str, list[CheckResult]]:
    if not new:
        return {}
    from expectations.landing_border import check_deliveries

    return dict(zip((staged.delivery_id for staged in new), check_deliveries(session.folder, new, session.as_of_date), strict=True))


def _outcome_code(session: NightSession, staged: Staged, is_known: bool) -> str:
    if session.outcome.kind == "dry_run":
        return "known" if is_known else "held" if staged.holds else "landed"
    return staged.commit().outcome_code


def _note(session: NightSession, staged: Staged, code: str, outcome: SourceOutcome) -> None:
    delivery, counts = staged.delivery, staged.counts
    name = delivery.original.name if delivery.original else delivery.source
    outcome.deliveries.append(
        {
            "delivery_id": staged.delivery_id,
            "outcome_code": code,
            "name": name,
            "scope": delivery.scope,
            "declared_date": delivery.declared_date,
            "rows": counts,
        }
    )
    for entity, rows in counts.items():
        session.log(f"{delivery.source}: {name} {code}, {entity} {rows}")
        for state, count in rows.items() if code != "known" else ():
            outcome.rows[state] = outcome.rows.get(state, 0) + count
    for hold in staged.holds if code == "held" else []:
        session.tell(Message(hold["code"], {key: value for key, value in hold.items() if key != "code"}))
