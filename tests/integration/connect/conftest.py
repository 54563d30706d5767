"""A server of each kind of database, one a module that asks for it, and a new database in it for each test.

Belongs here: those fixtures. Does not: what lies in a database (databases.py, or the test).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.connect.databases import SECRET, SECRET_ENV, Behind, Databases, databases


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Of the kind that `pytest.mark.parametrize("server", ..., indirect=True)` says."""
    with databases(request.param, tmp_path_factory.mktemp("databases")) as made:
        yield made


@pytest.fixture
def crm(server: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Behind:
    monkeypatch.setenv(SECRET_ENV, SECRET)
    return server.new(tmp_path)
