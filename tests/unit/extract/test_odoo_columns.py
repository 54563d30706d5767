"""Odoo's values as text, its HTML as lines, and the mapping that ships with it."""

import polars as pl
import pytest

from pipelines.extract.connect.listing import listed_columns, mentioned_columns
from pipelines.extract.connect.text_of_html import text_of_html
from pipelines.extract.mapping import load_mapping
from pipelines.extract.odoo.columns import columns_of, types_of
from pipelines.extract.odoo.reading import Seen
from pipelines.settings.load import load_company
from pipelines.settings.paths import mapping_file
from tests.structure.source import ROOT

DEFAULT = ROOT / "pipelines" / "defaults" / "connectors" / "odoo.yaml"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("char", False, None),
        ("char", "甲", "甲"),
        ("boolean", False, "false"),
        ("boolean", True, "true"),
        ("integer", 0, "0"),
        ("integer", False, None),
        ("float", 0.0, "0.0"),
        ("monetary", 1e-07, "0.0000001"),
        ("monetary", 12345678901234.56, "12345678901234.56"),
        ("float", 1e22, "10000000000000000000000"),
        ("datetime", "2026-05-07 08:24:03", "2026-05-07T08:24:03Z"),
        ("datetime", False, None),
        ("date", "2026-05-07", "2026-05-07"),
        ("many2one_reference", 0, None),
        ("many2one_reference", 7, "7"),
        ("many2many", [3, 1], "[3, 1]"),
        ("many2many", [], "[]"),
        ("properties", [{"name": "預算", "value": False}], '[{"name": "預算", "value": false}]'),
        ("json", False, None),
    ],
)
def test_a_value_by_its_type(kind: str, value: object, text: str | None) -> None:
    assert columns_of([{"x": value}], {"x": kind})["x"].to_list() == [text]


def test_an_id_and_its_name_are_two_columns() -> None:
    made = columns_of([{"x": [4, "Won"]}, {"x": False}, {"x": [5, False]}, {}], {"x": "many2one"})
    assert pl.DataFrame(made).to_dict(as_series=False) == {"x": ["4", None, "5", None], "x.name": ["Won", None, None, None]}


def test_which_fields_are_read() -> None:
    described = {
        "id": {"type": "integer", "store": True},
        "x_custom": {"type": "char", "store": True},
        "image": {"type": "binary", "store": True},
        "lines": {"type": "one2many", "store": True},
        "shown": {"type": "char", "store": False},
        "channel_ids": {"type": "many2many", "store": True},
    }
    assert list(types_of("res.partner", described)) == ["id", "x_custom"]
    assert list(types_of("crm.lead", described)) == ["id", "x_custom", "channel_ids"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello,<br>\n   I am&nbsp;Anna.</p><p>R&amp;D</p>", "Hello,\nI am Anna.\nR&D"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("<style>p {color: red}</style><p> </p>", None),
        ("plain <b>words</b> only", "plain words only"),
        ("a < b and <p>unclosed", "a < b and\nunclosed"),
        ("</script>after", "after"),
    ],
)
def test_html_is_lines(html: str, text: str | None) -> None:
    assert text_of_html(html) == text


def test_what_came_before_is_known() -> None:
    seen = Seen()
    assert [seen.is_new(number) for number in (1, 9, 1, 100_000, 9, 100_001, 100_000)] == [True, True, False, True, False, True, False]


def test_the_mapping_that_ships_reads_a_source_that_names_none() -> None:
    assert mapping_file(load_company(ROOT / "examples" / "odoo_crm"), "crm").samefile(DEFAULT)
    mapping = load_mapping(DEFAULT)
    assert listed_columns(mapping, "crm.lead") == ["id", "type"] and listed_columns(mapping, "mail.message") == ["_key", "_kind"]
    assert mentioned_columns(mapping, "res.users") == ["id", "_name", "login", "active"]
