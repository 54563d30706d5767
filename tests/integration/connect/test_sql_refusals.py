"""What a user sees when a database does not let him read: four lines in both languages that say how to mend it, on real servers.

Belongs here: each refusal, by the server that makes it. Does not: what happens once reading has begun (test_sql_snapshot.py).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.opened import opened
from pipelines.messages.catalogue import FunnelError
from pipelines.settings.source import Connection
from tests.fixtures.mariadb import mariadb
from tests.integration.connect.databases import SECRET, SERVERS, Behind

QUERY = "select id from deal"
CASES = [  # code, words of the URL or the user changed, secret, query
    ("FNL-252", {}, "wrong 密碼", QUERY),
    ("FNL-252", {}, None, QUERY),
    ("FNL-252", {"user": "nobody"}, SECRET, QUERY),
    ("FNL-251", {"port": "1"}, SECRET, QUERY),
    ("FNL-251", {"host": "127.0.0.9"}, SECRET, QUERY),  # loopback too, where no server listens
    ("FNL-254", {"user": "poor"}, SECRET, QUERY),
    ("FNL-253", {"words": {"postgresql": "?sslmode=require", "mariadb": "?ssl_mode=REQUIRED"}}, SECRET, QUERY),
    ("FNL-253", {"words": {"postgresql": "?sslmode=verify-full", "mariadb": "?ssl_ca=nowhere.pem"}}, SECRET, QUERY),
    ("FNL-256", {}, SECRET, "select id from deals"),
    ("FNL-256", {}, SECRET, "select ids from deal"),
    ("FNL-256", {}, SECRET, "selekt id from deal"),
]


def refused(access: Access, query: str) -> FunnelError:
    with pytest.raises(FunnelError) as error, opened(access) as database:
        list(database.stream(query))
    for language in ("en", "zh-Hant"):
        lines = error.value.message.lines(language)
        assert len(lines) == 4 and not [line for line in lines if access.password and access.password in line]
    return error.value


def changed(access: Access, kind: str, host: str = "127.0.0.1", port: str | None = None, user: str = "reader", words: dict[str, str] | None = None,
            secret: str | None = SECRET) -> Access:  # fmt: skip
    url = f"{access.url.scheme}://{host}:{port or access.url.port}{access.url.path}{(words or {}).get(kind, '')}"
    return replace(access, connection=Connection(url=url, user=user), password=secret)


@pytest.mark.parametrize("server", SERVERS, indirect=True, scope="module")
@pytest.mark.parametrize(("code", "change", "secret", "query"), CASES)
def test_a_refusal_says_how_to_mend_it(crm: Behind, tmp_path: Path, code: str, change: dict, secret: str | None, query: str) -> None:
    crm.run("create table deal (id integer)")
    assert refused(changed(crm.access(tmp_path), crm.kind, secret=secret, **change), query).message.code == code


@pytest.mark.parametrize("server", SERVERS, indirect=True, scope="module")
def test_a_database_that_is_not_there(crm: Behind, tmp_path: Path) -> None:
    """MariaDB tells it only to who may see all databases; to others it is refused like one that they may not see."""
    access = crm.access(tmp_path)
    elsewhere = replace(access, connection=Connection(url=access.connection.url + "_not", user="reader"))
    error = refused(elsewhere, QUERY)
    assert error.message.code == {"postgresql": "FNL-255", "mariadb": "FNL-254"}[crm.kind]
    if crm.kind == "mariadb":
        nowhere = replace(access, connection=Connection(url=access.connection.url.removesuffix(f"/{crm.name}"), user="reader"))
        assert refused(nowhere, QUERY).message.code == "FNL-255"
        assert "does not exist" in " ".join(error.message.lines())
        crm.run("grant select on *.* to poor@'%'")
        assert (
            refused(replace(elsewhere, connection=Connection(url=elsewhere.connection.url, user="poor")), QUERY).message.code == "FNL-255"
        )
        crm.run("revoke select on *.* from poor@'%'")


@pytest.mark.parametrize("server", ["mariadb"], indirect=True, scope="module")
def test_mariadb_one_table_is_missing(crm: Behind, tmp_path: Path) -> None:
    crm.run("create table deal (id integer)", "create table line (id integer, price integer)", f"grant select on {crm.name}.deal to poor@'%'",
            f"grant select (id) on {crm.name}.line to poor@'%'")  # fmt: skip
    access = changed(crm.access(tmp_path), "mariadb", user="poor")
    with opened(access) as database:
        list(database.stream(QUERY))
    assert refused(access, "select price from line").message.code == "FNL-254"


@pytest.mark.parametrize("server", ["mariadb"], indirect=True, scope="module")
@pytest.mark.parametrize("words", ["?ssl_mode=SOMETIMES", "?sslmode=require", "?charset=big5"])
def test_mariadb_words_that_the_url_may_not_say(crm: Behind, tmp_path: Path, words: str) -> None:
    error = refused(changed(crm.access(tmp_path), "mariadb", words={"mariadb": words}), QUERY)
    assert error.message.code == "FNL-258" and "VERIFY_IDENTITY" in " ".join(error.message.lines())


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """A MariaDB that lets nobody in without TLS, under a certificate of its own for db.example.com (cert.pem in the company's folder)."""
    folder = tmp_path_factory.mktemp("safe")
    _certify(folder)
    options = (f"--ssl-cert={folder / 'cert.pem'}", f"--ssl-key={folder / 'key.pem'}", "--require-secure-transport=1")
    with mariadb(folder / "server", *options) as server:
        server.sql("create database crm")
        yield Access("crm", Connection(url=f"mysql://127.0.0.1:{server.port}/crm", user="owner"), folder, SECRET)


@pytest.mark.parametrize(
    "words", ["", "?ssl_mode=PREFERRED", "?ssl_mode=REQUIRED", "?ssl_ca=cert.pem", "?ssl_mode=VERIFY_CA&ssl_ca=cert.pem"]
)
def test_mariadb_with_tls(safe: Access, words: str) -> None:
    with opened(changed(safe, "mariadb", user="owner", words={"mariadb": words})) as database:
        (rows,) = database.stream("show status like 'Ssl_version'")
    assert rows.rows()[0][1].startswith("TLSv1")


@pytest.mark.parametrize("words", ["?ssl_mode=VERIFY_CA", "?ssl_mode=VERIFY_IDENTITY&ssl_ca=cert.pem"])
def test_mariadb_without_a_safe_connection(safe: Access, words: str) -> None:
    """By nobody we know; by another host."""
    assert refused(changed(safe, "mariadb", user="owner", words={"mariadb": words}), "select 1 as a").message.code == "FNL-253"


def test_mariadb_that_demands_tls_calls_it_a_wrong_password(safe: Access) -> None:
    error = refused(changed(safe, "mariadb", user="owner", words={"mariadb": "?ssl_mode=DISABLED"}), "select 1 as a")
    assert error.message.code == "FNL-252" and "TLS" in " ".join(error.message.lines())


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.example.com")])
    begin = datetime(2020, 1, 1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begin).not_valid_after(begin + timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("db.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
