"""What a mapping file may say, as a checked model (docs/mapping.md explains every key).

Belongs here: the file as a whole: sheets, headers, dates, scope, version. Does not: records and columns (rules.py), or applying any of it.
"""

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from pipelines.extract import version
from pipelines.extract.rules import Record
from pipelines.settings.load import read_yaml
from pipelines.settings.strict import Strict


class HeaderRow(Strict):
    labels: list[str] | None = None
    row: int | None = Field(default=None, ge=1)
    none: bool = False
    columns: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_way(self) -> "HeaderRow":
        if sum([bool(self.labels), self.row is not None, self.none]) != 1 or self.none != bool(self.columns):
            raise ValueError("say one of `labels: [...]`, `row: 4`, or `none: true` with `columns: [...]`")
        return self


class Sheet(Strict):
    sheet: int | str | None = 0  # number, name, or /regular expression/
    header: HeaderRow = HeaderRow(row=1)
    skip_rows_where: dict[str, list[str]] = Field(default_factory=dict)
    fill_down: list[str] = Field(default_factory=list)
    records: list[Record] = Field(min_length=1)

    def keys_alone(self) -> "Sheet":
        """The same records by their keys, as a listing has them; those whose key takes more than its columns stay whole."""
        bare: dict[str, object] = {"columns": {}, "attributes": {}, "groups": [], "not_a_change": []}
        records = [record.model_copy(update=bare) if record.has_plain_key else record for record in self.records]
        return self.model_copy(update={"fill_down": [], "records": records})


class Query(Strict):
    """One table of a mapped database: its SQL, and the column of it that grows whenever a record changes."""

    sql: str
    cursor: str | None = None  # read whole every night where there is none


class Cell(Strict):
    sheet: int | str = 0
    cell: str = Field(pattern="^[A-Z]{1,3}[1-9][0-9]*$")


class DeliveredAt(Strict):
    file_name: str | None = None
    cell: Cell | None = None
    sheet_name: str | None = None
    declared: date | None = None
    arrival: bool = False
    format: str = "%Y%m%d"

    @model_validator(mode="after")
    def _one_origin(self) -> "DeliveredAt":
        if sum(map(bool, (self.file_name, self.cell, self.sheet_name, self.declared, self.arrival))) != 1:
            raise ValueError("say exactly one of file_name, cell, sheet_name, declared, arrival")
        if self.pattern and "date" not in self.words:
            raise ValueError(f"the pattern needs a group (?P<date>…): {self.pattern}")
        return self

    @property
    def pattern(self) -> str | None:
        return self.file_name or self.sheet_name

    @property
    def words(self) -> set[str]:
        """Names of the pattern's groups."""
        try:
            return set(re.compile(self.pattern or "").groupindex)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from None


class Mapping(Strict):
    """A mapping file."""

    format_version: Literal[1] = Field(alias="version")
    encoding: str = "auto"
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    delivery: Literal["full", "delta", "ids"] = "full"
    scope: str = ""
    delivered_at: DeliveredAt = DeliveredAt(arrival=True)
    queries: dict[str, Query] = Field(default_factory=dict)  # kind sql: `sheet:` names one of these
    sheets: list[Sheet] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_scope(self) -> "Mapping":
        for _, word, _, _ in Formatter().parse(self.scope):
            if word is not None and word not in self.delivered_at.words - {"date"}:
                raise ValueError(f"scope: {word!r} is no group of the pattern under delivered_at")
        return self

    def version(self, zone: ZoneInfo) -> str:
        """Names how rows are read: by this extract, in this time zone, as this file says (comments, order, spelt-out defaults aside)."""
        said = [version.EXTRACT_VERSION, str(zone), self.model_dump(mode="json", exclude_defaults=True)]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def load_mapping(path: Path) -> Mapping:
    """Raises FunnelError (exit 2) naming file, line, key and the nearest valid word, as settings.load.read_yaml does."""
    return read_yaml(path, Mapping)
