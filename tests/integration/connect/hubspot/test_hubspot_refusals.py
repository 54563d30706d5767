"""Each way in which HubSpot, or the way to it, refuses: four lines in both languages that say how to mend it, and never the token."""

import ssl
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from tests.integration.connect.hubspot.company import company_folder
from tests.integration.connect.hubspot.conftest import START
from tests.integration.connect.hubspot.server import TOKEN, Server
from tests.integration.connect.nights import land_at

WRONG = "a token of nobody"


def expire(server: Server) -> None:
    server.expired = True


def take_scope(server: Server) -> None:
    server.scopes_missing = {"crm.objects.line_items.read"}


def nothing(server: Server) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "url", "token", "code", "says"),
    [
        (nothing, "{url}", WRONG, "FNL-252", "INVALID_AUTHENTICATION"),
        (expire, "{url}", TOKEN, "FNL-268", "EXPIRED_AUTHENTICATION"),
        (take_scope, "{url}", TOKEN, "FNL-267", "crm.objects.line_items.read"),
        (nothing, "{url}/elsewhere", TOKEN, "FNL-255", "404"),
        (nothing, "http://127.0.0.1:1", TOKEN, "FNL-251", "127.0.0.1:1"),
        (nothing, "{tls}", TOKEN, "FNL-253", "TLS"),
        (nothing, "gopher://example.test", TOKEN, "FNL-255", "gopher"),
    ],
)
def test_a_refusal_says_how_to_mend_it(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Server], None],
    url: str,
    token: str,
    code: str,
    says: str,
) -> None:
    if url == "{tls}":  # a certificate that nobody vouches for
        certificate(tmp_path, server)
    monkeypatch.setenv("FUNNEL_HUBSPOT_TOKEN", token)
    change(server)
    folder = company_folder(tmp_path / "company", url.format(url=server.url, tls=server.url.replace("http:", "https:")), "crm")
    with pytest.raises(FunnelError) as error:
        land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    assert error.value.message.code == code
    for language in ("en", "zh-Hant"):
        lines = error.value.message.lines(language)
        assert len(lines) == 4 and token not in " ".join(lines)
        assert says in " ".join(lines) or says == "TLS"
    assert Ledger(folder).states() == []
    written = [path for path in folder.root.rglob("*") if path.is_file()]
    assert not [path for path in written if token.encode() in path.read_bytes()]


def certificate(folder: Path, server: Server) -> None:
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(cert),
        "-days",
        "2",
        "-subj",
        "/CN=nobody",
    ]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("sheet: calls", "sheet: _calls", "_calls"),
        ("key: [_key]\n        where: {_archived", "key: [_key]\n        where: {_deal: not_blank, _archived", "_deal"),
    ],
)
def test_a_mapping_that_asks_for_what_is_not_there(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, says: str
) -> None:
    folder = company_folder(tmp_path / "company", server.url, "crm")
    mapping = folder.root / "mappings" / "crm.yaml"
    text = mapping.read_text(encoding="utf-8")
    assert before in text
    mapping.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(FunnelError) as error:
        for day in range(2):
            land_at(folder, START + timedelta(days=day, hours=10), "crm", monkeypatch=monkeypatch)
    assert error.value.message.code == "FNL-258" and says in " ".join(error.value.message.lines())


def test_what_the_mapping_leaves_out_needs_no_scope(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.scopes_missing = {"crm.objects.line_items.read", "crm.objects.products.read"}
    folder = company_folder(tmp_path / "company", server.url, "crm")
    mapping = folder.root / "mappings" / "crm.yaml"
    text = mapping.read_text(encoding="utf-8")
    start, end = text.index("  - sheet: line_items"), text.index("  - sheet: calls")
    mapping.write_text(text[:start] + text[end:], encoding="utf-8")
    land_at(folder, START + timedelta(hours=10), "crm", monkeypatch=monkeypatch)
    assert not [path for path in server.calls if "line_items" in path or "products" in path]
    assert [state.entry["delivery_kind"] for state in Ledger(folder).states()] == ["full"]
