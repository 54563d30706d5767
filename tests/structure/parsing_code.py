"""What decides how a file's rows land: a fingerprint of each module that has a say, and the versions of the readers.

Belongs here: which code that is, and recording it (`python -m tests.structure.parsing_code`). Does not: judging a change. No assertions here.
Comments, docstrings and blank lines are left out: they change no row.
"""

import ast
import hashlib
import io
import json
import re
import tokenize
from pathlib import Path
from typing import Any

from pipelines.extract.version import EXTRACT_VERSION
from tests.structure.source import ROOT, modules

RECORD = Path(__file__).with_suffix(".json")
# Which files there are, whether they are whole, drafts for people: no row lands otherwise for these. The playbook's deliveries have no original.
WITHOUT_A_SAY = {"__init__", "ahead", "asked", "draft", "files", "junk", "original", "playbook", "version"}
OUTSIDE = (
    "settings/entities.py",
    "settings/entities.yaml",
    *(f"landing/{name}.py" for name in ("conflict", "entity_writer", "hashing", "occurrence")),
)
READERS = ("charset-normalizer", "fastexcel", "msoffcrypto-tool", "phonenumbers", "polars", "pyarrow")


def parsing_code() -> dict[str, Any]:
    own = [path for path in modules("pipelines/extract") if path.stem not in WITHOUT_A_SAY]
    paths = [*own, *(Path("pipelines") / name for name in OUTSIDE)]
    pins = dict(re.findall(r"(?m)^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8")))
    return {
        "extract_version": EXTRACT_VERSION,
        "readers": {name: pins[name] for name in READERS},
        "code": {path.as_posix(): _fingerprint((ROOT / path).read_text(encoding="utf-8"), path.suffix) for path in paths},
    }


def _fingerprint(text: str, suffix: str) -> str:
    lines = text.splitlines()
    if suffix == ".py":
        for first, start, last, end in [*_docstrings(text), *_comments(text)]:
            for number in range(first, last + 1):
                line = lines[number - 1]
                lines[number - 1] = line[: start if number == first else 0] + (line[end:] if number == last else "")
    kept = "\n".join(line.rstrip() for line in lines if line.strip())
    return hashlib.sha256(kept.encode()).hexdigest()[:12]


def _docstrings(text: str) -> list[tuple[int, int, int, int]]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            said = node.body[0]
            found.append((said.lineno, 0, said.end_lineno or said.lineno, 10_000))
    return found


def _comments(text: str) -> list[tuple[int, int, int, int]]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start[0], token.start[1], token.end[0], 10_000) for token in tokens if token.type == tokenize.COMMENT]


if __name__ == "__main__":
    RECORD.write_text(json.dumps(parsing_code(), indent=1) + "\n", encoding="utf-8")
    print(f"recorded in {RECORD.relative_to(ROOT)} for EXTRACT_VERSION {EXTRACT_VERSION}")
