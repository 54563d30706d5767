"""Nights of connected sources without their models: landing alone, at instants that the test chooses.

Belongs here: landing what a company's sources say, and the tables made of it. Does not: any source, or expected values.
"""

from datetime import date, datetime

import duckdb
import pytest

from pipelines.defs.assets import connect
from pipelines.defs.assets.land import land_playbook, land_source
from pipelines.defs.outcome import SourceOutcome
from pipelines.defs.session import open_night
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.state import write_state
from tests.fixtures.dbt_run import build


def land_at(folder: CompanyFolder, moment: datetime, *sources: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, SourceOutcome]:
    """Land these sources as if it were `moment` (naive UTC). Raises what a source raises."""
    monkeypatch.setattr(connect, "now", lambda: moment)
    with open_night(folder, moment.date()) as session:
        return {name: land_source(session, name) for name in sources}


def land_rules(folder: CompanyFolder, as_of: date) -> None:
    with open_night(folder, as_of) as session:
        land_playbook(session)


def tables(folder: CompanyFolder, as_of: date, select: str, **settings: object) -> duckdb.DuckDBPyConnection:
    """The models selected, over everything landed."""
    write_state(folder, as_of)
    told = {"time_zone": folder.settings.time_zone, "base_currency": folder.settings.base_currency, **settings}
    assert build(folder.data, as_of, command="tables", select=select, **told) == []
    return duckdb.connect(str(folder.data / "warehouse.duckdb"), read_only=True)
