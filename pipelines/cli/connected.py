"""The part of `funnel init` that a connected source takes: its block for funnel.yaml, the names in .env, and a mapping where none ships.

Belongs here: filling in the shipped texts (defaults/sources) and where they go. Does not: the texts, or connecting (funnel doctor).
A funnel.yaml that is there already is its owner's: it is told what to paste, and not written.
"""

from collections.abc import Container
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from pipelines.settings.company import CompanyFolder

SAMPLE = ".env.example"


class Kind(StrEnum):
    ODOO = "odoo"
    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    SQL = "sql"


SECRETS = {Kind.ODOO: "KEY", Kind.HUBSPOT: "TOKEN", Kind.SALESFORCE: "SECRET", Kind.SQL: "PASSWORD"}


def add_to_new(folder: Path, kind: Kind) -> None:
    """`folder` was just made: its block goes below `sources:`, where the defaults end."""
    settings, (block, variable) = folder / "funnel.yaml", _block(kind, kind.value)
    settings.write_text(settings.read_text(encoding="utf-8").rstrip("\n") + "\n" + block, encoding="utf-8")
    (folder / SAMPLE).write_text(f"# Copy to .env and fill in; .env stays out of git.\n{variable}=\n", encoding="utf-8")
    _write_mapping(folder, kind, kind.value)
    screen.say("FNL-608", kind=kind.value, file=settings, variable=variable, env=folder / ".env", path=folder)


def tell_what_to_paste(company: "CompanyFolder", kind: Kind) -> None:
    name = _free(kind.value, company.settings.sources)
    block, variable = _block(kind, name)
    screen.console().print(block, markup=False, end="")
    _write_mapping(company.root, kind, name)
    screen.say("FNL-609", file=company.root / "funnel.yaml", variable=variable, env=company.root / ".env", path=company.root, name=name)


def _block(kind: Kind, name: str) -> tuple[str, str]:
    """The block, and the name of the variable that holds the secret."""
    variable = f"FUNNEL_{name.upper()}_{SECRETS[kind]}"
    return _text(f"{kind.value}.yaml").replace("{name}", name).replace("{variable}", variable), variable


def _write_mapping(root: Path, kind: Kind, name: str) -> None:
    """Only where none ships; a file of that name that is there stays as it is."""
    target = root / "mappings" / f"{name}.yaml"
    if kind is Kind.SQL and not target.exists():
        target.parent.mkdir(exist_ok=True)
        target.write_text(_text("sql_mapping.yaml"), encoding="utf-8")


def _text(name: str) -> str:
    return (resources.files("pipelines.defaults") / "sources" / name).read_text(encoding="utf-8")


def _free(name: str, taken: Container[str]) -> str:
    return next(free for free in (name, *(f"{name}_{number}" for number in range(2, 100))) if free not in taken)
