"""A library imported too early is loaded when it is used, and is the same library then."""

import importlib
import sys
from pathlib import Path

import pytest

from expectations.on_first_use import on_first_use


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a part, not loaded yet."""
    (tmp_path / "seldom_used").mkdir()
    (tmp_path / "seldom_used" / "__init__.py").write_text("")
    (tmp_path / "seldom_used" / "part.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("seldom_used", "seldom_used.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "seldom_used.part"


def test_it_is_loaded_when_one_of_its_names_is_used(library: str) -> None:
    with on_first_use(library):
        early = importlib.import_module(library)
        assert "answer" not in vars(early)
    assert library not in sys.modules
    assert early.answer == 42
    assert importlib.import_module(library).answer == 42


def test_it_may_be_used_at_once(library: str) -> None:
    with on_first_use(library):
        assert importlib.import_module(library).answer == 42
    assert vars(sys.modules[library])["answer"] == 42


def test_one_that_is_loaded_stays(library: str) -> None:
    loaded = importlib.import_module(library)
    with on_first_use(library):
        assert importlib.import_module(library) is loaded
    assert sys.modules[library] is loaded


def test_a_name_it_lacks_is_missed(library: str) -> None:
    with on_first_use(library):
        early = importlib.import_module(library)
    with pytest.raises(AttributeError):
        _ = early.question
