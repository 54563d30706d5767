"""Signals while a command runs: SIGTERM and a closed terminal end it as Ctrl-C does.

Belongs here: the handlers of this process. Does not: what a night does when it is told to end (defs.stopping), or its words (failure.py).
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def endable() -> Iterator[None]:
    """What is open is closed and what is locked is freed, whichever way a command is told to end; the handlers before are put back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in earlier.items():
        if handler is signal.SIG_DFL:  # nohup's stays
            signal.signal(number, signal.default_int_handler)
    sys.unraisablehook = _unraisable
    try:
        yield
    finally:
        sys.unraisablehook = sys.__unraisablehook__
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _unraisable(found: Any) -> None:
    """Dagster's reader of dbt's output will not be closed half-way (a bare except), and Python prints that: nothing for a user."""
    if "ignored GeneratorExit" not in str(found.exc_value):
        sys.__unraisablehook__(found)
