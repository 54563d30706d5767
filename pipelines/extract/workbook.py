"""The sheets of one workbook, found by number, name, pattern or cell address.

Belongs here: choosing and reading sheets once. Does not: the reader process (worker.py) or headers (grid.py).
"""

import re
from dataclasses import dataclass, field

from pipelines.extract.delivery import Original, SourceError
from pipelines.extract.worker import RawSheet, shared_worker


@dataclass
class Workbook:
    """Sheets of an open workbook, each read once."""

    original: Original
    names: list[str]
    read: dict[int, RawSheet] = field(default_factory=dict)

    @classmethod
    def opened(cls, original: Original) -> "Workbook":
        """Raises SourceError FNL-206 (password), FNL-208 … FNL-210."""
        return cls(original, shared_worker().sheets(original.path))

    def sheet(self, index: int) -> RawSheet:
        if index not in self.read:
            self.read[index] = shared_worker().sheet(index)
        return self.read[index]

    def matching(self, wanted: int | str | None) -> list[int]:
        """Indexes of the sheets a mapping names by number, name or /pattern/. Raises SourceError FNL-218 when there is none."""
        if isinstance(wanted, str) and len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
            found = [index for index, name in enumerate(self.names) if re.search(wanted[1:-1], name)]
        elif isinstance(wanted, str):
            found = [index for index, name in enumerate(self.names) if name.strip() == wanted.strip()]
        else:
            found = [index for index in range(len(self.names)) if index == (wanted or 0)]
        if not found:
            raise SourceError("FNL-218", file=self.original.name, sheet=wanted, sheets=", ".join(self.names))
        return found

    def cell(self, sheet: int | str, address: str) -> str | None:
        """The text of a cell by its address (B2), whatever column the reader starts at; None outside the used range."""
        raw = self.sheet(self.matching(sheet)[0])
        letters, digits = address.rstrip("0123456789"), address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        column = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(letters))) - 1 - raw.first_column
        row = int(digits) - 1
        return raw.cells.item(row, column) if row < raw.cells.height and 0 <= column < raw.cells.width else None
