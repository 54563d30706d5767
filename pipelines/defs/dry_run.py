"""A dry run: read and check every source, commit nothing.

Belongs here: that loop. Does not: Dagster; a run that wrote nothing leaves nothing in the web interface.
"""

from collections.abc import Sequence

from pipelines.defs.assets.land import land_playbook, land_source
from pipelines.defs.session import NightSession
from pipelines.messages.catalogue import FunnelError


def try_sources(session: NightSession, sources: Sequence[str] | None) -> None:
    """Stage, check and discard; one outcome per source."""
    for name, source in session.folder.settings.sources.items():
        if source.enabled and (sources is None or name in sources):
            with session.step(f"landing/{name}"):
                try:
                    land_source(session, name)
                except FunnelError as error:
                    session.tell(error.message)
                    outcome = session.source(name)
                    outcome.state, outcome.failure = "failed", error.message.as_dict()
    with session.step("landing/playbook"):
        land_playbook(session)
