"""Faults in funnel.yaml and mappings are told by file, line, key and the nearest valid word."""

from pathlib import Path

import pytest

from pipelines.extract.mapping import Mapping
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.load import load_company, read_yaml

GOOD = "company: Acme\ntime_zone: Asia/Taipei\nbase_currency: TWD\n"


def fault(root: Path, text: str | bytes) -> FunnelError:
    (root / "funnel.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FunnelError) as caught:
        load_company(root)
    assert caught.value.exit_code == 2
    return caught.value


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "funnel.yaml").write_text(GOOD + "publish:\n  personal_data: true\n")
    settings = load_company(tmp_path).settings
    assert (settings.company, settings.publish.personal_data, settings.schedule.isoformat()) == ("Acme", True, "02:30:00")


def test_an_unknown_key_is_named_with_line_and_nearest_word(tmp_path: Path) -> None:
    error = fault(tmp_path, GOOD + "# note\nfiscal_year_start_mont: 4\n")
    values = error.message.values
    assert (error.message.code, values["line"], values["word"], values["nearest"]) == (
        "FNL-107",
        5,
        "fiscal_year_start_mont",
        "fiscal_year_start_month",
    )


def test_an_unknown_key_of_a_source_gets_the_words_of_a_source(tmp_path: Path) -> None:
    error = fault(tmp_path, GOOD + "sources:\n  weekly:\n    mapping: m.yaml\n    files: [a]\n    mapings: x\n")
    values = error.message.values
    assert (error.message.code, values["line"], values["nearest"]) == ("FNL-107", 8, "mapping")
    assert "base_currency" not in values["allowed"]


def test_a_bad_time_zone_is_named_with_the_nearest(tmp_path: Path) -> None:
    error = fault(tmp_path, "company: Acme\ntime_zone: Asia/Taipe\nbase_currency: TWD\n")
    assert (error.message.code, error.message.values["line"], error.message.values["nearest"]) == ("FNL-103", 2, "Asia/Taipei")
    assert str(tmp_path / "funnel.yaml") in "\n".join(error.message.lines("zh-Hant"))


def test_a_bad_language_is_named_with_the_allowed_words(tmp_path: Path) -> None:
    assert fault(tmp_path, GOOD + "language: french\n").message.values["nearest"] == "en, zh-Hant"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert fault(tmp_path, "company: Acme\ntime_zone: UTC\n").message.values["key"] == "base_currency"


def test_a_misspelt_key_comes_before_the_one_that_is_missing_for_it(tmp_path: Path) -> None:
    error = fault(tmp_path, GOOD.replace("base_currency", "base_curency"))
    assert (error.message.code, error.message.values["line"], error.message.values["nearest"]) == ("FNL-107", 3, "base_currency")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (GOOD.replace("company: Acme\n", ""), "FNL-109", None),
        (GOOD + "minimum_rate_count: five\n", "FNL-110", 4),
        (GOOD + "publish: {personal_data: perhaps}\n", "FNL-111", 4),
        (GOOD.replace("Acme", "[a]"), "FNL-112", 1),
        (GOOD + "sources:\n  weekly: {mapping: m.yaml, files: a.csv}\n", "FNL-113", 5),
        (GOOD + "sources:\n  weekly: {mapping: m.yaml, files: []}\n", "FNL-113", 5),
        (GOOD + "sources:\n  erp: {kind: sql, connection: {url: 'sqlite:a.db'}}\n", "FNL-118", 5),
        (GOOD + "sources:\n  crm: {kind: odoo}\n", "FNL-118", 5),
        (GOOD + "sources:\n  weekly: {mapping: m.yaml}\n", "FNL-118", 5),
        (GOOD + "sources: [weekly]\n", "FNL-114", 4),
        ("- a\n", "FNL-114", None),
        (GOOD + "as_of_date: tomorrow\n", "FNL-115", 4),
        (GOOD + "fiscal_year_start_month: 13\n", "FNL-116", 4),
        (GOOD + "sources:\n  Weekly-1: {mapping: m.yaml, files: [a.csv]}\n", "FNL-117", 5),
    ],
)
def test_what_was_expected_is_said_in_both_languages(tmp_path: Path, text: str, code: str, line: int | None) -> None:
    message = fault(tmp_path, text).message
    assert message.code == code and (line is None or message.values["line"] == line)
    for language in ("en", "zh-Hant"):
        told = message.lines(language)
        assert 3 <= len(told) <= 4 and "Input should" not in "".join(told) and " -." not in told[0]


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    error = fault(tmp_path, GOOD + "sources: [a\n")
    assert (error.message.code, error.message.values["line"]) == ("FNL-106", 5)


def test_a_file_in_another_encoding_is_no_bug(tmp_path: Path) -> None:
    assert fault(tmp_path, "company: 大鼎\n".encode("cp950")).message.code == "FNL-106"


def test_a_missing_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(FunnelError) as caught:
        read_yaml(tmp_path / "weekly.yaml", Mapping)
    assert (caught.value.message.code, caught.value.message.values["file"]) == ("FNL-105", tmp_path / "weekly.yaml")


def test_a_column_rule_gets_the_words_of_a_column_rule(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "version: 1\nsheets:\n  - records:\n      - entity: opportunity\n        key: [id]\n        columns:\n"
        "          amount: {column: a, multiplyer: 1000}\n"
    )
    with pytest.raises(FunnelError) as caught:
        read_yaml(tmp_path / "m.yaml", Mapping)
    assert (caught.value.message.values["line"], caught.value.message.values["nearest"]) == (7, "multiplier")


def test_no_company_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FUNNEL_COMPANY", raising=False)
    for named, code in ((None, "FNL-101"), (tmp_path, "FNL-102")):
        with pytest.raises(FunnelError) as caught:
            load_company(named)
        assert caught.value.message.code == code


def test_the_env_file_fills_what_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    monkeypatch.setenv("FUNNEL_TEST_SET", "mine")
    monkeypatch.setenv("FUNNEL_TEST_NEW", "")
    monkeypatch.delenv("FUNNEL_TEST_NEW")
    (tmp_path / "funnel.yaml").write_text(GOOD)
    (tmp_path / ".env").write_text("FUNNEL_TEST_SET=other\nFUNNEL_TEST_NEW=new\n")
    load_company(tmp_path)
    assert (os.environ["FUNNEL_TEST_SET"], os.environ["FUNNEL_TEST_NEW"]) == ("mine", "new")
