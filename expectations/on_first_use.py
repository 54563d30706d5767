"""Libraries that are imported when something of theirs is used, not when somebody imports them.

Belongs here: that delay. Does not: which library may be missing (without_spark.py). Great Expectations imports the statistics of SciPy
and the drawing of Altair for expectations that nobody here uses: 2.0 of its 5.8 seconds.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Waiting(ModuleType):
    """Stands for a module; the first question for one of its names imports it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def on_first_use(*names: str) -> Iterator[None]:
    """Modules imported inside, of these names and not loaded yet, are loaded when they are used. Afterwards imports are as before."""
    waiting = [_Waiting(name) for name in names if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in waiting})
    try:
        yield
    finally:
        for module in waiting:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]
