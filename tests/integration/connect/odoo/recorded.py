"""The records of a real Odoo 17, as it answered them: a database for server.py. `earlier` is the night before some leads were unlinked.

Belongs here: loading those replies. Does not: serving them, or any assertion.
"""

import json
from pathlib import Path

from tests.integration.connect.odoo.search import Database
from tests.integration.connect.odoo.server import ALL_LEADS, SETTINGS

GROUPS = {  # of the users that may sign in
    "admin": {ALL_LEADS, SETTINGS},
    "api_reader": {ALL_LEADS},
    "api_own": set(),
}


def recorded(folder: Path) -> Database:
    def reply(model: str, method: str) -> dict | list:
        return json.loads((folder / f"{model}.{method}.json").read_text(encoding="utf-8"))["result"]

    models = sorted(path.name.removesuffix(".search_read.json") for path in folder.glob("*.search_read.json"))
    return Database(
        {model: dict(reply(model, "fields_get")) for model in models},
        {model: {row["id"]: row for row in reply(model, "search_read")} for model in models},
    )


def with_unlinked(data: Database, like: int, keys: list[int]) -> None:
    """An earlier night: these leads are still there, each with a message and a move."""
    for key in keys:
        data.rows["crm.lead"][key] = data.rows["crm.lead"][like] | {"id": key, "name": f"Unlinked {key}"}
        message = data.rows["mail.message"][
            next(row["id"] for row in data.rows["mail.message"].values() if row["message_type"] == "comment")
        ]
        data.rows["mail.message"][100_000 + key] = message | {"id": 100_000 + key, "res_id": key}


def unlink(data: Database, keys: list[int]) -> None:
    for key in keys:
        del data.rows["crm.lead"][key]
        for model, field in (("mail.message", "res_id"), ("mail.activity", "res_id")):
            for row in [row for row in data.rows[model].values() if row[field] == key]:
                del data.rows[model][row["id"]]
