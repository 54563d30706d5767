"""HubSpot as a connector: everything at first, then what changed, who was merged, and the keys of all.

Belongs here: the order of a night and its cursor. Does not: calls (api.py), one object's reading (reading.py), values (records.py).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.again import NOTHING, Again
from pipelines.extract.connect.connector import Batch, Extraction, Slices
from pipelines.extract.connect.listing import listed_columns, listing_is_due
from pipelines.extract.delivery import DeliveryKind
from pipelines.extract.hubspot import account as accounts
from pipelines.extract.hubspot.account import Account
from pipelines.extract.hubspot.api import HubSpot
from pipelines.extract.hubspot.objects import OWNERS, objects_of
from pipelines.extract.hubspot.reading import Reading, asked, earlier, key_of, listed_rows
from pipelines.extract.hubspot.records import STAGE_CHANGE_COLUMNS, frame
from pipelines.extract.hubspot.state import State
from pipelines.extract.mapping import Mapping


class HubSpotConnector:
    """Cursor: see state.py. A merge is told by an extraction of its own, which holds nothing but the survivor's id: what else is known of
    the merged deal stays as it was."""

    def __init__(self, access: Access, mapping: Mapping) -> None:
        self.access, self.mapping = access, mapping

    def extractions(self, cursor: str | None, started_at: datetime, again: Again = NOTHING) -> Iterator[Extraction]:
        if not self.access.password:
            raise self.access.refused("FNL-258", "`connection: password_env` names no variable; it holds the private app's token")
        kinds, state = objects_of(self.access, self.mapping), State.of(cursor)
        is_full = again.is_whole or (not state.values and not state.listed_at)
        due = is_full or listing_is_due(self.access.connection, state.listed_at, started_at)
        state.listed_at = started_at.isoformat() if is_full else state.listed_at
        api = HubSpot(self.access)
        account = Account.read(api, state.stages)
        state.stages = account.stages

        since = {} if is_full else {kind.name: earlier(state.values.get(kind.name), again.begin(kind.name)) for kind in kinds}
        readings = [
            Reading(api, kind, account, state, started_at, since.get(kind.name), "_stage_change" in self._names()) for kind in kinds
        ]

        def changes() -> Iterator[Batch]:
            yield from self._small(account, "full" if is_full else "delta")
            for reading in readings:
                yield from reading.batches()

        def resume(stands: str) -> None:
            """Names of stages as they were at first are kept: deals read under another name are read again by the next night."""
            vars(state).update(vars(State.of(stands)))
            account.stages = {**state.stages, **account.stages}
            for reading in readings:
                reading.resume()

        slices = Slices(asked(readings), resume, key_of) if is_full else None
        yield Extraction("hubspot", "full" if is_full else "delta", started_at, changes(), state.said, slices=slices)
        if state.untold and "_merged" in self._names():
            told = [{"id": key, "merged_into": survivor} for key, survivor in state.untold.items()]
            state.untold = {}
            merged = iter([Batch("_merged", frame(["id", "merged_into"], told))])
            yield Extraction("hubspot", "delta", started_at + timedelta(seconds=1), merged, state.said)
        if due and not is_full:
            state.listed_at = started_at.isoformat()

            def keys() -> Iterator[Batch]:
                yield from self._small(account, "ids")
                for kind in kinds:
                    yield from listed_rows(api, kind, account, listed_columns(self.mapping, kind.name))

            yield Extraction("hubspot", "ids", started_at + timedelta(seconds=2), keys(), state.said)

    def _names(self) -> set[str]:
        return {str(sheet.sheet) for sheet in self.mapping.sheets}

    def _small(self, account: Account, kind: DeliveryKind) -> Iterator[Batch]:
        """What is read whole every night; and, at the beginning of what fills up later, its columns."""
        whole = {
            OWNERS: (accounts.OWNER_COLUMNS, account.owner_rows()),
            "_stages": (accounts.STAGE_COLUMNS, account.stage_rows),
            "_teams": (accounts.TEAM_COLUMNS, account.teams()),
            "_team_memberships": (accounts.MEMBERSHIP_COLUMNS, account.memberships()),
        }
        if kind != "ids":
            whole["_stage_change"] = (STAGE_CHANGE_COLUMNS, [])
        if kind == "full":
            whole["_merged"] = (["id", "merged_into"], [])
        yield from (Batch(name, frame(columns, rows)) for name, (columns, rows) in whole.items() if name in self._names())
