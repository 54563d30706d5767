"""What editors, browsers and systems leave in a folder: names that never hold records.

Belongs here: those names. Does not: anything about sources or content.
"""

from pathlib import Path

NAMES = {"thumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin", "system volume information"}
STARTS = ("~", ".")  # ~$open.xlsx, .~lock.open.xlsx#, ._resource, .DS_Store, .Trash-1000/
ENDS = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".lock", "~", ":zone.identifier")


def is_junk(path: Path) -> bool:
    """`path` is relative to the folder that is looked into: a system's folder makes junk of what it holds."""
    names = [part.lower() for part in path.parts]
    return names[-1].endswith(ENDS) or any(name in NAMES or name.startswith(STARTS) for name in names)
