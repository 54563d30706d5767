"""What the models say about themselves, read from dbt's manifest.json.

Belongs here: descriptions of tables and columns, and which columns are marked personal. Does not: writing them into the published file.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Documentation:
    """Of one table. Texts may be empty where a model says nothing."""

    description: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    personal_columns: frozenset[str] = frozenset()


def read_documentation(dbt_manifest: Path) -> dict[tuple[str, str], Documentation]:
    """(schema, table) -> its documentation, for models, seeds and snapshots. An absent manifest documents nothing."""
    if not dbt_manifest.is_file():
        return {}
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"].values()
    kept = (node for node in nodes if node["resource_type"] in {"model", "seed", "snapshot"})
    return {(node["schema"], node.get("alias") or node["name"]): _documentation(node) for node in kept}


def _documentation(node: dict[str, Any]) -> Documentation:
    columns = node.get("columns", {})
    return Documentation(
        description=_text(node),
        columns={name: _text(column) for name, column in columns.items()},
        personal_columns=frozenset(name for name, column in columns.items() if _is_personal(column)),
    )


def _text(part: dict[str, Any]) -> str:
    return " ".join((part.get("description") or "").split())


def _is_personal(column: dict[str, Any]) -> bool:
    return bool({**column.get("meta", {}), **column.get("config", {}).get("meta", {})}.get("personal_data"))
