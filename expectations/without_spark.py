"""Importing a library as if PySpark were not installed.

Belongs here: hiding one package for the time of an import. Great Expectations imports PySpark wherever it finds it, though no check here
uses it: seconds are lost, and in a process without a main file (a run that Dagster's daemon starts) that import ends the process.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spark_hidden() -> Iterator[None]:
    """`import pyspark` fails inside, and of each part that is loaded already too; afterwards it works as before."""
    loaded = {name: module for name, module in sys.modules.items() if _is_spark(name)}
    sys.modules |= dict.fromkeys(["pyspark", *loaded])  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_spark(name)]:
            del sys.modules[name]
        sys.modules.update(loaded)


def _is_spark(name: str) -> bool:
    return name == "pyspark" or name.startswith("pyspark.")
