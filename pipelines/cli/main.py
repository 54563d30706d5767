"""The program `funnel`: the list of commands, and the one place where a failure becomes words and an exit code.

Exit codes: 0 published whole, 1 not published (or a bug), 2 configuration or wrong use, 3 published while something is held or late.
"""

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from pipelines.cli import company, delivery, erase, mapping, night, published, rebuild, status, template, web
from pipelines.cli.screen import screen

INTERRUPTED = 130  # what typer makes of a KeyboardInterrupt

app = typer.Typer(
    name="funnel",
    help="The sales-funnel warehouse: spreadsheets in, a funnel out, every night, nothing lost. · 銷售漏斗倉儲",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
)
app.command()(company.init)
app.command()(company.check)
app.command()(night.nightly)
app.command()(status.status)
app.add_typer(delivery.app, name="delivery")
app.command()(rebuild.rebuild)
app.command()(published.export)
app.command()(published.query)
app.command()(web.ui)
app.command()(template.template)
app.add_typer(mapping.app, name="mapping")
app.command()(erase.erase)


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of a failure. · 顯示錯誤細節")) -> None:
    """`--debug` is taken out of the arguments by main(), wherever it stands; it is named here for the help."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; prints four lines for a failure, a traceback only with --debug."""
    given = sys.argv[1:] if arguments is None else arguments
    is_debug = "--debug" in given or bool(os.environ.get("FUNNEL_DEBUG"))
    try:
        with _endable():
            app(args=[word for word in given if word != "--debug"], prog_name="funnel")
    except SystemExit as ending:
        if ending.code == INTERRUPTED:
            return _stopped(given)
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except KeyboardInterrupt:
        return _stopped(given)
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        return _explain(error)
    return 0


@contextmanager
def _endable() -> Iterator[None]:
    """A service manager's SIGTERM and a closed terminal end a command as Ctrl-C does: what is open is closed, what is locked freed."""
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


def _stopped(given: list[str]) -> int:
    from pipelines.messages.catalogue import Message

    screen.message(Message("FNL-664", {"step": f"funnel {given[0]}"}), is_error=True)
    return 1


def _explain(error: Exception) -> int:
    from pipelines.messages.catalogue import FunnelError, Message

    if isinstance(error, FunnelError):
        screen.message(error.message, is_error=True)
        return error.exit_code
    values = {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}", "log": _write_log(error)}
    screen.message(Message("FNL-600", values), is_error=True)
    return 1


def _write_log(error: Exception) -> Path:
    """The traceback, without local values, in the company's logs; in the temporary folder when there is no company yet."""
    folder = screen.logs if screen.logs and screen.logs.is_dir() and os.access(screen.logs, os.W_OK) else None
    number, name = tempfile.mkstemp(prefix="funnel-bug-", suffix=".log", dir=folder)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
