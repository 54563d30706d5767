"""Which encoding a text file is in, proven by a strict decoding of the whole file.

Belongs here: byte-order marks, scoring of the candidates, the refusal of mixed or unreadable bytes with their line.
Does not: splitting into rows (text_table.py). A reader's own guess is never used: it accepts nonsense.
"""

import codecs
import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TextIO

from charset_normalizer import from_bytes

from pipelines.extract.delivery import SourceError

BLOCK = 1 << 22
SAMPLE = 1 << 20
OTHER_ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "euc_jp", "cp949", "big5", "big5hkscs", "gb18030")
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
    _refuse_mixture(path)
    return _proven(path, _legacy(path), "it resembles it most")


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


def _refuse_mixture(path: Path) -> None:
    """A file whose lines are partly UTF-8 and partly not. A single lucky line of two characters proves nothing; three do."""
    first_kind, line = None, 0
    with path.open("rb") as file:
        for line, row in enumerate(file, start=1):
            if row.isascii():
                continue
            kind = _is_unicode(row)
            if kind is None:
                continue
            if first_kind is not None and kind != first_kind:
                raise SourceError(
                    "FNL-212",
                    file=path.name,
                    line=line,
                    first="UTF-8" if first_kind else "an older encoding",
                    then="UTF-8" if kind else "an older encoding",
                )
            first_kind = kind


def _is_unicode(row: bytes) -> bool | None:
    """True: surely UTF-8. False: surely not. None: could be either."""
    try:
        wide = [letter for letter in row.decode("utf-8") if ord(letter) > 0x7FF]
    except UnicodeDecodeError:
        return False
    return True if len(wide) >= 3 and all(0x2000 <= ord(letter) <= 0x9FFF or ord(letter) >= 0xF900 for letter in wide) else None


def _legacy(path: Path) -> str:
    """cp950 or gb18030 by the share of everyday characters; anything else by charset-normalizer."""
    with path.open("rb") as file:
        wild = b"".join(row for row in file if not row.isascii())[:SAMPLE]
    wild = wild[: wild.rfind(b"\n") + 1] or wild
    scores = {name: _everyday_share(wild, name, everyday) for name, everyday in (("cp950", _everyday_big5), ("gb18030", _everyday_gb))}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.7 and scores[best] - min(scores.values()) >= 0.1:
        return best
    guess = from_bytes(wild[: 1 << 16], cp_isolation=list(OTHER_ENCODINGS)).best()
    if guess is None or guess.percent_chaos > 20:
        raise SourceError("FNL-213", file=path.name, why=f"cp950 fits {scores['cp950']:.0%}, gb18030 fits {scores['gb18030']:.0%}.")
    return {"big5": "cp950", "big5hkscs": "cp950", "gb2312": "gb18030", "gbk": "gb18030"}.get(guess.encoding, guess.encoding)


def _everyday_share(sample: bytes, encoding: str, is_everyday: Callable[[bytes], bool]) -> float:
    try:
        letters = [letter for letter in sample.decode(encoding) if ord(letter) > 0x7F]
    except UnicodeDecodeError:
        return 0.0
    return sum(is_everyday(letter.encode(encoding)) for letter in letters) / len(letters) if letters else 0.0


def _everyday_big5(letter: bytes) -> bool:
    """Punctuation and the 5,401 common characters."""
    return len(letter) == 2 and 0xA1 <= letter[0] <= 0xC6


def _everyday_gb(letter: bytes) -> bool:
    """Punctuation and the 3,755 common characters of GB 2312."""
    return len(letter) == 2 and (0xA1 <= letter[0] <= 0xA3 or 0xB0 <= letter[0] <= 0xD7) and letter[1] >= 0xA1
