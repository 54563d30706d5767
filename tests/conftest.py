"""What every test takes for granted of the process it runs in, and which tests begin.

Belongs here: undoing what a shell's `&` or nohup left; the order. Does not: fixtures (each folder's own conftest).
"""

import os
import signal

import hypothesis
import pytest

# A run in the background ignores Ctrl-C, one under nohup ignores hang-up, and children inherit that; tests send both and expect to be heard.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


# The same examples everywhere, so that a red test is red again; a soak draws others each time.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("default" if os.environ.get("FUNNEL_SOAK") else "same")

LONGEST = (
    "kills/",
    "test_spark_parity",
    "trials/",
    "test_pure_function",
    "test_some_sources",
    "test_demo_truth",
    "test_worked_example",
    "test_zoho",
    "test_sql_nights",
    "test_cut_over",
    "test_canonical",
    "test_company_properties",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin (and stay first: `--no-loadscope-reorder`): one that begins last keeps one worker busy for minutes while the others wait."""
    items.sort(
        key=lambda item: (next((n for n, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)), "slow" not in item.keywords)
    )
