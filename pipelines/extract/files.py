"""The files of one source, each as Deliveries or a refusal.

Belongs here: whether they are whole, opening them, putting table, mapping and moment together. Does not: which files (asked.py), parsing.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.extract.asked import source_files
from pipelines.extract.delivery import Delivery, Original, RefusedFile, SourceError
from pipelines.extract.mapping import Mapping, load_mapping
from pipelines.extract.opened import Opening
from pipelines.extract.original import original_of
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import mapping_file, source_folder
from pipelines.settings.source import Source

FRESH_SECONDS = 5.0  # a file touched this recently is looked at twice
LOOK_GAP = 0.2


def file_deliveries(
    name: str,
    source: Source,
    folder: CompanyFolder,
    is_known: Callable[[Original, str], bool] = lambda original, version: False,
    notes: list[dict] | None = None,
) -> Iterator[Delivery | RefusedFile]:
    """Each file below the source's folder, in name order; files that `is_known` (original, mapping version) are left alone.

    `notes` receives what was passed over (FNL-235 junk, FNL-236 still growing). One bad file never stops the others.
    Raises FunnelError only for the configuration (exit 2): the mapping, the folder.
    """
    mapping = load_mapping(mapping_file(folder, name))
    base, said = source_folder(folder, name), notes if notes is not None else []
    for path in source_files(base, source, said):
        original = _whole(path, path.relative_to(base).as_posix(), said)
        if original is None or is_known(original, mapping.version(folder.settings.zone)):
            continue
        yield from original_deliveries(name, mapping, original, folder)


def original_deliveries(name: str, mapping: Mapping, original: Original, folder: CompanyFolder) -> Iterator[Delivery | RefusedFile]:
    """The deliveries of one file as this mapping reads it (also an archived one, read again)."""
    try:
        yield from Opening(name, mapping, original, folder.settings.zone).deliveries()
    except SourceError as error:
        error.message.values["file"] = original.name  # an archived one lies under its hash
        yield RefusedFile.because(name, original, error)
    except OSError as error:
        yield RefusedFile.because(name, original, FunnelError("FNL-219", file=original.name, why=str(error)))


def _whole(path: Path, name: str, notes: list[dict]) -> Original | None:
    """The file, unless it is still being written."""
    before = path.stat()
    if abs(time.time() - before.st_mtime) < FRESH_SECONDS:
        time.sleep(LOOK_GAP)
    original = original_of(path, name)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        notes.append({"code": "FNL-236", "file": name})
        return None
    return original
