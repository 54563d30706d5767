"""Every message of this room exists in both languages, with the same holes, and is used."""

import re
from pathlib import Path
from string import Formatter

import pytest

import pipelines.extract
from pipelines.messages.catalogue import catalogue

SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(pipelines.extract.__file__).parent.rglob("*.py"))
OURS = sorted(code for code in catalogue() if code.startswith("FNL-2"))


def holes(texts: dict[str, str]) -> set[str]:
    return {name for text in texts.values() for _, name, _, _ in Formatter().parse(text) if name}


def test_every_code_that_is_raised_has_a_message_and_every_message_a_use() -> None:
    used = set(re.findall(r'"(FNL-2\d\d)"', SOURCES))
    assert used == set(OURS)


@pytest.mark.parametrize("code", OURS)
def test_four_lines_in_both_languages(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == {"en", "zh-Hant"}
    for lines in texts.values():
        assert list(lines) == ["what", "where", "why", "mend"]
    assert holes(texts["en"]) == holes(texts["zh-Hant"])


@pytest.mark.parametrize(
    "raised", re.findall(r'SourceError\(\s*("FNL-2\d\d".*?)\)(?: from None)?\n', SOURCES, re.S), ids=lambda text: text[1:8]
)
def test_every_raise_fills_the_holes(raised: str) -> None:
    given = set(re.findall(r"\b(\w+)=", raised))
    assert holes(catalogue()[raised[1:8]]["en"]) <= given


@pytest.mark.parametrize("code", [code for code in OURS if "FNL-221" <= code <= "FNL-229"])
def test_problems_of_rows_need_only_what_the_problem_list_has(code: str) -> None:
    assert holes(catalogue()[code]["en"]) <= {"file", "sheet", "row", "column", "value"}
