"""A planted fault that has lost its place would be planted no more.

Belongs here: that each text to replace stands in its file once. Does not: planting (tests/mutations).
"""

from pathlib import Path

import pytest

from tests.mutations.planted import MUTATIONS, Mutation

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_fault_has_its_place(mutation: Mutation) -> None:
    assert (PROJECT / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1
