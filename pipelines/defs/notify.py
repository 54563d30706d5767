"""One message about a night that needs a person: to a webhook or by mail, addresses from the environment, off by default.

Belongs here: building and sending that one message. Does not: deciding that a night failed. The address is a secret: it is
never written to a log or into an error.
"""

import json
import os
import smtplib
import urllib.request
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pipelines.defs.outcome import PUBLISHED, NightOutcome
from pipelines.messages.catalogue import Message
from pipelines.settings.company import CompanyFolder

TIMEOUT_SECONDS = 15


def notify(folder: CompanyFolder, outcome: NightOutcome) -> list[Message]:
    """Send one message where the night failed, was blocked, holds a delivery, is late or follows missed nights. Never raises.

    Returns messages about the sending itself (FNL-660 sent, FNL-661 not sent), empty when nothing was to be sent.
    """
    settings = folder.settings.notify
    if outcome.kind != "night" or (outcome.exit_code == PUBLISHED and not outcome.missed):
        return []
    channels = [(name, send) for name, send in ((settings.webhook_env, _post), (settings.smtp_env, _mail)) if name]
    return [_attempt(name, send, folder, outcome) for name, send in channels]


def _attempt(name: str, send: Any, folder: CompanyFolder, outcome: NightOutcome) -> Message:
    address = os.environ.get(name, "")
    if not address:
        return Message("FNL-661", {"variable": name, "reason": "the variable is not set"})
    try:
        send(address, folder, outcome)
    except Exception as error:  # the reason is told by its kind alone: its text may hold the address
        code = getattr(error, "code", None) or getattr(error, "smtp_code", None) or ""
        return Message("FNL-661", {"variable": name, "reason": f"{type(error).__name__} {code}".strip()})
    return Message("FNL-660", {"variable": name})


def text_of(folder: CompanyFolder, outcome: NightOutcome) -> list[str]:
    """The lines of the message in the company's language: the headline, then what explains it (at most ten)."""
    values = {"company": folder.settings.company, "date": outcome.as_of_date, "code": outcome.exit_code}
    code = {1: "FNL-653", 2: "FNL-653", 3: "FNL-654"}.get(outcome.exit_code, "FNL-655")
    missed = [Message("FNL-655", {**values, "nights": ", ".join(map(str, outcome.missed))})] if outcome.missed else []
    headline = [] if code == "FNL-655" else [Message(code, values)]
    told = outcome.messages[:10] + outcome.notices  # a file that nobody reads is often why a source is late
    explained = [Message(entry["code"], {key: value for key, value in entry.items() if key != "code"}) for entry in told]
    return [line for message in (*headline, *missed, *explained) for line in message.lines(folder.settings.language)]


def _post(address: str, folder: CompanyFolder, outcome: NightOutcome) -> None:
    """POST JSON: `text` (what chat services show), company, as_of_date, exit_code, messages."""
    lines = text_of(folder, outcome)
    body = {
        "text": "\n".join(lines),
        "company": folder.settings.company,
        "as_of_date": str(outcome.as_of_date),
        "exit_code": outcome.exit_code,
    }
    request = urllib.request.Request(
        address, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json; charset=utf-8"}
    )
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError("scheme")
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        pass


def _mail(address: str, folder: CompanyFolder, outcome: NightOutcome) -> None:
    """`address` reads smtp[s]://[user:password@]host:port/?from=a@b&to=c@d[,e@f]; plain smtp uses STARTTLS where offered."""
    parts = urlsplit(address)
    options = parse_qs(parts.query)
    lines = text_of(folder, outcome)
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = lines[0], options["from"][0], options["to"][0]
    mail.set_content("\n".join(lines))
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname or "", parts.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)
