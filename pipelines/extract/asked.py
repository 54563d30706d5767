"""Which source asks for which file: the one place where the names in a folder meet `files:` and `ignore:` of the sources.

Belongs here: the files of a source, and the files that nobody asks for. Does not: reading one, or what names are junk (junk.py).
"""

from pathlib import Path

from pipelines.extract.junk import is_junk
from pipelines.extract.playbook import stray_files
from pipelines.messages.catalogue import FunnelError, Message
from pipelines.settings.company import CompanyFolder
from pipelines.settings.paths import inbox_folder, source_folder
from pipelines.settings.source import Source

SHOWN = 3  # names that a message lists; the summary has all


def source_files(base: Path, source: Source, notes: list[dict]) -> list[Path]:
    """Files that a source asks for, sorted by their path; what an editor or a system left there is noted (FNL-235) and passed over."""
    found = sorted(_met(base, source.files) - _met(base, source.ignore))
    junk = {path for path in found if is_junk(path.relative_to(base))}
    notes += [{"code": "FNL-235", "file": path.relative_to(base).as_posix()} for path in found if path in junk]
    return [path for path in found if path not in junk]


def unread(folder: CompanyFolder) -> tuple[list[Message], list[Message]]:
    """What is read by nobody: messages for people (FNL-240, all names in its `files`; FNL-237), and junk for the log (FNL-235)."""
    files, junk = unasked(folder)
    told = [_unasked_message(folder, files)] if files else []
    told += [Message(note.pop("code"), note) for note in stray_files(folder)]
    return told, [Message("FNL-235", {"file": name}) for name in junk]


def unasked(folder: CompanyFolder) -> tuple[list[str], list[str]]:
    """What no pattern of any source meets, and the junk among it, by path below the company folder (elsewhere the whole path).

    Everything below inbox/ is looked at; in another folder what lies beside the files that a source asks for. A source that is
    switched off still asks for its files. Of a folder that cannot be read the source itself tells.
    """
    inbox = inbox_folder(folder)
    lying, asked = dict.fromkeys(_met(inbox, ["**/*"]), inbox), set[Path]()
    for name, source in folder.settings.sources.items():
        try:
            base = source_folder(folder, name)
        except FunnelError:
            continue
        asked |= _met(base, [*source.files, *source.ignore])
        lying = dict.fromkeys(_met(base, _beside(source.files)), base) | lying
    left = [path for path in sorted(lying.keys() - asked) if not _is_ours(folder, path)]
    junk = {path for path in left if is_junk(path.relative_to(lying[path]))}
    return [_shown(folder, path) for path in left if path not in junk], [_shown(folder, path) for path in left if path in junk]


def _unasked_message(folder: CompanyFolder, files: list[str]) -> Message:
    places = list(dict.fromkeys(str((folder.root / name).parent) for name in files))
    asked = [f"{name}: {', '.join(source.files)}" for name, source in folder.settings.sources.items()]
    shown = {"names": _first(files), "places": _first(places), "asked": _first(asked, "; ") or "-"}
    return Message("FNL-240", {"count": len(files), "files": files, **shown})


def _met(base: Path, patterns: list[str]) -> set[Path]:
    return {path for pattern in patterns for path in base.glob(pattern) if path.is_file()}


def _beside(patterns: list[str]) -> list[str]:
    """Every file in the folders that the patterns look into: a shared drive is not searched any deeper than its source is."""
    return sorted({(Path(pattern).parent / "*").as_posix() for pattern in patterns})


def _is_ours(folder: CompanyFolder, path: Path) -> bool:
    """What `funnel init` and the nights themselves put into a company folder."""
    single = (inbox_folder(folder) / "README.md", folder.root / "funnel.yaml")
    return path in single or any(path.is_relative_to(home) for home in (folder.data, folder.playbook, folder.root / "mappings"))


def _shown(folder: CompanyFolder, path: Path) -> str:
    return path.relative_to(folder.root).as_posix() if path.is_relative_to(folder.root) else str(path)


def _first(words: list[str], separator: str = ", ") -> str:
    return separator.join([*words[:SHOWN], *(["…"] if len(words) > SHOWN else [])])
