"""Options that several commands share. Only their names, help and environment variables."""

from pathlib import Path
from typing import Annotated

import typer

CompanyOption = Annotated[
    Path | None,
    typer.Option(
        "--company",
        "-c",
        envvar="FUNNEL_COMPANY",
        metavar="DIR",
        help="The company folder (holds funnel.yaml). · 公司資料夾",
        show_default=False,
    ),
]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; kept in the ledger. · 原因，會留在帳本", show_default=False)]
