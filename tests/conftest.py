"""What every test takes for granted of the process it runs in, and which tests begin.

Belongs here: undoing what a shell's `&` or nohup left; the order. Does not: fixtures (each folder's own conftest).
"""

import signal

import pytest

# A run in the background ignores Ctrl-C, one under nohup ignores hang-up, and children inherit that; tests send both and expect to be heard.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole nights begin: a file of theirs that begins last keeps one worker busy for minutes while the others wait."""
    items.sort(key=lambda item: 0 if "kills" in item.nodeid else 1 if "slow" in item.keywords else 2)
