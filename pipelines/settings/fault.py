"""Telling a person what is wrong in a YAML file: file, line, key, and the nearest valid word.

Belongs here: from pydantic's first error to one message. Does not: reading files (load.py).
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError

from pipelines.messages.catalogue import FunnelError

EXPECTED = {  # beginning of pydantic's error type -> the message that says what should stand there
    "missing": "FNL-109",
    "int_": "FNL-110",
    "decimal_": "FNL-110",
    "bool_": "FNL-111",
    "string_type": "FNL-112",
    "list_": "FNL-113",
    "too_short": "FNL-113",
    "dict_type": "FNL-114",
    "model_": "FNL-114",
    "date_": "FNL-115",
    "time_": "FNL-115",
    "greater_than": "FNL-116",
    "less_than": "FNL-116",
}


def invalid_value(file: Path, document: Any, model: type[BaseModel], error: ValidationError) -> FunnelError:
    """FNL-107 for a key that does not exist there, FNL-109 to FNL-117 by what was expected, FNL-118 words that do not agree, else FNL-103.

    `document` is ruamel's, which knows its lines. A misspelt key comes before the one that is missing for it.
    """
    errors = error.errors()
    first = next((found for found in errors if found["type"] == "extra_forbidden"), errors[0])
    location = first["loc"]
    named = ".".join(str(part) for part in location if part != "[key]") or file.name
    where = {"file": file, "line": line_of(document, location), "key": named}
    if first["type"] == "extra_forbidden":
        words = sorted(_words(model, location[:-1]))
        near = get_close_matches(str(location[-1]), words, 1)
        return FunnelError("FNL-107", 2, **where, word=location[-1], nearest=near[0] if near else "-", allowed=", ".join(words)[:300])
    given = first["input"]
    shown = "-" if isinstance(given, dict) else repr(given)[:80]
    code = "FNL-117" if location[-1:] == ("[key]",) else next((EXPECTED[kind] for kind in EXPECTED if first["type"].startswith(kind)), None)
    if code:
        return FunnelError(code, 2, **where, value=shown)
    problem = first["msg"].removeprefix("Value error, ")
    if isinstance(given, dict):
        return FunnelError("FNL-118", 2, **where, problem=problem)
    return FunnelError(
        "FNL-103",
        2,
        **where,
        value=shown,
        problem=problem,
        nearest=_nearest_value(model, location, given),
    )


def plain(node: Any) -> Any:
    """ruamel's round-trip nodes as dicts with text keys and lists."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    return [plain(value) for value in node] if isinstance(node, list) else node


def line_of(document: Any, location: tuple[int | str, ...]) -> int | str:
    """1-based line of the deepest part of `location` that the file holds."""
    node: Any = document
    line: int | str = "-"
    for part in location:
        try:
            line = (node.lc.key(part) if hasattr(node, "keys") else node.lc.item(part))[0] + 1
            node = node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def _words(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """The keys allowed at a location: of the models found by walking down the fields that it names."""
    here = {model}
    for part in location:
        below = {kind for found in here if part in found.model_fields for kind in _models(found.model_fields[str(part)].annotation)}
        here = below or here
    return {name if field.alias is None else field.alias for kind in here for name, field in kind.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _nearest_value(model: type[BaseModel], location: tuple[int | str, ...], given: Any) -> str:
    """The nearest allowed value: of a fixed list of words, or of time zones; '-' when there is none."""
    if not isinstance(given, str):
        return "-"
    words: set[str] = set(available_timezones()) if location and location[-1] in ("time_zone", "zone") else set()
    for kind in {model, *(found for field in model.model_fields.values() for found in _models(field.annotation))}:
        field = kind.model_fields.get(str(location[-1])) if location else None
        words |= (
            {word for word in get_args(field.annotation) if isinstance(word, str)}
            if field and get_origin(field.annotation) is Literal
            else set()
        )
    near = get_close_matches(given, words, 1)
    return near[0] if near else ", ".join(sorted(words))[:200] if 0 < len(words) < 20 else "-"
