"""Reading a source's archived originals again, with today's mapping; the new parse supersedes the old one.

Belongs here: finding those originals and delivering them. Does not: parsing (extract) or superseding (landing).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.defs.assets.land import land_all
from pipelines.defs.session import open_night
from pipelines.extract.delivery import Delivery, RefusedFile
from pipelines.extract.files import original_deliveries
from pipelines.extract.mapping import load_mapping
from pipelines.landing.ledger import Ledger
from pipelines.settings.business_date import default_as_of_date
from pipelines.settings.clock import now
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import mapping_file


@dataclass(frozen=True)
class Reparsed:
    """What became of one delivery of an original read again; outcome_code as in landing, or refused (then delivery_id is '-')."""

    delivery_id: str
    name: str
    outcome_code: str


def reparse_source(folder: CompanyFolder, source: str) -> list[Reparsed]:
    """Deliver every archived original of `source` again. Raises FunnelError for its mapping; takes the company's lock."""
    path = mapping_file(folder, source)
    mapping = load_mapping(path)
    with open_night(folder, default_as_of_date(folder.settings, now()), kind="reparse") as session, session.step(f"reparse/{source}"):
        ledger, outcome, text = Ledger(folder), session.source(source), path.read_bytes()
        ledger.note_mapping(source, mapping.version(folder.settings.zone), text, hashlib.sha256(text).hexdigest())

        def found() -> Iterator[Delivery | RefusedFile]:
            for original in ledger.originals(source):
                yield from original_deliveries(source, mapping, original, folder)

        land_all(session, found(), outcome)
    landed = [Reparsed(entry["delivery_id"], entry["name"], entry["outcome_code"]) for entry in outcome.deliveries]
    return landed + [Reparsed("-", entry["name"], "refused") for entry in outcome.refused_files]
