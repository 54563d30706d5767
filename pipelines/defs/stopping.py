"""Being told to end: Ctrl-C, a service that stops, a time limit, Terminate in the web interface.

Belongs here: hearing those signals during a night, holding them off, and ending a child process. Does not: what a night says of it.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import dagster as dg

STOPS = (KeyboardInterrupt, dg.DagsterExecutionInterruptedError)  # what a signal raises, here and inside Dagster's steps
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def listening() -> Iterator[Callable[[], bool]]:
    """Yields the question whether one of SIGNALS has come since. Handlers stay whose they are.

    The wake-up pipe of the interpreter is asked and not the exception that a handler raises: Dagster changes handlers from step to step,
    and libraries make their own of that exception (DuckDB: RuntimeError "Query interrupted") or swallow it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    heard: set[int] = set()

    def is_told() -> bool:
        with suppress(BlockingIOError):
            heard.update(os.read(reading, 4096))
        return bool(heard & set(SIGNALS))

    earlier = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield is_told
    finally:
        signal.set_wakeup_fd(earlier)
        os.close(reading)
        os.close(writing)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is done inside is not broken off half-way: SIGNALS are heard, but raise nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def follows_stop(error: BaseException | None) -> bool:
    """Is this error, or one that it followed, a signal's?"""
    return error is not None and (isinstance(error, STOPS) or follows_stop(error.__cause__ or error.__context__))


def end(process: subprocess.Popen, seconds: float = 10) -> None:
    """Ask a child to end, and make it end when it does not within `seconds`."""
    for ask in (process.terminate, process.kill):
        if process.poll() is None:
            ask()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
