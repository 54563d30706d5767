"""The published border as asset checks that block: what Great Expectations found in the marts before publication.

Belongs here: one check per table that may be published, fed by expectations.published_border. Does not: any expectation.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from expectations.result import CheckResult
from pipelines.defs.assets.models import POOL
from pipelines.defs.session import NightSession

CHECK = "published_border"


def border_checks(tables: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One step, one blocking check per table; a failed error-level check fails the step, so publication does not start."""
    specs = [
        dg.AssetCheckSpec(CHECK, asset=key, blocking=True, description="Reconciles with canonical, lies in range, is not suddenly empty.")
        for key in tables
    ]

    @dg.multi_asset_check(name="published_border", specs=specs, required_resource_keys={"night"}, pool=POOL)
    def published_border(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        from expectations.published_border import check_marts

        session: NightSession = context.resources.night
        with session.step("published border"):
            results = check_marts(session.folder, session.as_of_date)
        session.checks.extend(results)
        _note(session, results)
        for key in tables:
            yield _result(key, [result for result in results if result.table.split(".")[-1] == key.path[-1]])

    return published_border


def _note(session: NightSession, results: Sequence[CheckResult]) -> None:
    for result in results:
        if result.passed:
            continue
        told = {"name": result.name, "table": result.table, "message": result.message().as_dict(), "example_rows": result.example_rows}
        (session.outcome.blocked if result.blocks else session.outcome.warnings).append(told)
        session.tell(result.message())
        for row in result.example_rows:
            session.log(f"    {row}")


def _result(key: dg.AssetKey, results: Sequence[CheckResult]) -> dg.AssetCheckResult:
    failed = [result for result in results if not result.passed]
    metadata: dict[str, Any] = {"checks": ", ".join(result.name for result in results) or "none"}
    if failed:
        metadata["failed"] = dg.MetadataValue.md("\n".join(f"- {' '.join(result.message().lines())}" for result in failed))
        metadata["example_rows"] = dg.MetadataValue.json(
            [{name: str(value) for name, value in row.items()} for row in failed[0].example_rows]
        )
    severity = dg.AssetCheckSeverity.ERROR if any(result.blocks for result in failed) else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(asset_key=key, check_name=CHECK, passed=not failed, severity=severity, metadata=metadata)
