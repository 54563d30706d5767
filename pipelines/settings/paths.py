"""Where a source's files lie (the folder it names, with ${NAME} taken from the environment), and its mapping.

Belongs here: turning what funnel.yaml says into a path. Does not: listing or reading the files (extract.files).
"""

import re
from importlib import resources
from os import environ
from pathlib import Path

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import CompanyFolder

INBOX = "inbox"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(:-(?P<default>[^}]*))?\}")


def source_folder(folder: CompanyFolder, source: str) -> Path:
    """Absolute folder of a source; relative ones start at the company folder; ${NAME:-default} is allowed.

    Raises FunnelError FNL-104 (exit 2): a variable without value, or no such folder.
    """
    declared = folder.settings.sources[source].folder

    def value(found: re.Match[str]) -> str:
        text = environ.get(found["name"], found["default"])
        if not text:
            raise _fault(folder, source, declared, f"${{{found['name']}}} is not set")
        return text

    path = (folder.root / _VARIABLE.sub(value, declared)).resolve()
    if not path.is_dir():
        raise _fault(folder, source, declared, f"no such folder: {path}")
    return path


def mapping_file(folder: CompanyFolder, source: str) -> Path:
    """The mapping that reads a source: the company's own, else the one that ships for its kind."""
    said = folder.settings.sources[source]
    if said.mapping is not None:
        return folder.root / said.mapping
    return Path(str(resources.files("pipelines.defaults") / "connectors" / f"{said.kind}.yaml"))


def inbox_folder(folder: CompanyFolder) -> Path:
    """Where people drop files. Absolute; it need not exist."""
    return (folder.root / INBOX).resolve()


def _fault(folder: CompanyFolder, source: str, declared: str, problem: str) -> FunnelError:
    return FunnelError("FNL-104", 2, file=folder.root / "funnel.yaml", source=source, folder=declared, problem=problem)
