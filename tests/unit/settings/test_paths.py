"""A source's folder: relative, from the environment, with a default, and the two ways it can be missing."""

from pathlib import Path

import pytest

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import Company, CompanyFolder
from pipelines.settings.paths import source_folder


def company(root: Path, folder: str) -> CompanyFolder:
    source = {"mapping": "m.yaml", "folder": folder, "files": ["*.csv"]}
    return CompanyFolder(root=root, settings=Company(company="c", time_zone="UTC", base_currency="TWD", sources={"weekly": source}))


def test_a_relative_folder_starts_at_the_company(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    assert source_folder(company(tmp_path, "inbox"), "weekly") == tmp_path / "inbox"


def test_the_environment_fills_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real" / "maven").mkdir(parents=True)
    monkeypatch.setenv("SALES_FILES", str(tmp_path / "real"))
    assert source_folder(company(tmp_path, "${SALES_FILES}/maven"), "weekly") == tmp_path / "real" / "maven"


def test_a_default_serves_when_the_name_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.delenv("SALES_FILES", raising=False)
    assert source_folder(company(tmp_path, "${SALES_FILES:-other}"), "weekly") == tmp_path / "other"


@pytest.mark.parametrize(("folder", "said"), [("${SALES_FILES}/x", "${SALES_FILES} is not set"), ("nowhere", "no such folder")])
def test_a_missing_folder_is_a_fault_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, said: str) -> None:
    monkeypatch.delenv("SALES_FILES", raising=False)
    with pytest.raises(FunnelError) as caught:
        source_folder(company(tmp_path, folder), "weekly")
    assert (caught.value.message.code, caught.value.exit_code) == ("FNL-104", 2)
    assert said in caught.value.message.lines("en")[0]
