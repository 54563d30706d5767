"""Which values a published table may hold, and one query that counts what breaks each rule.

Belongs here: ranges of rates, durations and counts, by the names of a mart's columns; keys, as the models declare them (dbt's test
`is_keyed`, which runs by itself in every other build: 114 of them took 4 s of a night). Does not: what lies across tables
(reconciliation.py), or running anything.
Great Expectations needs about 15 ms an expectation, 8 s of a night for 500 rules that hold. So one expectation judges the counts of all
rules, and only rules that are broken get an expectation of their own, which finds the rows to show.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.result import Severity

RATES = ("_rate", "_rate_low", "_rate_high")
NOT_NEGATIVE = ("_days", "_count")
NO_SHARE = ("exchange_rate",)  # a price, not a share
# A source's own figure, or weighed by amounts: one below zero (a credit note, lost or still open) makes what was won more than the whole
FROM_OUTSIDE = ("source_probability_rate", "win_amount_rate", "conversion_amount_rate")  # shown, not blocked


Table = tuple[str, str]  # schema, table


@dataclass(frozen=True)
class Key:
    """What a table declares: the column that names a row, and the columns that every row fills."""

    column: str
    required: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule of one column."""

    name: str
    column: str
    code: str
    severity: Severity
    limits: str
    is_unique: bool = False

    @property
    def count(self) -> str:
        """SQL: how many rows of the table break it."""
        column = f'"{self.column}"'
        if self.is_unique:
            return f"count({column}) - count(distinct {column})"
        condition = {"–": f"{column} is null", "0–1": f"{column} < 0 or {column} > 1", "0–∞": f"{column} < 0"}[self.limits]
        return f"count(*) filter (where {condition})"

    def expectation(self) -> Any:
        from great_expectations import expectations as expect

        if self.is_unique:
            return expect.ExpectColumnValuesToBeUnique(column=self.column)
        if self.limits == "–":
            return expect.ExpectColumnValuesToNotBeNull(column=self.column)
        return expect.ExpectColumnValuesToBeBetween(column=self.column, min_value=0, max_value=1 if self.limits == "0–1" else None)


def declared_keys(dbt_manifest: Path) -> dict[Table, Key]:
    """The keys that tables declare in dbt's manifest.json. An absent manifest declares none."""
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"] if dbt_manifest.is_file() else {}
    tests = [node for node in nodes.values() if (node.get("test_metadata") or {}).get("name") == "is_keyed"]
    keys: dict[Table, Key] = {}
    for test in tests:
        model, said = nodes[test["attached_node"]], test["test_metadata"]["kwargs"]
        keys[model["schema"], model["alias"]] = Key(said["key"], tuple(said["required"]))
    return keys


def rules_of(schema: str, columns: list[str], key: Key | None) -> Iterator[Rule]:
    """The key of a table and what it requires; of a mart also the range of every rate, duration and count."""
    for name in columns if schema == "marts" else []:
        if name.endswith(RATES) and name not in NO_SHARE:
            yield Rule(f"{name}_range", name, "FNL-512", "warning" if name in FROM_OUTSIDE else "error", "0–1")
        elif name.endswith(NOT_NEGATIVE):
            yield Rule(f"{name}_range", name, "FNL-512", "error", "0–∞")
    if key:
        yield Rule("key_unique", key.column, "FNL-513", "error", "–", is_unique=True)
        yield Rule("key_present", key.column, "FNL-513", "error", "–")
        for name in key.required:
            yield Rule(f"{name}_present", name, "FNL-513", "error", "–")


def counting_query(rules: dict[Table, list[Rule]]) -> str:
    """One row a rule: table, rule, how many rows break it; each table is read once."""
    parts = [
        f"SELECT '{schema}.{table}' as subject, unnest([{', '.join(repr(rule.name) for rule in own)}]) as rule, "
        f'unnest([{", ".join(rule.count for rule in own)}]) as broken_count from "{schema}"."{table}"'
        for (schema, table), own in rules.items()
    ]
    return "SELECT * from (" + " union all ".join(parts) + ")"
