"""Files that must be refused with a clear message, and nothing lost: the real bad inputs of the data folder."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.extract.delivery import SourceError
from pipelines.extract.mapping import Mapping
from pipelines.extract.opened import Opening
from pipelines.extract.original import original_of

DATA = Path(os.environ.get("FUNNEL_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "bad_inputs"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data absent: {DATA} (set FUNNEL_REAL_DATA)")

EXPECTED = {  # file -> (code, what the message must say)
    "Leads_is_really_xlsx.csv": ("FNL-204", "named .csv but is an Excel"),
    "cp950_bytes_with_utf8_bom.csv": ("FNL-211", "line 1"),
    "empty.xlsx": ("FNL-201", "no byte"),
    "git_lfs_pointer.csv": ("FNL-202", "git lfs pull"),
    "html_table_named.xls": ("FNL-203", "web page"),
    "mixed_utf8_and_cp950_lines.csv": ("FNL-212", "line 2"),
    "truncated_half.xlsx": ("FNL-205", "ZIP"),
}


def mapping(encoding: str = "auto") -> Mapping:
    record = {"entity": "customer", "content_key": "all"}
    return Mapping.model_validate(
        {"version": 1, "encoding": encoding, "delivered_at": {"arrival": True}, "sheets": [{"records": [record]}]}
    )


def opening(name: str, encoding: str = "auto") -> Opening:
    return Opening("bad", mapping(encoding), original_of(DATA / name, name), ZoneInfo("Asia/Taipei"))


def test_the_list_is_whole() -> None:
    assert {path.name for path in DATA.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_is_refused_with_a_clear_message(name: str) -> None:
    code, words = EXPECTED[name]
    with pytest.raises(SourceError) as refusal:
        for delivery in opening(name).deliveries():
            list(delivery.chunks())
    message = refusal.value.message
    assert message.code == code
    assert words in " ".join(message.lines("en"))
    for language in ("en", "zh-Hant"):
        lines = message.lines(language)
        assert len(lines) == 4 and name in lines[0] + lines[1]


def test_a_wrong_mark_can_be_overridden_by_the_mapping() -> None:
    """With `encoding: cp950` the mark is dropped and the header read; then the last line turns out to be cut inside a quoted cell."""
    name = "cp950_bytes_with_utf8_bom.csv"
    (delivery,) = opening(name, "cp950").deliveries()
    assert delivery.notes[1]["columns"].startswith("出表日期, 公司代號, 公司名稱")
    with pytest.raises(SourceError) as refusal:
        list(delivery.chunks())
    last_row = (DATA / name).read_bytes().count(b"\n") + 1
    assert (refusal.value.message.code, refusal.value.message.values["row"]) == ("FNL-215", last_row)
