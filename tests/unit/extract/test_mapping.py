"""Mapping files: what is refused, with line and nearest word; what the version depends on."""

import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.extract import version
from pipelines.extract.mapping import Cell, DeliveredAt, HeaderRow, Mapping, Sheet, load_mapping
from pipelines.extract.rules import ColumnRule, Record, TaxIncluded
from pipelines.messages.catalogue import FunnelError

TAIPEI = ZoneInfo("Asia/Taipei")
GOOD = """version: 1
delivered_at: {arrival: true}
sheets:
  - records:
      - entity: opportunity
        key: [id]
        columns:
          amount: Amount
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(folder: Path, text: str, code: str = "FNL-103") -> dict:
    with pytest.raises(FunnelError) as refusal:
        load_mapping(written(folder, text))
    assert refusal.value.message.code == code and refusal.value.exit_code == 2
    return refusal.value.message.values


@pytest.mark.parametrize("rule", ["No", "{column: No, by: id}", "{column: No, source: weekly, by: name_key}"])
def test_a_deal_continues_one_of_another_source_by_its_number(tmp_path: Path, rule: str) -> None:
    refused = fault(tmp_path, GOOD + f"          continues: {rule}\n", "FNL-118")
    assert "source: THAT_SOURCE" in str(refused)
    load_mapping(written(tmp_path, GOOD + "          continues: {column: No, source: weekly}\n"))


def test_the_short_form_is_a_column(tmp_path: Path) -> None:
    (record,) = load_mapping(written(tmp_path, GOOD)).sheets[0].records
    assert record.columns["amount"].headers == ["Amount"]


def test_an_unknown_field_is_named_with_the_nearest(tmp_path: Path) -> None:
    said = fault(tmp_path, GOOD.replace("amount:", "amuont:"), "FNL-118")
    assert "did you mean 'amount'?" in said["problem"]
    assert said["line"] == 5  # the record


def test_an_unknown_key_is_named_with_line_and_nearest(tmp_path: Path) -> None:
    said = fault(tmp_path, GOOD.replace("delivered_at", "deliverd_at"), "FNL-107")
    assert (said["line"], said["nearest"]) == (2, "delivered_at")


def test_an_unknown_key_of_a_column_is_named(tmp_path: Path) -> None:
    said = fault(tmp_path, GOOD.replace("Amount", "{column: Amount, multiplyer: 1000}"), "FNL-107")
    assert (said["line"], said["word"], said["nearest"]) == (8, "multiplyer", "multiplier")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD.replace("key: [id]", ""), "FNL-118"),
        (GOOD.replace("key: [id]", "key: [id]\n        content_key: all"), "FNL-118"),
        (GOOD.replace("{arrival: true}", "{arrival: true, declared: 2026-01-31}"), "FNL-118"),
        (GOOD.replace("entity: opportunity", "entity: oportunity"), "FNL-103"),
        (GOOD.replace("Amount", "{column: Amount, constant: '5'}"), "FNL-118"),
        (GOOD.replace("version: 1", "version: 2"), "FNL-103"),
        (GOOD.replace("Amount", "{column: Amount, tax: {included: 5}}"), "FNL-118"),
        (GOOD.replace("  - records", "  - header: {row: 1, none: true}\n    records"), "FNL-118"),
        (GOOD.replace("{arrival: true}", "{file_name: '(?P<date'}"), "FNL-118"),
        (GOOD.replace("{arrival: true}", "{file_name: 'no date group'}"), "FNL-118"),
        (GOOD.replace("sheets:", 'scope: "{rep}"\nsheets:'), "FNL-118"),
        (GOOD.replace("Amount", "{column: Amount, zone: Mars/Base}"), "FNL-103"),
        (GOOD.replace("Amount", "{column: Amount, region: Taiwan}"), "FNL-103"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, text: str, code: str) -> None:
    assert fault(tmp_path, text, code)["file"] == tmp_path / "m.yaml"


def test_the_version_follows_what_is_said_not_how(tmp_path: Path) -> None:
    def of(text: str, zone: ZoneInfo = TAIPEI) -> str:
        return load_mapping(written(tmp_path, text)).version(zone)

    assert of("# a comment\n" + GOOD.replace("Amount", '{column: "Amount", optional: false}')) == of(GOOD)
    assert of(GOOD.replace("Amount", "Sum")) != of(GOOD)
    assert of(GOOD, ZoneInfo("Europe/Paris")) != of(GOOD), "a time without an offset is another instant there"


def test_the_version_follows_the_program_that_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_mapping(written(tmp_path, GOOD)).version(TAIPEI)
    monkeypatch.setattr(version, "EXTRACT_VERSION", version.EXTRACT_VERSION + 1)
    assert load_mapping(written(tmp_path, GOOD)).version(TAIPEI) != before


def test_a_version_of_today_is_the_same_tomorrow(tmp_path: Path) -> None:
    """Delivery ids hang on it: the hash of what docs/ledger.md says, written out by hand."""
    text = "version: 1\ndelivered_at: {declared: 2026-01-31}\nsheets:\n  - records:\n      - {entity: lead, key: [id]}\n"
    said = '[%d, "Asia/Taipei", {"delivered_at": {"declared": "2026-01-31"}, "format_version": 1, "sheets": [{"records": [{"entity": "lead", "key": ["id"]}]}]}]'
    told = said % version.EXTRACT_VERSION
    assert load_mapping(written(tmp_path, text)).version(TAIPEI) == hashlib.sha256(told.encode()).hexdigest()[:16]


def test_the_documented_example_is_a_valid_mapping(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
    mapping = load_mapping(written(tmp_path, page.split("```yaml\n")[1].split("```")[0]))
    assert [record.entity for record in mapping.sheets[0].records] == ["opportunity", "contact"]


def test_the_documentation_names_every_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
    models = (Mapping, DeliveredAt, Cell, Sheet, HeaderRow, Record, ColumnRule, TaxIncluded)
    keys = {info.alias or name for model in models for name, info in model.model_fields.items()}
    assert {key for key in keys if key not in page} == set()
