"""Which encoding a text file is in, proven by a strict decoding of the whole file.

Belongs here: byte-order marks, the override, the refusal of unreadable bytes with their line. Does not: telling older encodings
apart (older_encoding.py) or splitting into rows (text_table.py). A reader's own guess is never used: it accepts nonsense.
"""

import codecs
import io
from pathlib import Path
from typing import BinaryIO, TextIO

from pipelines.extract.delivery import SourceError
from pipelines.extract.older_encoding import refuse_mixture, resembled

BLOCK = 1 << 22
SAMPLE = 1 << 20
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path, declared: str = "auto") -> str:
    """Python's name of the encoding (`utf-8-sig` where a byte-order mark is to be dropped).

    Raises SourceError FNL-211 (not in the encoding that was declared or marked, with the line), FNL-212 (two encodings, with the line)
    or FNL-213 (cannot be told: declare it).
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if declared != "auto":
        name = "utf-8-sig" if declared.lower().replace("_", "-") in ("utf-8", "utf8") else declared
        return _proven(path, name, f"the mapping declares {declared}")
    for mark, name in MARKS:
        if head.startswith(mark):
            return _proven(path, name, "its byte-order mark says so")
    if b"\0" in head:
        return _proven(path, _wide(path, head), "it holds zero bytes")
    if _first_fault(path, "utf-8") is None:
        return "utf-8"
    refuse_mixture(path)
    return _proven(path, resembled(path), "it resembles it most")


def open_text(path: Path, encoding: str) -> TextIO:
    """The decoded file, strictly, line ends as they are. A UTF-8 mark before other bytes is dropped: only an override reads such a file."""
    return io.TextIOWrapper(_unmarked(path, encoding), encoding=encoding, errors="strict", newline="")


def _unmarked(path: Path, encoding: str) -> BinaryIO:
    file = path.open("rb")
    if encoding != "utf-8-sig" and file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)
    return file


def _first_fault(path: Path, encoding: str) -> int | None:
    """The line of the first byte that is not in this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with _unmarked(path, encoding) as file:
        while block := file.read(BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _proven(path: Path, encoding: str, reason: str) -> str:
    try:
        fault = _first_fault(path, encoding)
    except LookupError:
        raise SourceError("FNL-213", file=path.name, why=f"Nobody knows an encoding named {encoding}.") from None
    if fault is not None:
        raise SourceError("FNL-211", file=path.name, encoding=encoding, reason=reason, line=fault)
    return encoding


def _wide(path: Path, head: bytes) -> str:
    """UTF-16 without a mark: the zero bytes stand on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < 3 * min(even, odd) or max(even, odd) * 10 < len(head):
        raise SourceError("FNL-213", file=path.name, why="It holds zero bytes, as a binary file does.")
    return "utf-16-le" if odd > even else "utf-16-be"
