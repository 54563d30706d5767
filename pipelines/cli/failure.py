"""The one place where a failure becomes words and an exit code.

Belongs here: four lines for what a user can mend, for wrong use, for what the system refuses, for a bug; and the log of a bug.
Does not: the texts (messages), or catching (main.py).
"""

import os
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipelines.cli.screen import screen

REFUSED_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def explain(error: Exception) -> int:
    """Print it; the exit code to end with."""
    from pipelines.messages.catalogue import FunnelError, Message

    if isinstance(error, FunnelError):
        screen.message(error.message, is_error=True)
        return error.exit_code
    if hasattr(error, "format_message"):
        return _wrong_use(error)
    if isinstance(error, REFUSED_PATH) and error.filename is not None:
        values = {"path": error.filename, "reason": error.strerror, "log": _write_log(error)}
        screen.message(Message("FNL-605", values), is_error=True)
        return 2
    values = {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}", "log": _write_log(error)}
    screen.message(Message("FNL-600", values), is_error=True)
    return 1


def stopped(words: list[str]) -> int:
    """A command was told to end from outside."""
    from pipelines.messages.catalogue import Message

    screen.message(Message("FNL-664", {"step": f"funnel {words[0]}" if words else "funnel"}), is_error=True)
    return 1


def _wrong_use(error: Any) -> int:
    """typer's own complaint, or the help it shows where nothing was said."""
    from pipelines.cli.wrong_use import wrong_use
    from pipelines.messages.catalogue import Message

    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        screen.message(Message(*wrong_use(error)), is_error=True)
    return error.exit_code


def _write_log(error: Exception) -> Path:
    """The traceback, without local values, in the company's logs; in the temporary folder when there is no company yet."""
    folder = screen.logs
    with suppress(OSError):
        if folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix="funnel-bug-", suffix=".log", dir=folder if folder and os.access(folder, os.W_OK) else None)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
