"""The published border: the marts against canonical, their ranges and the last publication, before anybody sees them.

Belongs here: running the suites over a warehouse file and turning offences into results. Does not: the queries (reconciliation.py), the
rules of one table (table_rules.py), or blocking (publish refuses results that `blocks`).
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.context import Offence, opened, table_asset, validate
from expectations.reconciliation import OPEN_DEAL_ROWS, RECONCILIATION
from expectations.result import CheckResult, Severity
from expectations.table_rules import Rule, Table, counting_query, declared_keys, rules_of
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.dbt import target_dir

NEEDED = (("canonical", "opportunity"), ("marts", "fct_opportunity"), ("marts", "funnel_by_stage"))


def check_marts(folder: CompanyFolder, as_of_date: date, warehouse: Path | None = None) -> list[CheckResult]:
    """All checks of a warehouse before it is published as of `as_of_date`, each on `schema.table`. The file must be closed for writing.

    A table that cannot be checked gives an error-level result FNL-516.
    """
    file = warehouse or folder.warehouse
    columns = _columns(file)
    missing = [f"{schema}.{table}" for schema, table in NEEDED if (schema, table) not in columns]
    if missing:
        return [_unchecked(table, "the models did not build it.") for table in missing]
    results: list[CheckResult] = []
    with opened(file) as source:
        keys = declared_keys(target_dir(folder) / "manifest.json")
        rules = {table: list(rules_of(table[0], names, keys.get(table))) for table, names in sorted(columns.items())}
        rules = {table: own for table, own in rules.items() if own}
        suspects = _suspects(source, rules)
        for table, own in rules.items():
            shown = keys[table].column if table in keys else _naming(columns[table])
            results += _guarded(".".join(table), lambda table=table, own=own, shown=shown: _judged(source, table, own, suspects, shown))
        results += _guarded("marts.fct_opportunity", lambda: _reconciliation(source, as_of_date))
        results += _guarded("marts.funnel_by_stage", lambda: _open_deals(source))
    return [*results, *_not_suddenly_empty(folder, file)]


def _columns(file: Path) -> dict[tuple[str, str], list[str]]:
    if not file.is_file():
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "join duckdb_tables() using (schema_name, table_name) order by schema_name, table_name, column_index"
        ).fetchall()
    for schema, table, column in rows:
        found.setdefault((schema, table), []).append(column)
    return found


def _suspects(source: Any, rules: dict[Table, list[Rule]]) -> dict[tuple[str, str], int]:
    """(schema.table, rule) -> how many rows break it; where they could not be counted together every rule, with 0."""
    from great_expectations import expectations as expect

    try:
        asset = source.add_query_asset("rules", query=counting_query(rules))
        held = expect.ExpectColumnValuesToBeInSet(column="broken_count", value_set=[0])
        offence = validate(asset, {"held": held}, ["subject", "rule"], every_row=True)["held"]
    except RuntimeError:
        return {(".".join(table), rule.name): 0 for table, own in rules.items() for rule in own}
    return {(row["subject"], row["rule"]): int(row["broken_count"]) for row in offence.rows}


def _judged(source: Any, table: Table, rules: list[Rule], suspects: dict[tuple[str, str], int], shown: str) -> list[CheckResult]:
    """The rules of one table; those under suspicion by an expectation each, whose offenders are named by the column `shown`."""
    subject = ".".join(table)
    offences = {rule.name: Offence(0, []) for rule in rules}
    suspected = {rule.name: rule.expectation() for rule in rules if (subject, rule.name) in suspects}
    if suspected:
        found = validate(table_asset(source, table[1], table[0]), suspected, [shown])
        missed = [name for name, offence in found.items() if suspects[subject, name] and not offence.count]
        if missed:
            raise RuntimeError(f"counted as broken, and held by its own expectation: {', '.join(missed)}")
        offences |= found
    return [
        _result(rule.name, subject, rule.severity, rule.code, offences[rule.name], column=rule.column, range=rule.limits) for rule in rules
    ]


def _naming(columns: list[str]) -> str:
    return next((name for name in columns if name.endswith("_id")), columns[0])


def _reconciliation(source: Any, as_of_date: date) -> list[CheckResult]:
    """One query, one row a measure: what canonical (or the deals) say against what the mart says."""
    from great_expectations import expectations as expect

    asset = source.add_query_asset("reconciliation", query=RECONCILIATION.replace("$as_of_date", f"date '{as_of_date}'"))
    shown = ["measure", "subject", "against", "expected", "actual", "example"]
    suite = {
        "agrees": expect.ExpectColumnValuesToBeInSet(column="difference", value_set=[0]),
        "present": expect.ExpectColumnValuesToNotBeNull(column="difference"),
    }
    broken = {row["measure"]: row for offence in validate(asset, suite, shown, every_row=True).values() for row in offence.rows}
    results = []
    for measure, table, against in _MEASURES:
        row = {name: str(value) for name, value in broken.get(measure, {}).items() if name in shown}
        values = {"table": table, "against": against, "measure": measure, "expected": "–", "actual": "–", "example": "–"} | row
        results.append(CheckResult(measure, table, "error", not row, "FNL-511", values, [row] if row else []))
    return results


_MEASURES = (
    ("deal_count", "marts.fct_opportunity", "canonical.opportunity"),
    ("deal_amount", "marts.fct_opportunity", "canonical.opportunity"),
    ("deals_on_one_side_only", "marts.fct_opportunity", "canonical.opportunity"),
    ("open_deal_count", "marts.funnel_by_stage", "marts.fct_opportunity"),
    ("open_deal_amount_base", "marts.funnel_by_stage", "marts.fct_opportunity"),
    ("rows_of_another_date", "marts.funnel_by_stage", "as-of date"),
)


def _open_deals(source: Any) -> list[CheckResult]:
    from great_expectations import expectations as expect

    asset = source.add_query_asset("open_deal", query=OPEN_DEAL_ROWS)
    one = expect.ExpectColumnValuesToBeBetween(column="stage_row_count", min_value=1, max_value=1)
    offence = validate(asset, {"one": one}, ["opportunity_id", "stage_set_code", "stage_code"])["one"]
    return [_result("open_deals_in_one_stage", "marts.funnel_by_stage", "error", "FNL-515", offence)]


def _not_suddenly_empty(folder: CompanyFolder, file: Path) -> list[CheckResult]:
    """Against the manifest of the last publication; passes where none showed a deal."""
    manifest = folder.published / "manifest.json"
    previous = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    before = previous.get("funnel_count") or 0
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute("select coalesce(sum(open_count + reached_count), 0)::bigint from marts.funnel_by_stage").fetchone()
    values = {"table": "marts.funnel_by_stage", "previous_date": previous.get("as_of_date", "–"), "previous_count": before}
    return [CheckResult("not_suddenly_empty", "marts.funnel_by_stage", "error", not before or bool(row and row[0]), "FNL-514", values)]


def _result(name: str, table: str, severity: Severity, code: str, offence: Offence, **values: Any) -> CheckResult:
    examples = [{key: str(value) for key, value in row.items()} for row in offence.rows[:5]]
    example = ", ".join(f"{key} {value}" for key, value in examples[0].items()) if examples else "–"
    said = {"table": table, "failed_count": offence.count, "example": example, **values}
    return CheckResult(name, table, severity, not offence.count, code, said, examples)


def _unchecked(table: str, reason: str) -> CheckResult:
    return CheckResult("checkable", table, "error", False, "FNL-516", {"table": table, "reason": reason})


def _guarded(table: str, check: Any) -> list[CheckResult]:
    """A check that cannot run has not passed: it becomes an error-level result, and the others still run."""
    try:
        return check()
    except RuntimeError as error:
        return [_unchecked(table, " ".join(str(error).split())[:200])]
