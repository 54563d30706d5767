"""`funnel query` and `funnel export`: reading the published file, which no run ever locks.

Belongs here: the two commands. Does not: opening DuckDB (publish.reader).
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def query(
    sql: Annotated[str, typer.Argument(help='For example "select * from marts.funnel_by_stage" · 查詢')],
    company: CompanyOption = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it. · 格式")] = Format.TABLE,
    limit: Annotated[int, typer.Option(help="Rows shown as a table; 0 for all. · 列數")] = 100,
) -> None:
    """Ask the published file, read-only. · 查詢已發布資料"""
    from pipelines.publish.reader import run_query

    result = run_query(open_company(company), sql)
    if output is Format.CSV:
        typer.echo(result.write_csv(), nl=False)
    elif output is Format.JSON:
        typer.echo(result.write_ndjson(), nl=False)
    else:
        shown = result.head(limit or result.height)
        screen.table(result.columns, shown.iter_rows())
        screen.say("FNL-631", shown=shown.height, count=result.height)


def export(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder. · 目的資料夾")],
    company: CompanyOption = None,
) -> None:
    """Every published table as Parquet and CSV, with a list of tables and columns. · 匯出全部資料表"""
    from pipelines.messages.catalogue import FunnelError
    from pipelines.publish.reader import export_tables

    folder = open_company(company)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FunnelError("FNL-602", 2, path=target)
    tables = export_tables(folder, target)
    screen.say("FNL-632", count=len(tables), rows=f"{sum(tables.values()):,}", path=target.resolve())
