"""Small files and mappings for the tests of this room."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from pipelines.extract.delivery import Chunk, Delivery
from pipelines.extract.mapping import Mapping
from pipelines.extract.opened import Opening
from pipelines.extract.original import original_of
from pipelines.messages.catalogue import Message


class Bench:
    """Writes a file, maps it, reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, content: str, name: str = "x.csv") -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def workbook(self, sheets: dict[str, list[list]], name: str = "x.xlsx", **properties: datetime) -> Path:
        path = self.folder / name
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            book.set_properties(properties)
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return path

    def deliveries(self, path: Path, mapping: dict, zone: str = "Asia/Taipei") -> list[Delivery]:
        checked = Mapping.model_validate({"version": 1, **mapping})
        found = list(Opening("crm", checked, original_of(path, path.name), ZoneInfo(zone)).deliveries())
        for said in (said for delivery in found for said in (*delivery.notes, *delivery.holds)):
            assert len(Message(said["code"], said).lines("en")) == len(Message(said["code"], said).lines("zh-Hant")) == 4
        return found

    def chunk(self, path: Path, record: dict, sheet: dict | None = None, zone: str = "Asia/Taipei") -> Chunk:
        """The records of a file that gives one chunk."""
        mapping = {"delivered_at": {"declared": "2026-01-31"}, "sheets": [{**(sheet or {}), "records": [record]}]}
        (delivery,) = self.deliveries(path, mapping, zone)
        (chunk,) = delivery.chunks()
        counts = chunk.counts
        assert counts.source == counts.accepted + counts.refused + counts.blank + counts.title
        return chunk


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
