"""Deliveries of a connected source: extracted to a file, then read by its mapping like any other file.

Belongs here: that order, and where the file lies meanwhile. Does not: asking the source (extract) or committing (land.py).
"""

import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from pipelines.defs.session import NightSession
from pipelines.extract.connect.again import asked_again
from pipelines.extract.connect.connectors import connector_of, read_for
from pipelines.extract.delivery import Delivery, RefusedFile
from pipelines.extract.files import original_deliveries
from pipelines.extract.mapping import Mapping
from pipelines.landing.extraction import write_extraction
from pipelines.landing.ledger import Ledger
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder


def extracting_folder(folder: CompanyFolder, source: str) -> Path:
    """Where extractions lie until they are archived; what a killed run left there is of no use."""
    return folder.data / "extracting" / source


def connected_deliveries(session: NightSession, name: str, mapping: Mapping) -> Iterator[Delivery | RefusedFile]:
    """Each extraction of a night, in order. Their files are the caller's to remove, once what was delivered is committed."""
    folder = session.folder
    connector, ledger = connector_of(folder, name, mapping, os.environ), Ledger(folder)
    told = [(entry["entity"], entry["since"] and datetime.fromisoformat(entry["since"])) for entry in ledger.resyncs(name)]
    again = asked_again(told, mapping, partial(read_for, folder.settings.sources[name].kind))
    for extraction in connector.extractions(ledger.cursor(name), now(), again):
        original = write_extraction(extracting_folder(folder, name), name, extraction)
        yield from original_deliveries(name, mapping, original, folder)
