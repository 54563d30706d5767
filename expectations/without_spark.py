"""Importing a library as if PySpark were not installed.

Belongs here: hiding one package for the time of an import. Great Expectations imports PySpark wherever it finds it, though no check here
uses it: seconds are lost, and in a process without a main file (a run that Dagster's daemon starts) that import ends the process.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spark_hidden() -> Iterator[None]:
    """`import pyspark` fails inside, unless it is loaded already; afterwards it works as before."""
    if "pyspark" in sys.modules:
        yield
        return
    sys.modules["pyspark"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop("pyspark", None)
