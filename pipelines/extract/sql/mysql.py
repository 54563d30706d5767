"""MySQL and MariaDB, through PyMySQL with a cursor that stays on the server.

Belongs here: opening, streaming, and what its errors mean. Does not: other databases, or its values as text (mysql_text.py).
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote

import polars as pl

from pipelines.extract.connect.access import Access
from pipelines.extract.sql.database import Database, short, unambiguous
from pipelines.extract.sql.mysql_text import text_column
from pipelines.extract.sql.rows import frames_of

REFUSED = {
    "FNL-251": (2002, 2003, 2005),
    "FNL-252": (1045, 1698, 1820, 1862, 3118, 4151),
    "FNL-253": (2026, 3159),
    "FNL-254": (1044, 1130, 1142, 1143, 1227, 1370),
    "FNL-255": (1046, 1049),
    "FNL-256": (1052, 1054, 1055, 1060, 1064, 1111, 1140, 1146, 1222, 1241, 1242, 1247, 1248, 1267, 1271, 1292, 1305, 1356, 1365, 1582,
                1630, 1690, 1792),
}  # fmt: skip
CODES = {number: code for code, numbers in REFUSED.items() for number in numbers}
# Nothing can be written; TIMESTAMP comes in UTC; who lands slowly is not taken for dead after the usual minute.
SNAPSHOT = (
    "set time_zone = '+00:00'",
    "set session transaction isolation level repeatable read",
    "set session net_write_timeout = 3600",
    "start transaction with consistent snapshot, read only",
)
TLS = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
WORDS = ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key")
CONNECT_SECONDS = 20


@contextmanager
def mysql(access: Access) -> Iterator[Database]:
    import pymysql
    from pymysql.converters import encoders
    from pymysql.cursors import SSCursor

    where, connection = access.url, None
    try:
        connection = pymysql.connect(
            host=where.hostname, port=where.port or 3306, database=unquote(where.path.lstrip("/")), user=access.connection.user,
            password=(access.password or "").encode(),  # type: ignore[arg-type]  # a text would be sent as Latin-1
            charset="utf8mb4", connect_timeout=CONNECT_SECONDS, cursorclass=SSCursor, conv=encoders.copy(), **_tls(access),
        )  # fmt: skip
        with connection.cursor() as cursor:
            for statement in SNAPSHOT:
                cursor.execute(statement)
        yield _MySQL(access, connection)
    except (pymysql.err.Error, OSError) as error:
        raise access.refused(_code(error), f"{error}{_hint(access, error)}") from None
    finally:
        if connection and connection.open:
            connection.close()


def _tls(access: Access) -> dict[str, Any]:
    """Words of the URL, named as the database's own clients name them. Without any: TLS where the server has it, whoever it is."""
    said = dict(parse_qsl(access.url.query, keep_blank_values=True))
    mode = said.pop("ssl_mode", "VERIFY_CA" if "ssl_ca" in said else "PREFERRED").upper()
    if mode not in TLS or not said.keys() <= set(WORDS):
        wrong = f"ssl_mode={mode}" if mode not in TLS else ", ".join(sorted(said.keys() - set(WORDS)))
        raise access.refused("FNL-258", f"{wrong}: the URL may say {', '.join(WORDS)}, and ssl_mode one of {', '.join(TLS)}")
    if mode in ("DISABLED", "PREFERRED"):
        return {"ssl_disabled": mode == "DISABLED"}
    files = {word: str(access.root / path) for word, path in said.items()}
    context = ssl.create_default_context(cafile=files.get("ssl_ca"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificates that MySQL makes for itself do not pass it
    context.check_hostname = mode == "VERIFY_IDENTITY"
    context.verify_mode = ssl.CERT_NONE if mode == "REQUIRED" else ssl.CERT_REQUIRED
    if "ssl_cert" in files:
        context.load_cert_chain(files["ssl_cert"], files.get("ssl_key"))
    return {"ssl": context}


def _hint(access: Access, error: Any) -> str:
    """What a server also means by the same words."""
    number = error.args[0] if error.args else 0
    if number == 1045 and "DISABLED" in access.url.query.upper():
        return "; so is who comes without TLS where it is demanded"
    return "; one that does not exist is refused in the same words" if number == 1044 else ""


def _code(error: Any) -> str:
    cause = getattr(error, "original_exception", error)  # the driver calls a TLS failure a host that does not answer
    if isinstance(cause, ssl.SSLError | FileNotFoundError):
        return "FNL-253"
    return CODES.get(error.args[0] if error.args else 0, "FNL-257")


class _MySQL(Database):
    marks = "``"

    def __init__(self, access: Access, connection: Any) -> None:
        self.access, self.connection = access, connection

    def literal(self, value: str) -> str:
        """A backslash would escape; an instant is told without Z, as the session is at UTC."""
        return super().literal(value.replace("\\", "\\\\").removesuffix("Z"))

    def since(self, column: str, value: str) -> str:
        """A zero date is no time, though it is not NULL."""
        return f"{super().since(column, value)} or {self.quoted(column)} = '0000-00-00 00:00:00'"

    def stream(self, sql: str) -> Iterator[pl.DataFrame]:
        import pymysql

        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            names = unambiguous(self.access, sql, [column[0] for column in cursor.description or []])
            fields = cursor._result.fields  # what no DB-API description tells: binary or text, and digits of a second
            yield from frames_of(names, cursor.fetchmany, [text_column(field) for field in fields])
        except (pymysql.err.Error, OSError) as error:
            raise self.access.refused(_code(error), error, query=short(sql)) from None
        finally:
            if cursor._result and cursor._result.unbuffered_active:  # nobody wants the rest, which closing the cursor would read to its end
                cursor._result.unbuffered_active = False
                self.connection.close()
