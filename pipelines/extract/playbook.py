"""The playbook folder (CSV files of codes, stages, people, targets …) as one delivery, landed like any other source.

Belongs here: which file is which entity and what its key is. Does not: what a playbook means (models).
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipelines.extract.delivered_at import last_second
from pipelines.extract.delivery import Chunk, Delivery, EntityPlan
from pipelines.extract.encoding import encoding_of
from pipelines.extract.mapping import ColumnRule, HeaderRow, Record, Sheet
from pipelines.extract.records import RecordBuilder
from pipelines.extract.text_table import text_table
from pipelines.settings.company import CompanyFolder
from pipelines.settings.entities import entities

PLAYBOOK = "playbook"
KEYS = {
    "stage_set": ["stage_set_code", "valid_from_date"],
    "stage_set_rule": ["rule_code", "valid_from_date"],
    "stage": ["stage_set_code", "stage_code", "valid_from_date"],
    "stage_task": ["stage_set_code", "stage_code", "task_code", "valid_from_date"],
    "stage_map": ["source_system", "stage_set_code", "source_stage_name"],
    "working_calendar": ["calendar_date"],
    "people": ["owner_code", "alias", "alias_source"],
    "loss_reason": ["loss_reason_code", "source_loss_reason"],
    "code_map": ["field", "source_system", "source_value"],
    "team": ["team_name"],
    "team_membership": ["owner", "team", "valid_from_date"],
    "exchange_rate": ["rate_date", "from_currency_code", "to_currency_code"],
    "target": ["period_start_date", "period_end_date", "owner", "team", "measure"],
}


def playbook_delivery(folder: CompanyFolder, as_of_date: date) -> Delivery:
    """All CSV files of the playbook folder, full, declared for `as_of_date`; their content makes the version.

    Raises SourceError (a file that cannot be read: the playbook is all or nothing) naming the file.
    """
    builders, notes, digest = [], [], hashlib.sha256(b"1")
    for path in sorted(folder.playbook.glob("*.csv")):
        if path.stem not in entities() or path.name.startswith((".", "~")):
            notes.append({"code": "FNL-237", "file": path.name, "known": ", ".join(KEYS)})
            continue
        builders.append(_builder(path, str(folder.settings.zone)))
        digest.update(path.name.encode() + path.read_bytes())
        unknown = sorted(set(builders[-1].table.headers) - builders[-1].mapped)
        notes += [{"code": "FNL-232", "file": path.name, "sheet": "", "columns": ", ".join(unknown)}] if unknown else []
    return Delivery(PLAYBOOK, PLAYBOOK, "full", "", as_of_date, last_second(as_of_date, folder.settings.zone), "1", [_plan(builder) for builder in builders],
                    lambda: _chunks(builders), cursor=digest.hexdigest(), notes=notes)


def _builder(path: Path, zone: str) -> RecordBuilder:
    entity, fields = path.stem, entities()[path.stem]
    table = text_table(path, encoding_of(path), ",", HeaderRow(row=1))
    columns = {name: ColumnRule(column=name) for name in table.headers if name in fields}
    key = [name for name in KEYS.get(entity, []) if name in table.headers]
    record = Record(entity=entity, key=list(key), content_key=None if key else "all", columns=columns)
    return RecordBuilder(PLAYBOOK, record, Sheet(records=[record]), table, zone, may_key_be_blank=True)


def _plan(builder: RecordBuilder) -> EntityPlan:
    return builder.plan


def _chunks(builders: list[RecordBuilder]) -> Iterator[Chunk]:
    for builder in builders:
        for block in builder.table.blocks:
            yield builder.chunk(block)
