"""The landing border: a staged delivery against the contract of its source, before it is committed.

Belongs here: the expectations and the tolerances. Does not: measuring (delivery_measure.py), or holding a delivery (the night does, for
each result that `blocks`). All deliveries of a night are judged by one run of Great Expectations over their measures.
"""

import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from expectations.context import opened, table_asset, validate
from expectations.delivery_measure import SHRUNK_BELOW_RATE, DeliveryMeasure, measure, write_measures
from expectations.result import CheckResult, Severity
from pipelines.landing.stage import Staged
from pipelines.settings.company import CompanyFolder

UNREADABLE_KEYS_ERROR_RATE = 0.5
FAILED_CELLS_ERROR_RATE = 0.5
FAILED_CELLS_WARNING_RATE = 0.05
MAXIMUM_DAYS_AHEAD = 7
LIMITS = {
    "key_completeness": UNREADABLE_KEYS_ERROR_RATE,
    "parse_rate": FAILED_CELLS_ERROR_RATE,
    "parse_rate_whole": FAILED_CELLS_WARNING_RATE,
}
OWN_KINDS = ("playbook", "publication")  # written by the company's own people or by us: they may shrink


def check_delivery(folder: CompanyFolder, staged: Staged, as_of_date: date | None = None) -> list[CheckResult]:
    """All checks of one staged delivery. `as_of_date` defaults to the company's fixed one; without any, dates ahead are not judged."""
    return check_deliveries(folder, [staged], as_of_date)[0]


def check_deliveries(folder: CompanyFolder, staged: list[Staged], as_of_date: date | None = None) -> list[list[CheckResult]]:
    """Checks of each staged delivery, in the order given, by one run for all. Later ones are also compared with earlier ones of the list.

    `as_of_date` as for `check_delivery`. Raises RuntimeError when a check could not be evaluated.
    """
    results: list[list[CheckResult]] = [[] for _ in staged]
    if not staged:
        return results
    day = as_of_date or folder.settings.as_of_date
    measures = measure(folder, staged, day)
    with tempfile.TemporaryDirectory(prefix="funnel-") as temporary:
        file = Path(temporary) / "measure.duckdb"
        write_measures(staged, measures, day, file)
        with opened(file) as source:
            by_row = {(row.number, row.entity): row for row in measures}
            for table, suite in _suites().items():
                asset = table_asset(source, table)
                offences = validate(asset, {name: check[3] for name, check in suite.items()}, INDEX[table], every_row=True)
                for name, (severity, code, is_judged, _) in suite.items():
                    failed: dict[tuple[int, str], list[dict]] = {}
                    for offender in offences[name].rows:
                        failed.setdefault((offender["number"], offender["entity"]), []).append(offender)
                    for key, row in by_row.items():
                        if is_judged(row):
                            results[key[0]].append(_result(name, severity, code, row, staged[key[0]].delivery_id, failed.get(key, []), day))
    return results


INDEX = {
    "delivery_measure": ["number", "entity"],
    "column_measure": ["number", "entity", "column_name", "failed_count", "row_count", "example"],
    "date_measure": ["number", "entity", "column_name", "example", "earliest", "latest"],
}


def _suites() -> dict[str, dict[str, tuple[Severity, str, Any, Any]]]:
    """table -> name -> (severity, message code, which measures it judges, expectation). NULL figures are not judged."""
    from great_expectations import expectations as expect

    def always(row: DeliveryMeasure) -> bool:
        return True

    def foreign(row: DeliveryMeasure) -> bool:
        return row.source_kind not in OWN_KINDS

    between = expect.ExpectColumnValuesToBeBetween
    return {
        "delivery_measure": {
            "row_count_against_history": ("error", "FNL-501", foreign, between(column="row_count_rate", min_value=SHRUNK_BELOW_RATE)),
            "not_empty": ("error", "FNL-502", foreign, between(column="accepted_of_delivery", min_value=1)),
            "key_completeness": ("error", "FNL-503", always, between(column="unreadable_key_rate", max_value=UNREADABLE_KEYS_ERROR_RATE)),
            "key_completeness_whole": ("warning", "FNL-503", always, between(column="unreadable_key_count", max_value=0)),
            "declared_date": ("error", "FNL-505", always, between(column="days_ahead", max_value=MAXIMUM_DAYS_AHEAD)),
        },
        "column_measure": {
            "parse_rate": ("error", "FNL-504", always, between(column="judged_rate", max_value=FAILED_CELLS_ERROR_RATE)),
            "parse_rate_whole": ("warning", "FNL-504", always, between(column="failed_rate", max_value=FAILED_CELLS_WARNING_RATE)),
        },
        "date_measure": {"date_range": ("warning", "FNL-506", always, between(column="failed_count", max_value=0))},
    }


def _result(
    name: str, severity: Severity, code: str, row: DeliveryMeasure, delivery_id: str, failed: list[dict], as_of_date: date | None
) -> CheckResult:
    values: dict[str, Any] = {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(row).items()}
    values |= {
        "delivery_id": delivery_id,
        "minimum_percent": round(SHRUNK_BELOW_RATE * 100),
        "maximum_percent": round(LIMITS.get(name, 0) * 100),
        "maximum_days": MAXIMUM_DAYS_AHEAD,
        "as_of_date": str(as_of_date),
    }
    examples = [{key: _plain(value) for key, value in offender.items() if key != "number"} for offender in failed[:5]]
    values |= {"column": "–", "example": "–", "failed_count": 0, "earliest": "–", "latest": "–"} | (examples[0] if examples else {})
    values["column"] = values.pop("column_name", values["column"])
    return CheckResult(name, f"{row.source}/{row.entity}", severity, not failed, code, values, examples)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | None) else str(value)
