"""A company folder without sources, for tests of the night's machinery."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.settings.company import Company, CompanyFolder


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., CompanyFolder]:
    def make(**settings: object) -> CompanyFolder:
        named = {"company": "Test", "time_zone": "Asia/Taipei", "base_currency": "TWD", **settings}
        return CompanyFolder(root=tmp_path, settings=Company.model_validate(named))

    return make
