"""Reading funnel.yaml: every fault is named with file, line and the nearest valid word.

Belongs here: finding and validating the company folder. Does not: what the words mean (company.py).
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.company import Company, CompanyFolder

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(file: Path, model: type[Model]) -> Model:
    """A YAML file as `model`. Raises FunnelError FNL-103 (exit 2) naming file, line, key and the nearest valid key."""
    try:
        document = YAML().load(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise FunnelError(
            "FNL-103",
            2,
            file=file,
            line="-",
            key="-",
            problem="it is missing",
            why="No such file.",
            mend="Create it, or correct the path that names it.",
        ) from None
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        line = error.problem_mark.line + 1 if isinstance(error, MarkedYAMLError) and error.problem_mark else "-"
        raise FunnelError(
            "FNL-103",
            2,
            file=file,
            line=line,
            key="-",
            problem="it is no valid YAML",
            why=str(error).splitlines()[0],
            mend="Check indentation and quotes on that line.",
        ) from None
    try:
        return model.model_validate(_plain(document or {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise FunnelError(
            "FNL-103",
            2,
            file=file,
            line=_line(document, first["loc"]),
            key=".".join(map(str, first["loc"])),
            problem=first["msg"],
            why=f"Value: {str(first['input'])[:80]!r}",
            mend=_nearest(model, first),
        ) from None


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list) else node


def _line(document: Any, location: tuple) -> int | str:
    node, line = document, "-"
    for part in location:
        try:
            line = (node.lc.key(part) if isinstance(node, dict) else node.lc.item(part))[0] + 1
            node = node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def _nearest(model: type[BaseModel], fault: dict) -> str:
    if fault["type"] != "extra_forbidden":
        return "Correct that value; docs/mapping.md and `funnel check` tell what is allowed."
    words = {name for kind in (model, *_nested(model)) for name in kind.model_fields}
    close = get_close_matches(str(fault["loc"][-1]), words, 1)
    return f"Did you mean {close[0]!r}?" if close else f"Allowed here: {', '.join(sorted(words))[:300]}"


def _nested(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Models below `model`, however deep in lists, mappings and unions."""
    found: set[type[BaseModel]] = set()
    kinds: list[Any] = [field.annotation for field in model.model_fields.values()]
    while kinds:
        kind = kinds.pop()
        kinds += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            kinds += [field.annotation for field in kind.model_fields.values()]
    return found


def load_company(folder: str | Path | None = None) -> CompanyFolder:
    """The company folder named by argument or FUNNEL_COMPANY. Raises FunnelError FNL-101, FNL-102, FNL-103 (exit 2)."""
    named = folder or os.environ.get("FUNNEL_COMPANY")
    if not named:
        raise FunnelError("FNL-101", 2)
    root = Path(named).resolve()
    if not (root / "funnel.yaml").is_file():
        raise FunnelError("FNL-102", 2, path=root)
    return CompanyFolder(root=root, settings=read_yaml(root / "funnel.yaml", Company))
