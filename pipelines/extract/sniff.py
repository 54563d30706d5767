"""What a file really is, by its first bytes; its name is only believed for text.

Belongs here: magic bytes to a format or a refusal. Does not: reading cells (worker, text_table) or encodings (encoding.py).
"""

import zipfile
from pathlib import Path
from typing import Literal

from pipelines.extract.connect.extraction_file import SUFFIX
from pipelines.extract.delivery import SourceError

Format = Literal["workbook", "text", "extraction"]
TAR_MAGIC = (257, b"ustar")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BIFF_STREAM = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")  # a bare workbook stream, as Excel 2 to 4 wrote it
WORKBOOK_NAMES = {".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".et", ".xlt", ".xltx", ".xltm", ".xla", ".xlam"}
TEXT_NAMES = {".csv", ".tsv", ".txt", ".tab"}

OTHERS = {
    b"<?xml": "an XML document",
    b"mime-version:": "a mail or web archive",
    b"{": "a JSON document",
    b"[{": "a JSON document",
    b"id;p": "a SYLK sheet",
    b"table\r\n0,1": "a DIF sheet",
    b"table\n0,1": "a DIF sheet",
    b"%pdf": "a PDF document",
    b"\x89png": "a picture",
    b"gif8": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x1f\x8b": "an archive",
}


def sniff(path: Path, name: str | None = None) -> Format:
    """The format of a file delivered as `name`. Raises SourceError FNL-201…FNL-207 for what no reader of ours can use."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise SourceError("FNL-201", file=path.name)
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        raise SourceError("FNL-202", file=path.name)
    at, magic = TAR_MAGIC
    if (name or path.name).endswith(SUFFIX) and head[at : at + len(magic)] == magic:
        return "extraction"
    found, suffix = _by_magic(path, head), Path(name or path.name).suffix
    if found == "workbook" and suffix.lower() in TEXT_NAMES:
        raise SourceError("FNL-204", file=path.name, suffix=suffix, found="an Excel or OpenDocument workbook")
    if found == "text" and suffix.lower() in WORKBOOK_NAMES:
        raise SourceError("FNL-204", file=path.name, suffix=suffix, found="plain text")
    return found


def _by_magic(path: Path, head: bytes) -> Format:
    if head.startswith(b"PK"):
        return _zip(path)
    if head.startswith(OLE) or head.startswith(BIFF_STREAM):
        return "workbook"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<head")) or (start.startswith(b"<?xml") and b"<html" in start):
        raise SourceError("FNL-203", file=path.name)
    for mark, found in OTHERS.items():
        if start.startswith(mark):
            raise SourceError("FNL-207", file=path.name, found=found)
    return "text"


def _zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError("FNL-205", file=path.name, why=str(error)) from None
    if any(name.startswith("xl/workbook") for name in names) or "content.xml" in names or "[content_types].xml" in names:
        return "workbook"
    raise SourceError("FNL-207", file=path.name, found="a ZIP archive without a workbook")
