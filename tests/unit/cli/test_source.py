"""`funnel source resync`: what it says, what it writes, and what it refuses. What is read then is tests/integration/connect/test_resync.py."""

import json
from pathlib import Path

import pytest

from pipelines.landing import lock
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from tests.unit.cli.landed import landed_company
from tests.unit.cli.runner import run


@pytest.fixture
def root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    root = landed_company(capsys, tmp_path / "c")
    settings = root / "funnel.yaml"
    crm = "  crm: {kind: odoo, connection: {url: 'http://localhost:1', database: o, user: u, password_env: X}}\n"
    settings.write_text(settings.read_text(encoding="utf-8").replace("sources:\n", f"sources:\n{crm}", 1), encoding="utf-8")
    return root


def entries(root: Path) -> list[dict]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "data" / "landing" / "manifest").glob("*.json"))]
    return [entry for entry in found if entry["kind"] == "resync"]


def test_a_part_is_asked_for_and_more_is_told_where_more_is_read(capsys, root) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(capsys, "source", "resync", "crm", "--entity", "activity", "--since", "2026-03-01", "--company", root)
    (entry,) = entries(root)
    assert code == 0 and {"source": "crm", "entity": "activity", "since": "2026-02-28T16:00:00"}.items() <= entry.items()
    read = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith(("mail.", "calendar."))}
    assert read == {"mail.message": ["crm.lead", "2026-03-01"], "mail.activity": ["crm.lead", "2026-03-01"],
                    "calendar.event": ["calendar.event", "2026-03-01"]}  # fmt: skip
    assert "FNL-275" in out and str(root) in out and f"funnel nightly --company {root}" in out


def test_all_of_it_in_chinese(capsys, root) -> None:  # type: ignore[no-untyped-def]
    settings = root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('language: "en"', 'language: "zh-Hant"'), encoding="utf-8")
    code, out, _ = run(capsys, "source", "resync", "crm", "--why", "import", "--company", root)
    assert code == 0 and "最初" in out and "下一夜" in out
    assert {"entity": None, "since": None, "why": "import"}.items() <= entries(root)[0].items()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["deals"], "FNL-276", "funnel delivery reparse deals"),
        (["cmr"], "FNL-618", "crm"),
        (["crm", "--entity", "exchange_rate"], "FNL-277", "opportunity"),
        (["crm", "--since", "yesterday"], "FNL-6", "--since"),
    ],
)
def test_what_cannot_be_is_refused_in_four_lines(capsys, root, words: list[str], code: str, told: str) -> None:  # type: ignore[no-untyped-def]
    exit_code, out, err = run(capsys, "source", "resync", *words, "--company", root)
    assert exit_code == 2 and code in err and told in err and len(err.strip().splitlines()) == 4 and out == ""
    assert entries(root) == []


def test_a_running_night_keeps_it_out(capsys, root, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def held(folder: CompanyFolder) -> None:
        raise FunnelError("FNL-301", pid=1, host=str(folder.root), since="-", waited=0)

    monkeypatch.setattr(lock, "company_lock", held)
    exit_code, _, err = run(capsys, "source", "resync", "crm", "--company", root)
    assert exit_code != 0 and "FNL-301" in err and entries(root) == []
