"""The published border: the marts against canonical, their ranges and the last publication, before anybody sees them.

Belongs here: running the suites over a warehouse file and turning offences into results. Does not: the queries (reconciliation.py), keys
and relations (dbt data tests), or blocking (publish refuses results that `blocks`).
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.context import Offence, opened, table_asset, validate
from expectations.reconciliation import OPEN_DEAL_ROWS, RECONCILIATION
from expectations.result import CheckResult, Severity
from pipelines.settings.company import CompanyFolder

KEYS = {
    "fct_opportunity": "opportunity_id",
    "fct_stage_visit": "stage_visit_id",
    "funnel_by_stage": "funnel_by_stage_id",
    "quality_issue": "quality_issue_id",
}
NEEDED = (("canonical", "opportunity"), ("marts", "fct_opportunity"), ("marts", "funnel_by_stage"))
RATES = ("_rate", "_rate_low", "_rate_high")
NOT_NEGATIVE = ("_days", "_count")
NO_SHARE = ("exchange_rate",)  # a price, not a share
# A source's own figure, or weighed by amounts: one below zero (a credit note, lost or still open) makes what was won more than the whole
FROM_OUTSIDE = ("source_probability_rate", "win_amount_rate", "conversion_amount_rate")  # shown, not blocked


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
        for (schema, table), names in sorted(columns.items()):
            if schema == "marts":
                results += _guarded(f"{schema}.{table}", lambda table=table, names=names: _table_checks(source, table, names))
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


def _table_checks(source: Any, table: str, names: list[str]) -> list[CheckResult]:
    """Ranges of every rate, duration and count of one mart; its key where it is one of KEYS."""
    from great_expectations import expectations as expect

    suite: dict[str, Any] = {}
    codes: dict[str, tuple[str, Severity, str, str]] = {}
    for name in names:
        if name.endswith(RATES) and name not in NO_SHARE:
            suite[f"{name}_range"] = expect.ExpectColumnValuesToBeBetween(column=name, min_value=0, max_value=1)
            codes[f"{name}_range"] = ("FNL-512", "warning" if name in FROM_OUTSIDE else "error", name, "0–1")
        elif name.endswith(NOT_NEGATIVE):
            suite[f"{name}_range"] = expect.ExpectColumnValuesToBeBetween(column=name, min_value=0)
            codes[f"{name}_range"] = ("FNL-512", "error", name, "0–∞")
    if key := KEYS.get(table):
        suite["key_present"] = expect.ExpectColumnValuesToNotBeNull(column=key)
        suite["key_unique"] = expect.ExpectColumnValuesToBeUnique(column=key)
        codes |= {check: ("FNL-513", "error", key, "–") for check in ("key_present", "key_unique")}
    if not suite:
        return []
    shown = [KEYS.get(table) or next((name for name in names if name.endswith("_id")), names[0])]
    offences = validate(table_asset(source, table, "marts"), suite, shown)
    return [
        _result(check, f"marts.{table}", severity, code, offences[check], column=column, range=limits)
        for check, (code, severity, column, limits) in codes.items()
    ]  # fmt: skip


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
