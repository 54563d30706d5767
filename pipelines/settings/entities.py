"""The canonical vocabulary, read from entities.yaml.

Belongs here: names, landed columns and text types of every entity that files, mapped databases or the playbook land.
Does not: parsing, typing or any rule about values.
"""

from functools import cache
from importlib import resources

from ruamel.yaml import YAML

LINEAGE = ("_record_key", "_record_hash")
REFERENCE_PARTS = ("", "_source", "_by")
KEPT_JSON = ("_attributes", "_extra", "_raw")


@cache
def entities() -> dict[str, dict[str, str]]:
    """Entity name -> {field: type}, as declared (a reference is one field)."""
    text = resources.files(__package__).joinpath("entities.yaml").read_text(encoding="utf-8")
    return {name: dict(fields) for name, fields in YAML(typ="safe").load(text).items()}


@cache
def landed_columns(entity: str) -> tuple[str, ...]:
    """Columns of an entity as they lie in the ledger, all strings, in declared order, `_attributes _extra _raw` last."""
    names = []
    for field, kind in entities()[entity].items():
        names += [field + part for part in REFERENCE_PARTS] if kind == "reference" else [field]
    return (*names, *KEPT_JSON)
