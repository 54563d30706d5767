"""`funnel mapping draft`: a mapping to start from, which lists every header of a file.

Belongs here: the command. Does not: guessing fields or writing YAML (extract.draft).
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import CompanyOption
from pipelines.cli.screen import open_company, screen

app = typer.Typer(no_args_is_help=True, help="Mapping files. · 對應檔")


@app.callback()
def _group() -> None:
    """Keeps `draft` a subcommand although it is the only one."""


@app.command()
def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook or text file · 檔案")],
    company: CompanyOption = None,
    entity: Annotated[str, typer.Option(help="What its rows are · 類別")] = "opportunity",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write there instead of mappings/<file>.yaml · 輸出")] = None,
) -> None:
    """Write a mapping draft with every header of FILE, ready to be corrected. · 產生對應檔草稿"""
    from pipelines.extract.draft import draft_mapping
    from pipelines.messages.catalogue import FunnelError
    from pipelines.settings.entities import entities

    folder = open_company(company)
    target = output or folder.root / "mappings" / f"{file.stem}.yaml"
    if target.exists():
        raise FunnelError("FNL-623", 2, path=target)
    if entity not in entities():
        known = get_close_matches(entity, entities(), 1) or sorted(entities())
        raise FunnelError("FNL-625", 2, entity=entity, known=", ".join(known))
    text = draft_mapping(file, entity)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    screen.say("FNL-648", path=target, file=file, company=folder.root)
