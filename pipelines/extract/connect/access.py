"""Where a connected source is, as whom it is read, and how a refusal is told without the secret.

Belongs here: that. Does not: connecting (http.py, sql), or which refusal means what.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

from pipelines.messages.catalogue import FunnelError
from pipelines.settings.source import Connection


@dataclass(frozen=True)
class Access:
    """Where, and as whom. `password` is a secret: never in a message, a file or a log."""

    source: str
    connection: Connection
    root: Path  # of the company folder; a relative file path starts there
    password: str | None

    @property
    def url(self) -> SplitResult:
        return urlsplit(self.connection.url)

    def place(self) -> str:
        """For messages: the URL without anybody's name or secret."""
        host = self.url.hostname or ""
        return f"{self.url.scheme}:{'//' if host else ''}{host}{f':{self.url.port}' if self.url.port else ''}{self.url.path}"

    def refused(self, code: str, error: BaseException | str, query: str = "-") -> FunnelError:
        why = " ".join(str(error).split())[:300]
        for secret in {self.password or "", quote(self.password or "", safe="")} - {""}:  # as it is, and as a URL would hold it
            why = why.replace(secret, "•••")
        return FunnelError(code, source=self.source, place=self.place(), user=self.connection.user or "-", why=why, query=query)
