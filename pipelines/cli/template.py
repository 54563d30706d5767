"""`funnel template`: an empty workbook that loads as it is, with the playbook's words as dropdowns.

Belongs here: the command, its file name, where it goes. Does not: the workbook (template_workbook.py), its layout (defaults/templates).
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen


class Kind(StrEnum):
    OPPORTUNITY = "opportunity"
    DIARY = "diary"
    CUSTOMER = "customer"


def template(
    kind: Annotated[Kind, typer.Argument(help="opportunity 商機 · diary 日誌 · customer 客戶")],
    company: CompanyOption = None,
    name: Annotated[str, typer.Option(help="Whose diary · 誰的日誌")] = "all",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Instead of the usual name, here · 輸出檔")] = None,
) -> None:
    """Make an empty workbook (繁中 / English) with dropdowns from the playbook. · 產生空白活頁簿"""
    from pipelines.cli.template_workbook import read_layout, write_workbook
    from pipelines.messages.catalogue import FunnelError
    from pipelines.settings.business_date import default_as_of_date
    from pipelines.settings.clock import now

    folder = open_company(company)
    as_of_date = default_as_of_date(folder.settings, now())
    layout = read_layout(kind.value)
    target = output or Path(layout.file.format(date=as_of_date.strftime("%Y%m%d"), name=name))
    if target.exists():
        raise FunnelError("FNL-623", 2, path=target)
    write_workbook(target, layout, folder, as_of_date)
    screen.say("FNL-624", path=target.resolve(), rule=layout.guide[folder.settings.language], kind=kind.value)
