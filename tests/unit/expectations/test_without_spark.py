"""PySpark is hidden from one import, and is there again afterwards.

Belongs here: that. Does not: what Great Expectations makes of it.
"""

import sys
from types import ModuleType

import pytest

from expectations.without_spark import spark_hidden


@pytest.mark.parametrize("loaded", [(), ("pyspark", "pyspark.sql")], ids=["not loaded", "loaded"])
def test_spark_is_hidden_and_comes_back(monkeypatch: pytest.MonkeyPatch, loaded: tuple[str, ...]) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    modules = {name: ModuleType(name) for name in loaded}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    with spark_hidden():
        for name in ("pyspark", "pyspark.sql"):
            with pytest.raises(ImportError):
                __import__(name)
    assert {name: module for name, module in sys.modules.items() if name.split(".")[0] == "pyspark"} == modules
