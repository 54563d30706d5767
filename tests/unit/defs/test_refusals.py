"""A file that a failed or killed run refused is told by the next night, once."""

from datetime import date, datetime

import pytest

from pipelines.defs.session import open_night
from pipelines.extract.delivery import RefusedFile
from pipelines.landing.ledger import Ledger
from tests.fixtures.deliveries import original

SOURCE = {"mapping": "m.yaml", "files": ["*.xls"]}


@pytest.fixture
def folder(make_folder):
    return make_folder(sources={"deals": SOURCE})


def refuse(folder, name: str) -> None:
    """As a night does that is killed right after."""
    file = original(folder, name, name.encode(), datetime(2026, 6, 1))
    Ledger(folder).refuse_file(RefusedFile("deals", file, "FNL-204", {"file": name, "suffix": "xls", "found": "text"}))


def night(folder):
    with open_night(folder, date(2026, 6, 28)) as session:
        session.outcome.published = folder.published / "funnel.duckdb"
        return session.outcome


def told(outcome) -> list[str]:
    return [file["name"] for source in outcome.sources for file in source.refused_files]


def test_it_is_told_by_the_next_good_night_and_by_no_later_one(folder) -> None:
    refuse(folder, "bad.xls")
    outcome = night(folder)
    assert told(outcome) == ["bad.xls"] and outcome.exit_code == 3
    assert [(message["code"], message["file"]) for message in outcome.messages] == [("FNL-204", "bad.xls")]
    later = night(folder)
    assert told(later) == [] and later.exit_code == 0


def test_a_night_that_published_nothing_does_not_count(folder) -> None:
    refuse(folder, "bad.xls")
    with open_night(folder, date(2026, 6, 28)):
        pass
    assert told(night(folder)) == ["bad.xls"]


def test_what_this_night_refused_itself_is_told_once(folder) -> None:
    with open_night(folder, date(2026, 6, 28)) as session:
        refuse(folder, "bad.xls")
        session.source("deals").refused_files.append({"name": "bad.xls", "code": "FNL-204", "file": "bad.xls"})
    assert told(session.outcome) == ["bad.xls"]
