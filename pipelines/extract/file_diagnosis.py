"""What a source of files shows of itself: its folder, and how many files it asks for.

Belongs here: that. Does not: opening a file, or what was delivered before (the ledger).
"""

from pipelines.extract.asked import source_files
from pipelines.extract.connect.diagnosis import Diagnosis, Sight
from pipelines.extract.mapping import Mapping
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import source_folder


def diagnose_files(found: Diagnosis, folder: CompanyFolder, name: str, mapping: Mapping) -> None:
    """Raises FunnelError FNL-104: no such folder."""
    source = folder.settings.sources[name]
    place = source_folder(folder, name)
    found.place = str(place)
    entities = dict.fromkeys(record.entity for sheet in mapping.sheets for record in sheet.records)
    found.objects.append(Sight(", ".join(source.files), tuple(entities), len(source_files(place, source, []))))
