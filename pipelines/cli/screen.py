"""What reaches the screen: messages, tables and the language they are in.

Belongs here: printing, in the language of the company (else of LANG). Does not: texts (messages, labels.py) or deciding what to say.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.messages.catalogue import Message
    from pipelines.settings.company import CompanyFolder

PIPED_WIDTH = 240  # what is piped or captured is not folded
SHORT = 20  # ids and dates of up to so many characters stay whole, to be copied
_LANGUAGE_LINE = re.compile(r"^language:\s*[\"']?(en|zh-Hant)\b", re.MULTILINE)


def environment_language() -> str:
    """zh-Hant when the environment speaks Traditional Chinese (LC_ALL, LC_MESSAGES, LANG), else en."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-Hant" if re.match(r"zh[_-](TW|HK|MO|Hant)", spoken) else "en"


class Screen:
    """The one screen of this process. `language` follows the company once it is opened."""

    def __init__(self) -> None:
        self.language = environment_language()
        self.logs: Path | None = None  # where the log of a bug goes once a company is open

    def console(self, *, is_error: bool = False) -> "Console":
        from rich.console import Console

        console = Console(stderr=is_error, highlight=False, soft_wrap=True)
        if not console.is_terminal:
            console.width = PIPED_WIDTH
        return console

    def say(self, code: str, **values: Any) -> None:
        """A message of the catalogue: its first line plain, the others indented."""
        from pipelines.messages.catalogue import Message

        self.message(Message(code, values))

    def message(self, message: "Message", *, is_error: bool = False) -> None:
        from rich.text import Text

        first, *others = message.lines(self.language)
        console = self.console(is_error=is_error)
        console.print(Text(first, style="bold red" if is_error else "bold"))
        for line in others:
            console.print(Text(f"  {line}"))

    def messages(self, entries: Iterable[dict[str, Any]], log: object, most: int = 8) -> None:
        """Messages as dicts {code, **values}: each text once, the first `most`; the rest is in `log`."""
        from pipelines.messages.catalogue import Message

        made = [Message(entry["code"], {name: value for name, value in entry.items() if name != "code"}) for entry in entries]
        once = list({tuple(message.lines(self.language)): message for message in made}.values())
        for message in once[:most]:
            self.message(message)
        if len(once) > most:
            self.say("FNL-619", shown=most, count=len(once), file=log)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows under headings that labels.py translates. None prints as nothing; numbers stand right."""
        from decimal import Decimal

        from rich.table import Table
        from rich.text import Text

        from pipelines.cli.labels import label

        kept = [["" if cell is None else cell for cell in row] for row in rows]
        table = Table(box=None, header_style="bold", pad_edge=False)
        for number, heading in enumerate(headings):
            is_number = bool(kept) and all(isinstance(row[number], int | float | Decimal) for row in kept)
            table.add_column(
                label(heading, self.language),
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=all(len(str(row[number])) <= SHORT for row in kept),
            )
        for row in kept:
            table.add_row(*(Text(str(cell)) for cell in row))
        self.console().print(table)


screen = Screen()


def open_company(named: Path | None) -> "CompanyFolder":
    """The company folder, its language taken first so that a fault in funnel.yaml is told in it. Raises FunnelError (exit 2)."""
    from pipelines.settings.load import load_company

    chosen = named or os.environ.get("FUNNEL_COMPANY")
    file = Path(chosen) / "funnel.yaml" if chosen else None
    if file and file.is_file():
        found = _LANGUAGE_LINE.search(file.read_text(encoding="utf-8-sig", errors="replace"))
        screen.language = found.group(1) if found else "en"
    folder = load_company(named)
    screen.logs = folder.logs
    return folder


def progress(text: str) -> None:
    """One line about work under way; on standard error, so that output can be piped."""
    print(text, file=sys.stderr, flush=True)
