"""Which older encoding a text is in that is not UTF-8, and whether its lines are all in one.

Belongs here: scoring the candidates by everyday characters, mixtures by line. Does not: proving the choice (encoding.py).
"""

from collections.abc import Callable
from pathlib import Path

from charset_normalizer import from_bytes

from pipelines.extract.delivery import SourceError

SAMPLE = 1 << 20
OTHER_ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "euc_jp", "cp949", "big5", "big5hkscs", "gb18030")


def refuse_mixture(path: Path) -> None:
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


def resembled(path: Path) -> str:
    """cp950 or gb18030 by the share of everyday characters; anything else by charset-normalizer."""
    with path.open("rb") as file:
        wild = b"".join(row for row in file if not row.isascii())[:SAMPLE]
    wild = wild[: wild.rfind(b"\n") + 1] or wild
    scores = {name: _everyday_share(wild, name, everyday) for name, everyday in (("cp950", _everyday_big5), ("gb18030", _everyday_gb))}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.7 and scores[best] - min(scores.values()) >= 0.1:
        return best
    if scores[best] >= 0.7:
        raise _undecided(path, scores)
    guesses = from_bytes(wild[: 1 << 16], cp_isolation=list(OTHER_ENCODINGS))
    order = {name: rank for rank, name in enumerate(OTHER_ENCODINGS)}
    guess = min(guesses, key=lambda one: (one.percent_chaos, -one.percent_coherence, order.get(one.encoding, 99)), default=None)
    if guess is None or guess.percent_chaos > 20:
        raise _undecided(path, scores)
    return {"big5": "cp950", "big5hkscs": "cp950", "gb2312": "gb18030", "gbk": "gb18030"}.get(guess.encoding, guess.encoding)


def _undecided(path: Path, scores: dict[str, float]) -> SourceError:
    fits = ", ".join(f"{name} fits {score:.0%}" for name, score in scores.items())
    return SourceError("FNL-213", file=path.name, why=f"It is not UTF-8; {fits}.")


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
