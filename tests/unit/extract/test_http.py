"""What a reply's JSON says, to the digit.

Belongs here: that. Does not: retries and refusals (tests/integration/connect, against servers).
"""

from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.extract.connect.access import Access
from pipelines.extract.connect.http import Http
from pipelines.settings.source import Connection


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": 18446744073709551617}', {"id": 18446744073709551617}),
        ("[-99999999999999999999]", [-99999999999999999999]),
        ('{"id": 9223372036854775807, "part": 0.1, "text": "18446744073709551616"}', {"id": 9223372036854775807, "part": 0.1, "text": "18446744073709551616"}),
    ],
)  # fmt: skip
def test_no_digit_of_an_integer_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, value: Any) -> None:
    reply = requests.Response()
    reply.status_code, reply._content = 200, text.encode()
    http = Http(Access("crm", Connection(url="http://127.0.0.1"), tmp_path, None))
    monkeypatch.setattr(http, "_begun", lambda *_, **__: reply)
    assert http.json("GET", "http://127.0.0.1") == value
