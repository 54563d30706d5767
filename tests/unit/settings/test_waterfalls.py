"""Waterfalls between any two dates, as funnel.yaml says them and the models hear them.

Belongs here: what may be declared, and how a fault is told. Does not: figures (tests/integration/models/test_pipeline_movement.py).
"""

from pathlib import Path

import pytest

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.load import load_company
from pipelines.warehouse.dbt import dbt_variables

GOOD = "company: Acme\ntime_zone: Asia/Taipei\nbase_currency: TWD\n"


def write(root: Path, text: str) -> Path:
    (root / "funnel.yaml").write_text(GOOD + text, encoding="utf-8")
    return root


def test_two_dates_a_name_and_an_open_end(tmp_path: Path) -> None:
    declared = "waterfalls:\n  - {from: 2026-03-01, to: 2026-06-28}\n  - {name: 展覽後, from: 2026-03-16}\n  - {from: 2026-05-01}\nwaterfall_weeks: 2\n"
    heard = dbt_variables(load_company(write(tmp_path, declared)))
    assert heard["waterfall_weeks"] == 2
    assert heard["waterfalls"] == [
        {"code": "2026-03-01..2026-06-28", "from": "2026-03-01", "to": "2026-06-28"},
        {"code": "展覽後", "from": "2026-03-16", "to": ""},
        {"code": "2026-05-01..", "from": "2026-05-01", "to": ""},
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("waterfalls:\n  - {from: 2026-03-01, to: 2026-02-01}\n", "FNL-118", 5),
        ("waterfalls:\n  - {from: 2026-03-01}\n  - {from: 2026-03-01}\n", "FNL-103", 4),
        ('waterfalls:\n  - {name: "a\'b", from: 2026-03-01}\n', "FNL-103", 5),
        ("waterfalls:\n  - {to: 2026-03-01}\n", "FNL-109", 5),
        ("waterfalls:\n  - {from: yesterday}\n", "FNL-115", 5),
        ("waterfalls:\n  - {from: 2026-03-01, until: 2026-04-01}\n", "FNL-107", 5),
        ("waterfall_weeks: 99\n", "FNL-116", 4),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(FunnelError) as caught:
        load_company(write(tmp_path, text))
    assert (caught.value.message.code, caught.value.message.values["line"]) == (code, line)
