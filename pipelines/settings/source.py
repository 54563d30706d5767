"""What funnel.yaml may say of one source, as a checked model.

Belongs here: names, types, defaults, and which words go with which kind. Does not: opening files or connections (extract).
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pipelines.settings.strict import Strict

Kind = Literal["file", "sql", "odoo", "hubspot", "salesforce"]
SHIPPED = ("odoo", "hubspot", "salesforce")  # kinds whose objects are the same everywhere: pipelines/defaults/connectors
EnvironmentName = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]


class Connection(Strict):
    """Where a connected source is, and as whom it is read. Secrets stand in the environment (or .env); here stand their names."""

    url: str  # https://crm.example.com · postgresql://host:5432/database · mysql://… · mssql://… · sqlite:folder/file.db
    database: str | None = None  # of an Odoo server
    user: str | None = None
    password_env: EnvironmentName | None = None  # NAME of the variable that holds the password or API key
    page_size: int = Field(default=500, ge=1, le=10_000)  # records a call
    overlap_minutes: int = Field(default=60, ge=0)  # how far before its last cursor a night reads again: clocks and late commits
    without: list[str] = Field(default_factory=list)  # objects that the user may not read and that are done without (docs/sources)
    language: str | None = None  # of an Odoo server's own words (stages, reasons): zh_TW; default: as they were first written
    list_every_days: int = Field(default=1, ge=1)  # how often all keys are listed, so that what vanished is seen
    whole_every_days: int | None = Field(default=None, ge=1)  # salesforce: how often all is read anew (fields that change without a trace)


class Source(Strict):
    """One configured instance. `kind` is the connector; files are found by glob below `folder`, all else by `connection`."""

    kind: Kind = "file"
    mapping: Path | None = None  # left out: the one that ships for this kind (SHIPPED)
    folder: str = "inbox"  # relative to the company folder; ${NAME} is taken from the environment
    files: list[str] = Field(default_factory=list, min_length=1)  # globs below folder
    ignore: list[str] = Field(default_factory=list)  # globs below folder: files that lie there on purpose and are not read
    connection: Connection | None = None
    fresh_within_days: int | None = Field(default=None, gt=0)  # promise: a delivery per scope at least this often
    enabled: bool = True
    ends_on: date | None = None  # the last business date whose deliveries count: from then on another source tells (docs/cut_over.md)

    @field_validator("files", "ignore")
    @classmethod
    def _patterns(cls, value: list[str]) -> list[str]:
        for pattern in value:
            if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
                raise ValueError(f"{pattern!r} leaves the folder: write the folder under `folder:`, and names below it here")
            try:
                next(Path("/nonexistent").glob(pattern), None)
            except (ValueError, NotImplementedError) as error:
                raise ValueError(f"{pattern!r} is no pattern of file names: {error}") from None
        return value

    @model_validator(mode="after")
    def _what_its_kind_needs(self) -> "Source":
        if self.mapping is None and self.kind not in SHIPPED:
            raise ValueError(f"a source of kind {self.kind} needs `mapping: mappings/NAME.yaml`")
        if self.kind == "file" and not self.files:
            raise ValueError("a source of kind file needs `files: [...]`, names or patterns below its folder")
        if self.kind == "file" and self.connection:
            raise ValueError("`connection` goes with another kind: say `kind: sql`, `odoo`, `hubspot` or `salesforce`")
        if self.kind != "file" and self.files:
            raise ValueError(f"`files` goes with kind file; a source of kind {self.kind} has a `connection`")
        if self.kind != "file" and not self.connection:
            raise ValueError(f"a source of kind {self.kind} needs `connection: {{url: ...}}`")
        return self
