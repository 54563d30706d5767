"""The files that funnel.yaml names: are they there?

Belongs here: mappings and the playbook folder, each absence with its line and the nearest name. Does not: what is in them (extract), or
the folders of sources (paths.py): a share that is down tonight is no fault of the configuration.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder
from pipelines.settings.fault import line_of


def absent(folder: CompanyFolder, sources: Iterable[str]) -> list[FunnelError]:
    """One fault (FNL-108, exit 2) for each mapping of these sources, and for the playbook, that is not where funnel.yaml says."""
    named = {name: folder.settings.sources[name].mapping for name in sources}
    mappings = {("sources", name, "mapping"): mapping for name, mapping in named.items() if mapping is not None}
    faults = [_fault(folder, key, str(value)) for key, value in mappings.items() if not (folder.root / value).is_file()]
    return faults + ([] if folder.playbook.is_dir() else [_fault(folder, ("playbook",), folder.settings.playbook)])


def _fault(folder: CompanyFolder, key: tuple[str, ...], value: str) -> FunnelError:
    file, path = folder.root / "funnel.yaml", folder.root / value
    document = YAML().load(file.read_text(encoding="utf-8-sig")) if file.is_file() else {}
    return FunnelError(
        "FNL-108", 2, key=".".join(key), value=value, file=file, line=line_of(document, key), path=path, nearest=_nearest(folder.root, path)
    )


def _nearest(root: Path, path: Path) -> str:
    """What lies in that folder and is called most alike, as funnel.yaml would write it; '-' where there is nothing."""
    there = {entry.name: entry for entry in path.parent.glob("*")} if path.parent.is_dir() else {}
    near = get_close_matches(path.name, there, 1)
    return str(there[near[0]].relative_to(root) if near and there[near[0]].is_relative_to(root) else near[0] if near else "-")
