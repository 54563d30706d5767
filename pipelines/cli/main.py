"""The program `funnel`: the list of commands, and how one ends.

Belongs here: which commands there are. Does not: what they do, or the words of a failure (failure.py).

Exit codes: 0 published whole, 1 not published (or a bug), 2 configuration or wrong use, 3 published while something is held or late.
"""

import gc
import os
import sys
import traceback

import typer

from pipelines.cli import company, delivery, doctor, erase, mapping, night, published, rebuild, source, status, template, web
from pipelines.cli.failure import explain, stopped
from pipelines.cli.signals import endable

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
app.command()(doctor.doctor)
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
app.add_typer(source.app, name="source")


def run() -> int:
    """`main` as the whole work of a process: collecting garbage seldom (imports took a fifth longer), and not while it ends (1.4 s)."""
    gc.set_threshold(50_000)
    try:
        return main()
    finally:
        gc.freeze()


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of a failure. · 顯示錯誤細節")) -> None:
    """`--debug` is taken out of the arguments by main(), wherever it stands; it is named here for the help."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; prints four lines for a failure, a traceback only with --debug."""
    given = sys.argv[1:] if arguments is None else arguments
    is_debug = "--debug" in given or bool(os.environ.get("FUNNEL_DEBUG"))
    try:
        with endable():
            code = app(args=[word for word in given if word != "--debug"], prog_name="funnel", standalone_mode=False)
        return stopped(given) if code == INTERRUPTED else code or 0
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except KeyboardInterrupt:
        return stopped(given)
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        return explain(error)
