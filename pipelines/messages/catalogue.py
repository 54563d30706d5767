"""The one catalogue of messages: code -> four short lines in English and 繁體中文.

Belongs here: looking up and filling in a message. Does not: deciding that there is one, or printing it.
The texts lie in one YAML file per room (extract.yaml, landing.yaml …) beside this module.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

LANGUAGES = ("en", "zh-Hant")
LINES = ("what", "where", "why", "mend")


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """code -> language -> {what, where, why, mend}. Raises ValueError when two files claim one code."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            for code, texts in (YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}).items():
                if code in found:
                    raise ValueError(f"message {code} is defined twice")
                found[code] = texts
    return found


@dataclass
class Message:
    """A message with its values, not yet in any language. `code` is stable; `values` fill the {holes}."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def lines(self, language: str = "en") -> list[str]:
        """At most four lines: what, where, why, how to mend; the first starts with the code."""
        texts = catalogue()[self.code][language]
        filled = [texts[line].format_map(self.values) for line in LINES if texts.get(line)]
        return [f"{self.code} {filled[0]}", *filled[1:]]

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, **self.values}


class FunnelError(Exception):
    """A failure that is the user's to mend: carries a Message and the exit code to end with."""

    def __init__(self, code: str, exit_code: int = 1, **values: Any) -> None:
        super().__init__(code, values)
        self.message = Message(code, values)
        self.exit_code = exit_code

    def __str__(self) -> str:
        return " | ".join(self.message.lines())
