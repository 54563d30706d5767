"""One message about a night that needs a person, against a local web server and a local mail server."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.defs.notify import notify
from pipelines.defs.outcome import NightOutcome

DAY = date(2026, 6, 28)


def failed() -> NightOutcome:
    message = {"code": "FNL-652", "check": "unique_opportunity_id", "table": "opportunity", "reason": "Got 2 results"}
    return NightOutcome(DAY, exit_code=1, messages=[message])


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]  # type: ignore[index]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(http.server.HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, received


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    received: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 local\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text)
                    received.append(b"".join(lines).decode())
                    self.wfile.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 fine\r\n")

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, received


def test_off_by_default(make_folder) -> None:
    assert notify(make_folder(), failed()) == []


def test_a_failed_night_posts_one_message(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as (port, received):
        monkeypatch.setenv("MY_HOOK", f"http://127.0.0.1:{port}/secret-token")
        said = notify(make_folder(notify={"webhook_env": "MY_HOOK"}), failed())
    assert [message.code for message in said] == ["FNL-660"]
    assert len(received) == 1
    assert received[0]["as_of_date"] == "2026-06-28" and received[0]["exit_code"] == 1
    assert "Test: the night of 2026-06-28 was not published." in received[0]["text"]
    assert "unique_opportunity_id" in received[0]["text"]


@pytest.mark.parametrize(
    ("outcome", "count"),
    [
        (NightOutcome(DAY, exit_code=0), 0),
        (NightOutcome(DAY, exit_code=3), 1),
        (NightOutcome(DAY, exit_code=0, missed=[date(2026, 6, 27)]), 1),
        (NightOutcome(DAY, exit_code=1, kind="dry_run"), 0),
        (NightOutcome(DAY, exit_code=1, kind="past"), 0),
    ],
)
def test_which_nights_are_told(make_folder, monkeypatch: pytest.MonkeyPatch, outcome: NightOutcome, count: int) -> None:
    with webhook() as (port, received):
        monkeypatch.setenv("MY_HOOK", f"http://127.0.0.1:{port}/")
        notify(make_folder(notify={"webhook_env": "MY_HOOK"}), outcome)
    assert len(received) == count
    if outcome.missed:
        assert "2026-06-27" in received[0]["text"]


def test_the_language_is_the_companys(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as (port, received):
        monkeypatch.setenv("MY_HOOK", f"http://127.0.0.1:{port}/")
        notify(make_folder(notify={"webhook_env": "MY_HOOK"}, language="zh-Hant"), failed())
    assert "未發布" in received[0]["text"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/secret-token", "ftp://secret-token", "secret-token", ""])
def test_a_failed_sending_is_said_without_the_address(make_folder, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MY_HOOK", address)
    (message,) = notify(make_folder(notify={"webhook_env": "MY_HOOK"}), failed())
    assert message.code == "FNL-661"
    assert "secret-token" not in " ".join(message.lines()) and "MY_HOOK" in " ".join(message.lines())


def test_a_refusing_server_is_said_with_its_status(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(status=403) as (port, _):
        monkeypatch.setenv("MY_HOOK", f"http://127.0.0.1:{port}/secret-token")
        (message,) = notify(make_folder(notify={"webhook_env": "MY_HOOK"}), failed())
    assert "403" in message.values["reason"] and "secret-token" not in str(message.values)


def test_mail(make_folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with mail_server() as (port, received):
        monkeypatch.setenv("MY_MAIL", f"smtp://127.0.0.1:{port}/?from=night@example.org&to=boss@example.org")
        said = notify(make_folder(notify={"smtp_env": "MY_MAIL"}), failed())
    assert [message.code for message in said] == ["FNL-660"]
    assert len(received) == 1
    assert "To: boss@example.org" in received[0] and "From: night@example.org" in received[0]
    assert "Subject: FNL-653 Test: the night of 2026-06-28 was not published." in received[0]
