"""The one Great Expectations context of a process, and opening a DuckDB file for it.

Belongs here: what every suite needs of Great Expectations. Does not: any expectation. Importing Great Expectations takes seconds, so it is
imported inside functions only, and only when there is something to check.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from expectations.on_first_use import on_first_use
from expectations.without_spark import spark_hidden

_numbers = count(1)


@cache
def context() -> Any:
    """An ephemeral context: nothing is written, sent or shown."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, at import
    with warnings.catch_warnings(), spark_hidden(), on_first_use("scipy.stats", "altair"):
        warnings.simplefilter("ignore")
        import great_expectations
        from great_expectations.data_context.types.base import ProgressBarsConfig

        made = great_expectations.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return made


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """A DuckDB file as a datasource, read-only; queries are pushed down into it. Released when the block ends."""
    name = f"file_{next(_numbers)}"
    source = context().data_sources.add_sql(
        name,
        connection_string=f"duckdb:///{file}?access_mode=read_only",
        kwargs={"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},  # without them every metric fails
    )
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()
        context().data_sources.delete(name)


def table_asset(source: Any, table: str, schema: str | None = None) -> Any:
    """A whole table as an asset. The schema is named here, though deprecated: one connection reads several of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return source.add_table_asset(table, table_name=table, schema_name=schema)


@dataclass
class Offence:
    """How many rows broke an expectation, and some or all of them (index columns and the judged column)."""

    count: int
    rows: list[dict[str, Any]]


def validate(asset: Any, expectations: dict[str, Any], index_columns: list[str], every_row: bool = False) -> dict[str, Offence]:
    """Name -> what broke that expectation over a whole asset, count 0 where it held; five rows each unless `every_row`.

    Raises RuntimeError when an expectation could not be evaluated: a check that did not run has not passed.
    """
    import great_expectations

    suite = great_expectations.ExpectationSuite(f"suite_{next(_numbers)}")
    for name, expectation in expectations.items():
        expectation.meta = {"name": name}
        suite.expectations.append(expectation)
    batch = asset.add_batch_definition_whole_table(f"whole_{next(_numbers)}").get_batch()
    form = {
        "result_format": "COMPLETE" if every_row else "SUMMARY",
        "partial_unexpected_count": 5,
        "unexpected_index_column_names": index_columns,
    }
    found: dict[str, Offence] = {}
    for result in batch.validate(suite, result_format=form).results:
        for problem in _problems(result.exception_info or {}):
            raise RuntimeError(f"{result.expectation_config.type}: {problem}")
        rows = result.result.get("unexpected_index_list") or result.result.get("partial_unexpected_index_list") or []
        broken = max(result.result.get("unexpected_count") or 0, 1)
        found[result.expectation_config.meta["name"]] = Offence(0, []) if result.success else Offence(broken, rows)
    if found.keys() != expectations.keys():
        raise RuntimeError(f"not evaluated: {sorted(expectations.keys() - found.keys())}")
    return found


def _problems(exception_info: dict[str, Any]) -> list[str]:
    """Great Expectations gives one such dict, or one for each metric that failed."""
    infos = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    return [str(info["exception_message"]) for info in infos if info.get("raised_exception")]
