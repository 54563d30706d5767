"""The program itself: quick help, no traceback unless asked, a bug says where its log is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.cli import night
from tests.unit.cli.runner import made_company, run

COMMANDS = ["init", "check", "nightly", "status", "delivery", "rebuild", "export", "query", "ui", "template", "mapping", "erase", "source"]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0 and not [command for command in COMMANDS if command not in out]


@pytest.mark.parametrize(
    "command",
    [[name] for name in COMMANDS]
    + [["delivery", name] for name in ("list", "show", "undo", "restore", "accept", "reparse")]
    + [["source", "resync"]],
)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert run(capsys, *command, "--help")[0] == 0


def test_help_imports_nothing_heavy() -> None:
    """The half second is a matter of what is imported; the clock of a busy machine proves nothing."""
    code = "import sys; from pipelines.cli.main import main; main(['--help']); print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"polars", "duckdb", "dagster", "pydantic", "ruamel", "great_expectations", "dbt", "pyarrow"} & set(eval(done.stderr))


def test_help_takes_less_than_half_a_second_of_processor_time() -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "pipelines.cli", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert min(used, time.monotonic() - started) < 0.8  # 0.35 s where nothing else runs


def fail(*_: object, **__: object) -> None:
    secret = "do-not-show"
    raise RuntimeError(f"something broke, {len(secret)} characters were hidden")


def test_a_bug_says_so_and_leaves_its_log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    (root / "data" / "logs").mkdir()
    monkeypatch.setattr(night, "progress", fail)
    code, out, err = run(capsys, "nightly", "--company", root)
    (log,) = (root / "data" / "logs").glob("funnel-bug-*.log")
    assert code == 1 and err.startswith("FNL-600 This is a bug in funnel, not in your data: RuntimeError: something broke")
    assert "Traceback" not in out + err and str(log) in err
    assert "Traceback" in log.read_text() and "do-not-show" not in log.read_text().replace('secret = "do-not-show"', "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_command_that_is_told_to_end_says_so(capsys, monkeypatch, tmp_path: Path, number: signal.Signals) -> None:  # type: ignore[no-untyped-def]
    root, before = made_company(capsys, tmp_path / "c"), signal.getsignal(number)
    monkeypatch.setattr(night, "progress", lambda _: os.kill(os.getpid(), number))
    code, out, err = run(capsys, "nightly", "--company", root)
    assert (code, len(err.splitlines())) == (1, 4) and err.startswith("FNL-664") and "funnel nightly" in err.splitlines()[1]
    assert "Traceback" not in out + err and signal.getsignal(number) is before


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    monkeypatch.setattr(night, "progress", fail)
    assert "Traceback" in run(capsys, "nightly", "--company", root, "--debug")[2]


@pytest.mark.parametrize(
    ("words", "code", "what", "why", "command"),
    [
        (["nightly", "--asof", "2026-01-01"], "FNL-671", "funnel nightly has no option --asof.", "Near to it: --as-of", "funnel nightly"),
        (["nightly", "--as-of", "yesterday"], "FNL-674", "yesterday is no value of --as-of.", "Allowed: %Y-%m-%d", "funnel nightly"),
        (["delivery", "undo", "d1"], "FNL-673", "--why must be given a value.", None, "funnel delivery undo"),
        (["delivery", "undo"], "FNL-673", "delivery_id must be given a value.", None, "funnel delivery undo"),
        (["template", "no"], "FNL-674", "no is no value of kind.", "Allowed: opportunity, diary, customer", "funnel template"),
        (["nigtly"], "FNL-672", "There is no command nigtly.", "Near to it: nightly, init", "funnel"),
        (["nightly", "x", "y"], "FNL-675", "There is a word too many: x y", None, "funnel nightly"),
        (["nightly", "--dry-run=x"], "FNL-676", "--dry-run takes no value.", None, "funnel nightly"),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str, what: str, why: str | None, command: str
) -> None:
    ended, out, err = run(capsys, *words)
    where = command if code not in ("FNL-676",) else "funnel"
    assert (ended, out) == (2, "")
    assert err.splitlines()[0] == f"{code} {what}" and [line.strip() for line in err.splitlines()[1:]] == [
        where, *([why] if why else []), f"See: {where} --help",
    ]  # fmt: skip


def test_typers_own_words_reach_nobody_who_reads_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "nightly", "--asof", language="zh-Hant")[2].splitlines()[0] == "FNL-671 funnel nightly 沒有選項 --asof。"


def test_nothing_said_is_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert code == 2 and "Usage: funnel" in out + err and "FNL-" not in out + err


def test_a_path_that_the_system_refuses_is_no_bug(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c")
    for path in (tmp_path / "nowhere.csv", tmp_path):
        code, _, err = run(capsys, "mapping", "draft", path, "--company", root)
        assert (code, len(err.splitlines())) == (2, 4) and err.startswith(f"FNL-605 {path} cannot be used.")
    assert len(list((root / "data" / "logs").glob("funnel-bug-*.log"))) == 2


def test_messages_follow_the_language_of_the_company(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = made_company(capsys, tmp_path / "c", language="zh-Hant")
    (root / "mappings" / "diary.yaml").unlink()
    assert "所指的 mappings/diary.yaml 不存在" in run(capsys, "check", "--company", root)[2]
    settings = root / "funnel.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "companny: x\n", encoding="utf-8")
    assert "最接近的是：company" in run(capsys, "check", "--company", root)[2]
