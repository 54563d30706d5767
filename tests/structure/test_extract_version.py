"""Whoever changes how files are read is asked whether the same file may land differently: then EXTRACT_VERSION must rise."""

import json

import pytest

from tests.structure.parsing_code import RECORD, _fingerprint, parsing_code

ASKED = """{changed} changed since EXTRACT_VERSION {version} was recorded.
If any file could land other rows now (a value, a key, a refusal, a row number), raise EXTRACT_VERSION in pipelines/extract/version.py.
Then, raised or not: python -m tests.structure.parsing_code"""


def test_a_change_of_the_parsing_code_is_answered_for() -> None:
    recorded, now = json.loads(RECORD.read_text(encoding="utf-8")), parsing_code()
    changed = [
        name
        for part in ("code", "readers")
        for name in sorted(recorded[part].keys() | now[part].keys())
        if recorded[part].get(name) != now[part].get(name)
    ]
    assert not changed, ASKED.format(changed=", ".join(changed), version=recorded["extract_version"])
    assert now["extract_version"] == recorded["extract_version"], "record the new EXTRACT_VERSION: python -m tests.structure.parsing_code"


CODE = '"""What belongs here."""\n\n\ndef f(x):\n    """Says."""\n    return x + 1  # one more\n'


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (CODE.replace("What belongs", "All that\nbelongs"), True),
        (CODE.replace("# one more", ""), True),
        (CODE.replace("    return", "\n    # why\n    return"), True),
        (CODE.replace("+ 1", "+ 2"), False),
        (CODE.replace("    return", "return"), False),
        (CODE.replace("# one more", "+ 0"), False),
    ],
)
def test_words_about_the_code_are_not_code(other: str, is_same: bool) -> None:
    assert (_fingerprint(other, ".py") == _fingerprint(CODE, ".py")) is is_same
