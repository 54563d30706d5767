"""The playbook folder (CSV files of codes, stages, people, targets …) as one delivery, landed like any other source.

Belongs here: which file is which entity and what its key is. Does not: what a playbook means (models).
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipelines.extract.binding import Binding
from pipelines.extract.delivered_at import last_second
from pipelines.extract.delivery import Chunk, Delivery
from pipelines.extract.encoding import encoding_of
from pipelines.extract.junk import is_junk
from pipelines.extract.mapping import HeaderRow, Sheet
from pipelines.extract.records import RecordBuilder
from pipelines.extract.rules import ColumnRule, Record
from pipelines.extract.sniff import sniff
from pipelines.extract.table import Table
from pipelines.extract.text_table import text_table
from pipelines.settings.company import CompanyFolder
from pipelines.settings.entities import entities

VERSION = "1"  # stands for a mapping's version: raise it when the same files would land differently
PLAYBOOK = "playbook"
KEYS = {
    "stage_set": ["stage_set_code", "valid_from_date"],
    "stage_set_rule": ["rule_code", "condition_field", "valid_from_date"],
    "stage": ["stage_set_code", "stage_code", "valid_from_date"],
    "stage_task": ["stage_set_code", "stage_code", "task_code", "valid_from_date"],
    "text_rule": ["activity_type", "text_field", "valid_from_date"],
    "process_rule": ["rule_code", "valid_from_date"],
    "stage_map": ["source_system", "stage_set_code", "source_stage_name"],
    "working_calendar": ["calendar_date"],
    "people": ["owner_code", "alias", "alias_source"],
    "loss_reason": ["loss_reason_code", "source_loss_reason"],
    "change_marker": ["marker_code"],
    "code_map": ["field", "source_system", "source_value"],
    "team": ["team_name"],
    "team_membership": ["owner", "team", "valid_from_date"],
    "exchange_rate": ["rate_date", "from_currency_code", "to_currency_code"],
    "target": ["period_start_date", "period_end_date", "owner", "team", "measure"],
}


def playbook_delivery(folder: CompanyFolder, as_of_date: date) -> Delivery:
    """All CSV files of the playbook folder, full, declared for `as_of_date`; the cursor is a hash of their bytes.

    Raises SourceError naming the file that cannot be read: the playbook is all or nothing.
    """
    zone, notes, digest = folder.settings.zone, stray_files(folder), hashlib.sha256()
    read: list[tuple[Table, RecordBuilder]] = []
    for path in sorted(folder.playbook.glob("*.csv")):
        if path.stem not in entities():
            continue
        sniff(path)
        table = text_table(path, encoding_of(path), ",", HeaderRow(row=1))
        builder = _builder(path.stem, table, str(zone))
        read.append((table, builder))
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
        if builder.binding.extra:
            notes.append({"code": "FNL-232", "file": path.name, "sheet": "", "columns": ", ".join(builder.binding.extra)})
    plans = [builder.binding.plan for _, builder in read]
    moment = last_second(as_of_date, zone)
    cursor = digest.hexdigest()
    return Delivery(PLAYBOOK, PLAYBOOK, "full", "", as_of_date, moment, VERSION, plans, lambda: _chunks(read), cursor=cursor, notes=notes)


def stray_files(folder: CompanyFolder) -> list[dict]:
    """A note (FNL-237) for each file of the playbook folder that is no table of it: another name, or a workbook."""
    lying = sorted(path for path in folder.playbook.glob("*") if path.is_file() and not is_junk(Path(path.name)))
    strays = [path.name for path in lying if path.suffix != ".csv" or path.stem not in entities()]
    return [{"code": "FNL-237", "file": name, "known": ", ".join(KEYS)} for name in strays]


def _builder(entity: str, table: Table, zone: str) -> RecordBuilder:
    columns = {name: ColumnRule(column=name, tax="excluded") for name in table.headers if name in entities()[entity]}
    key: list[str | list[str]] = [name for name in KEYS.get(entity, []) if name in table.headers]
    record = Record(entity=entity, key=key, content_key=None if key else "all", columns=columns)
    return RecordBuilder(PLAYBOOK, Binding(record, Sheet(records=[record]), table.headers), table.sheet, zone, may_key_be_blank=True)


def _chunks(read: list[tuple[Table, RecordBuilder]]) -> Iterator[Chunk]:
    for table, builder in read:
        for block in table.blocks:
            yield builder.chunk(block)
