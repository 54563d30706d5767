"""Which message a command line deserves that typer could not read: typer itself complains in English alone.

Belongs here: telling typer's complaints apart. Does not: the texts (messages), or printing them (failure.py).
"""

import re
from typing import Any

QUOTED = re.compile(r"'([^']*)'")


def wrong_use(error: Any) -> tuple[str, dict[str, Any]]:
    """Message code and values (command, word, choices) for a usage error of typer; FNL-604 with its own words for an unknown kind."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "funnel"
    said = " ".join(error.format_message().split()).rstrip(".")
    quoted = QUOTED.findall(error.message)
    parameter = getattr(error, "param", None)
    word = max(parameter.opts, key=len) if parameter is not None else getattr(error, "option_name", None)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return "FNL-671", {"command": command, "word": word, "choices": ", ".join(error.possibilities or ()) or "–"}
    if kind == "MissingParameter" and word:
        return "FNL-673", {"command": command, "word": word}
    if kind == "BadParameter" and word and quoted:
        return "FNL-674", {"command": command, "word": word, "value": quoted[0], "choices": ", ".join(quoted[1:]) or "–"}
    if kind == "BadOptionUsage" and word:
        return "FNL-676" if "does not take" in said else "FNL-673", {"command": command, "word": word}
    if said.startswith("No such command") and quoted:
        return "FNL-672", {"command": command, "word": quoted[0], "choices": ", ".join(quoted[1:]) or "–"}
    if said.startswith("Got unexpected extra argument"):
        return "FNL-675", {"command": command, "word": said.partition("(s) (")[2].rstrip(")")}
    return "FNL-604", {"command": command, "problem": said}
