"""Running `funnel` inside the test process, and companies to run it on."""

from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.cli.screen import screen


def run(capsys: pytest.CaptureFixture[str], *words: str | Path, language: str = "en") -> tuple[int, str, str]:
    """Exit code, standard output, standard error of one command."""
    screen.language, screen.logs = language, None
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def made_company(capsys: pytest.CaptureFixture[str], root: Path, language: str = "en") -> Path:
    """A fresh company as `funnel init` makes it, with a fixed as-of date (2026-06-28)."""
    assert run(capsys, "init", root, "--language", language)[0] == 0
    settings = root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nas_of_date: 2026-06-28\n", encoding="utf-8")
    return root
