"""`funnel init` makes a folder that `funnel check` accepts; both say what is wrong in four lines."""

import stat
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.unit.cli.runner import made_company, run


def test_init_makes_a_company_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = tmp_path / "my-company"
    code, out, _ = run(capsys, "init", root, "--language", "en", "--time-zone", "Europe/Paris", "--currency", "EUR")
    settings = YAML(typ="safe").load((root / "funnel.yaml").read_text(encoding="utf-8"))
    assert code == 0 and "FNL-601" in out and str(root) in out
    assert [settings[key] for key in ("company", "language", "time_zone", "base_currency")] == ["my-company", "en", "Europe/Paris", "EUR"]
    assert {path.name for path in root.iterdir()} >= {"funnel.yaml", "inbox", "mappings", "playbook", "data", ".gitignore"}
    assert stat.S_IMODE((root / "data").stat().st_mode) == 0o700
    assert not (root / "templates").exists()


def test_init_speaks_the_language_of_the_environment(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "init", tmp_path / "c", language="zh-Hant")
    assert code == 0 and "已建立公司資料夾" in out
    assert "zh-Hant" in (tmp_path / "c" / "funnel.yaml").read_text(encoding="utf-8")


def test_init_never_writes_into_a_folder_that_holds_something(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    code, _, err = run(capsys, "init", tmp_path)
    assert code == 2 and "FNL-602" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_check_accepts_what_init_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    (root / "inbox" / "opportunity_20260628.xlsx").write_bytes(b"x")
    code, out, err = run(capsys, "check", "--company", root)
    assert (code, err) == (0, "") and "FNL-603" in out
    assert next(line for line in out.splitlines() if line.startswith("opportunity")).split()[-1] == "1"


def test_check_names_what_nobody_reads_and_is_content(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    (root / "inbox" / "opportunity_20260628.xls").write_bytes(b"x")
    (root / "playbook" / "stage.xlsx").write_bytes(b"x")
    code, out, err = run(capsys, "check", "--company", root)
    assert (code, err) == (0, "")
    assert "FNL-240 Files that no source asks for (1): inbox/opportunity_20260628.xls" in out and "FNL-237 stage.xlsx" in out


def test_check_lists_every_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    (root / "mappings" / "diary.yaml").unlink()
    mapping = root / "mappings" / "customer.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("delivery: full", "deliverry: full"), encoding="utf-8")
    code, _, err = run(capsys, "check", "--company", root)
    assert code == 2 and "FNL-107" in err and "Nearest: delivery" in err
    assert "FNL-108 sources.diary.mapping names mappings/diary.yaml, which is not there." in err


def test_check_names_the_line_and_the_nearest_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    settings = root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("mappings/diary.yaml", "mappings/dairy.yaml"), encoding="utf-8")
    (root / "playbook").rename(root / "playbooks")
    code, _, err = run(capsys, "check", "--company", root)
    lines = settings.read_text(encoding="utf-8").splitlines()
    at = {
        word: number for number, line in enumerate(lines, start=1) for word in ("mappings/dairy.yaml", "playbook: playbook") if word in line
    }
    assert code == 2 and err.count("FNL-108") == 2
    assert f"funnel.yaml, line {at['mappings/dairy.yaml']}" in err and "nearest: mappings/diary.yaml" in err
    assert f"funnel.yaml, line {at['playbook: playbook']}" in err and "nearest: playbooks" in err


def test_check_leaves_a_source_alone_that_is_switched_off(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    settings = root / "funnel.yaml"
    text = settings.read_text(encoding="utf-8").replace(
        "sources:\n", "sources:\n  old: {mapping: gone.yaml, folder: gone, files: ['*'], enabled: false}\n", 1
    )
    settings.write_text(text, encoding="utf-8")
    code, out, err = run(capsys, "check", "--company", root)
    assert (code, err) == (0, "") and next(line.split() for line in out.splitlines() if line.startswith("old ")) == [
        "old",
        "gone.yaml",
        "-",
    ]


def test_no_company_is_a_fault_of_use(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUNNEL_COMPANY", raising=False)
    code, _, err = run(capsys, "check")
    assert code == 2 and err.splitlines()[0] == "FNL-101 No company folder was named." and len(err.splitlines()) == 4


@pytest.mark.parametrize("kind", ["odoo", "hubspot", "salesforce", "sql"])
def test_init_adds_a_connected_source_that_lacks_its_secret_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    root = tmp_path / "c"
    code, out, err = run(capsys, "init", root, "--source", kind)
    assert (code, err) == (0, "") and "FNL-608" in out
    settings = YAML(typ="safe").load((root / "funnel.yaml").read_text(encoding="utf-8"))
    said = settings["sources"][kind]
    assert said["kind"] == kind and {"opportunity", "diary", "customer"} < set(settings["sources"])
    variable = said["connection"]["password_env"]
    assert (root / ".env.example").read_text(encoding="utf-8").splitlines()[-1] == f"{variable}=" and not (root / ".env").exists()
    assert (root / "mappings" / f"{kind}.yaml").exists() == (kind == "sql") and not (root / "sources").exists()
    monkeypatch.delenv(variable, raising=False)
    code, _, err = run(capsys, "check", "--company", root)
    assert code == 2 and err.count("FNL-") == 1 and f"FNL-250 The password of source {kind} is not there.\n  variable {variable}" in err
    monkeypatch.setenv(variable, "a secret")
    code, out, err = run(capsys, "check", "--company", root)
    assert (code, err) == (0, "") and "a secret" not in out


def test_init_tells_a_company_what_to_paste_and_touches_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "c"
    run(capsys, "init", root, "--source", "sql")
    before = (root / "funnel.yaml").read_bytes()
    monkeypatch.setenv("FUNNEL_SQL_PASSWORD", "one")
    monkeypatch.setenv("FUNNEL_SQL_2_PASSWORD", "two")
    code, out, err = run(capsys, "init", root, "--source", "sql")
    assert (code, err) == (0, "") and "FNL-609" in out and (root / "funnel.yaml").read_bytes() == before
    block = out[: out.index("FNL-609")]
    (root / "funnel.yaml").write_bytes(before + block.encode())
    assert set(YAML(typ="safe").load((root / "funnel.yaml").read_text(encoding="utf-8"))["sources"]) >= {"sql", "sql_2"}
    assert run(capsys, "check", "--company", root)[0] == 0
