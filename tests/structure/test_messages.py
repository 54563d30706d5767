"""The catalogue: both languages, at most four lines, the same holes, and every code used exists and every code is used."""

import re
import string

import pytest

from pipelines.messages.catalogue import LANGUAGES, LINES, catalogue
from tests.structure.source import ROOT, tracked

CODES = sorted(catalogue())
CODE = re.compile(r"FNL-\d{3}")
ROOMS = {"1": "settings", "2": "extract", "3": "landing", "4": "models", "5": "publish", "6": "cli, night", "7": "quality"}


def holes(texts: dict[str, str]) -> set[str]:
    return {name for text in texts.values() for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
def test_a_message_is_whole_in_both_languages(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == set(LANGUAGES)
    for language in LANGUAGES:
        assert texts[language].get("what"), "the first line says what happened"
        assert set(texts[language]) <= set(LINES)
        assert not [text for text in texts[language].values() if "\n" in text.strip()], "one line each, so at most four"
    assert set(texts["en"]) == set(texts["zh-Hant"]), "the same lines in both"
    assert holes(texts["en"]) == holes(texts["zh-Hant"]), "the same values in both"


@pytest.mark.parametrize("code", CODES)
def test_chinese_is_chinese_and_english_is_not(code: str) -> None:
    texts = catalogue()[code]
    assert re.search(r"[\u4e00-\u9fff]", "".join(texts["zh-Hant"].values()))
    assert not re.search(r"[\u4e00-\u9fff]", texts["en"]["what"].replace("{", ""))


def test_codes_have_their_form() -> None:
    assert all(re.fullmatch(r"FNL-[1-7]\d\d", code) for code in CODES)


def used() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in tracked():
        inside = path.relative_to(ROOT)
        is_code = inside.parts[0] in ("pipelines", "expectations", "dbt_project") and inside.suffix in (
            ".py",
            ".sql",
            ".yml",
            ".csv",
            ".yaml",
        )
        if is_code and inside.parts[:2] != ("pipelines", "messages"):
            for code in CODE.findall(path.read_text(encoding="utf-8")):
                found.setdefault(code, set()).add(str(inside))
    return found


def test_every_code_used_is_in_the_catalogue() -> None:
    assert not {code: files for code, files in used().items() if code not in catalogue()}


def test_every_code_of_the_catalogue_is_used() -> None:
    assert not sorted(set(CODES) - set(used()))
