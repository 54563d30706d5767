"""Loading the slow library of the checks while another process works and this one waits.

Belongs here: that one import, in the background. Does not: any check. Great Expectations takes seconds to import; parsing and building
the models takes longer, in processes of their own.
"""

import threading


def load_checks_in_background() -> None:
    """Start the import, once; whoever needs the library first waits for the rest of it."""
    if not any(thread.name == _NAME for thread in threading.enumerate()):
        threading.Thread(target=_load, name=_NAME, daemon=True).start()


_NAME = "load-checks"


def _load() -> None:
    from expectations.context import context

    context()
