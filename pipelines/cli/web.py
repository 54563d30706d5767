"""`funnel ui`: Dagster's web interface and its daemon, on loopback.

Belongs here: the command and how it ends. Does not: the processes (defs.ui) or the definitions.
"""

from typing import Annotated

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen


def ui(
    company: CompanyOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 · 連接埠")] = 3000,
    daemon: Annotated[bool, typer.Option("--daemon/--no-daemon", help="Also run the schedule and the inbox sensor. · 一併執行排程")] = True,
) -> None:
    """The web interface on this machine: runs, assets, checks. · 網頁介面"""
    from pipelines.defs.ui import serve_ui

    folder = open_company(company)
    screen.say("FNL-647", address=f"http://127.0.0.1:{port}", company=folder.root)
    try:
        code = serve_ui(folder, port, with_daemon=daemon)
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)
