"""Renders the dbt source declarations of the raw views from the canonical vocabulary.

Belongs here: which raw view has which columns. Does not: how the views read the ledger (dbt_project/macros/raw.sql).
Write the file anew after a change of entities.yaml:  python -m pipelines.warehouse.sources_yaml > dbt_project/models/staging/sources.yml
"""

from pipelines.settings.entities import entities, landed_columns

PLAYBOOK_ONLY = (
    "stage_set", "stage_set_rule", "stage", "stage_task", "text_rule", "process_rule", "stage_map", "working_calendar", "people",
    "loss_reason", "change_marker", "code_map",
)  # fmt: skip
PLAYBOOK_TOO = ("team", "team_membership", "target", "exchange_rate", "product")  # a playbook or a source may deliver these
PUBLICATION = ("published_opportunity", "published_figure", "published_basis")
CONTENT = ("source_system", "_record_key", "_record_hash", "_commit_id")
LEDGER = {
    "membership": ("_membership_id", "_record_key", "_record_hash", "_sheet", "_row_number", "_is_refused"),
    "problem": (
        "_membership_id", "_record_key", "_sheet", "_row_number", "problem_code", "column_name", "raw_value", "action_code", "raw_row",
    ),
    "delivery": (
        "delivery_id", "entry_id", "source_system", "source_kind", "entity", "delivery_kind", "scope", "declared_date", "delivered_at",
        "delivered_date", "loaded_at", "state_code", "is_live", "state_reason", "notes", "membership_id", "mapping_version",
        "original_name", "original_sha256", "delivered_columns", "source_row_count", "accepted_row_count", "refused_row_count",
        "blank_row_count", "title_row_count", "duplicate_row_count", "unreadable_key_count", "delivery_order",
    ),
    "name_key": ("name_text", "name_key"),
    "source": ("source_system", "source_kind", "entity", "fresh_within_days", "ends_on"),
    "refused_file": ("source_system", "original_name", "original_sha256", "message_code", "message_values", "arrived_at", "loaded_at"),
}  # fmt: skip


def raw_columns(entity: str) -> tuple[str, ...]:
    """Columns of a raw content view; a playbook's own column source_system is shown as mapped_source_system."""
    return CONTENT + tuple("mapped_source_system" if column == "source_system" else column for column in landed_columns(entity))


def kinds() -> dict[str, tuple[str, ...]]:
    """Kind -> the entities it may land."""
    files = tuple(name for name in entities() if name not in PLAYBOOK_ONLY + PUBLICATION)
    return {"file": files, "playbook": PLAYBOOK_ONLY + PLAYBOOK_TOO, "publication": PUBLICATION}


def render() -> str:
    """The text of dbt_project/models/staging/sources.yml."""
    lines = ["# Made by pipelines/warehouse/sources_yaml.py from pipelines/settings/entities.yaml: change those.", "version: 2", "sources:"]
    for kind, names in kinds().items():
        lines += _source(f"raw_{kind}", f"What sources of kind {kind} delivered.", {name: raw_columns(name) for name in names})
    lines += _source("raw_ledger", "Deliveries, what each held, and lookups computed from the ledger.", LEDGER)
    return "\n".join(lines) + "\n"


def text_types(entity: str) -> dict[str, str]:
    """Column of a raw content view -> the type its text has; references and lineage are text."""
    return {column: entities()[entity].get(column, "text") for column in raw_columns(entity)}


def _source(name: str, description: str, tables: dict[str, tuple[str, ...]]) -> list[str]:
    lines = [f"  - name: {name}", f"    description: {description}", f"    schema: {name}", "    tables:"]
    for table, columns in tables.items():
        lines += [f"      - name: {table}", "        columns:", *(_column(name, table, column) for column in columns)]
    return lines


def _column(source: str, table: str, column: str) -> str:
    kind = "text" if source == "raw_ledger" else text_types(table)[column]
    return f"          - {{name: {column}, data_type: {kind}}}" if kind not in ("text", "reference") else f"          - {{name: {column}}}"


if __name__ == "__main__":
    print(render(), end="")
