"""What a person asked to have read once more though the cursor is past it, and the objects that this means.

Belongs here: that shape, which objects feed an entity, and what cannot be asked. Does not: the ledger's entry
that says so (landing/cursor.py), or reading.
More may be read than was asked for, never less.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from pipelines.extract.mapping import Mapping as MappingFile
from pipelines.extract.mapping import load_mapping
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import mapping_file

BEGINNING = datetime.min
SAID = "FNL-275"


@dataclass(frozen=True)
class Again:
    """From when (naive UTC; BEGINNING: all of it) some objects, or all, are read, at the latest."""

    begins: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    everything: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Everything, as on the first night."""
        return self.everything == BEGINNING

    def begin(self, name: str) -> datetime | None:
        return min((moment for moment in (self.begins.get(name), self.everything) if moment is not None), default=None)


NOTHING = Again()


def asked_again(
    asked: Iterable[tuple[str | None, datetime | None]], mapping: MappingFile, read_for: Callable[[str], Iterable[str]]
) -> Again:
    """Of (entity or None: all; from when or None: from the beginning). `read_for`: what a connector reads for the sake of an object."""
    begins: dict[str, datetime] = {}
    everything: datetime | None = None
    for entity, since in asked:
        moment = since or BEGINNING
        if entity is None:
            everything = min(everything or moment, moment)
        for name in (name for told in feeding(mapping, entity) for name in read_for(told)):
            begins[name] = min(begins.get(name, moment), moment)
    return Again(begins, everything)


def asked_for(folder: CompanyFolder, source: str, entity: str | None) -> MappingFile:
    """The mapping by which is read again. Raises FunnelError (exit 2): FNL-276 a source of files, FNL-277 nothing feeds the entity."""
    if folder.settings.sources[source].kind == "file":
        raise FunnelError("FNL-276", 2, source=source)
    path = mapping_file(folder, source)
    mapping = load_mapping(path)
    if not feeding(mapping, entity):
        fed = sorted({record.entity for sheet in mapping.sheets for record in sheet.records})
        raise FunnelError("FNL-277", 2, source=source, entity=entity, file=path, known=", ".join(fed))
    return mapping


def feeding(mapping: MappingFile, entity: str | None) -> list[str]:
    """The objects (or queries) of which a mapping makes this entity; None: all that it reads."""
    sheets = (sheet for sheet in mapping.sheets if entity is None or any(record.entity == entity for record in sheet.records))
    return list(dict.fromkeys(str(sheet.sheet) for sheet in sheets))
