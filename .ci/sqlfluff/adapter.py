"""Stands for dbt's `adapter` while sqlfluff renders a model: a dispatched macro becomes a word, so that the SQL around it is linted."""

from collections.abc import Callable

STATEMENTS = {"json_entries", "day_spine"}  # these macros stand where a whole query does


def dispatch(name: str, *_: object) -> Callable[..., str]:
    return lambda *arguments, **options: "select 1 as value" if name in STATEMENTS else name
