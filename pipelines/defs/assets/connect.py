"""Deliveries of a connected source: extracted to a file, then read by its mapping like any other file.

Belongs here: that order, and where the file lies meanwhile. Does not: asking the source (extract) or committing (land.py).
"""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.defs.session import NightSession
from pipelines.extract.connect.again import asked_again
from pipelines.extract.connect.connector import Extraction
from pipelines.extract.connect.connectors import connector_of, read_for
from pipelines.extract.delivery import Delivery, RefusedFile
from pipelines.extract.files import original_deliveries
from pipelines.extract.mapping import Mapping
from pipelines.landing.extraction import write_extraction
from pipelines.landing.ledger import Ledger
from pipelines.landing.spool import NAME, Spool
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder


def extracting_folder(folder: CompanyFolder, source: str) -> Path:
    """Where extractions lie until they are archived, and the spool of a first load; what else a killed run left there is of no use."""
    return folder.data / "extracting" / source


def connected_deliveries(session: NightSession, name: str, mapping: Mapping) -> Iterator[Delivery | RefusedFile]:
    """Each extraction of a night, in order. Their files are the caller's to remove, once what was delivered is committed."""
    folder = session.folder
    connector, ledger = connector_of(folder, name, mapping, os.environ), Ledger(folder)
    told = [(entry["entity"], entry["since"] and datetime.fromisoformat(entry["since"])) for entry in ledger.resyncs(name)]
    again = asked_again(told, mapping, partial(read_for, folder.settings.sources[name].kind))
    cursor, resyncs = ledger.cursor(name), [entry["entry_id"] for entry in ledger.resyncs(name)]
    identity = [folder.settings.sources[name].model_dump(mode="json"), mapping.version(folder.settings.zone), cursor, resyncs]
    place, is_kept = extracting_folder(folder, name), session.outcome.kind != "dry_run"
    for extraction in connector.extractions(cursor, now(), again):
        spool = _spool(place, identity, extraction) if extraction.slices and is_kept else None
        yield from original_deliveries(name, mapping, write_extraction(place, name, extraction, spool), folder)
        if spool and spool.start > 1:
            # What was read first is older than the rest: what changed in between follows at once, so that one night is of one time.
            for follows in connector.extractions(extraction.cursor(), max(now(), extraction.started_at + timedelta(seconds=10))):
                yield from original_deliveries(name, mapping, write_extraction(place, name, follows), folder)


def _spool(place: Path, identity: list[Any], extraction: Extraction) -> Spool:
    assert extraction.slices is not None
    said = json.dumps([*identity, extraction.slices.asked], sort_keys=True)
    return Spool(place / NAME, hashlib.sha256(said.encode()).hexdigest(), extraction.started_at)
