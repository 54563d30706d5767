"""What the makers of the recorded Odoo wrote down, against what was read of it.

truth.json: the final state of 120 leads. ledger.jsonl: every action, in order; of its 251 moves 9 belong to leads that were unlinked and left no
trace, 2 to leads that were merged away (Odoo moved them to the survivor).
Belongs here: counting what is equal. Does not: reading an Odoo, or expected counts.
"""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import duckdb

from tests.integration.conftest import REAL_DATA

CLOSE = timedelta(seconds=2)


def truth() -> dict[str, dict[str, Any]]:
    return json.loads((REAL_DATA / "odoo17" / "truth.json").read_text(encoding="utf-8"))


def moves() -> list[dict[str, Any]]:
    lines = (REAL_DATA / "odoo17" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [action for action in map(json.loads, lines) if action["op"] == "stage"]


def states_seen(tables: duckdb.DuckDBPyConnection, source: str) -> Counter[str]:
    """How many of the 120 are as they should be; what differs is counted under its own name."""
    deals = tables.execute(
        """select source_record_id, opportunity_name, owner_name, amount, currency_code, is_won, is_lost, opportunity.is_deleted, stage_code, created_at
        from canonical.opportunity left join canonical.owner using (owner_id)
        where opportunity.source_system = ? and not opportunity.is_vanished""",
        [source],
    ).fetchall()
    by_id = {deal[0]: deal[1:] for deal in deals}
    query = "select source_record_id from canonical.lead where source_system = ? and not is_vanished"
    leads = {row[0] for row in tables.execute(query, [source]).fetchall()}
    return Counter(_seen(key, said, by_id, leads) for key, said in truth().items())


def _seen(key: str, said: dict[str, Any], by_id: dict[str, tuple], leads: set[str]) -> str:
    if said["state"] in ("deleted", "merged"):
        return "left no trace" if key not in by_id and key not in leads else f"{key} is there"
    if said["type"] == "lead":
        return "lead" if key in leads else f"{key} is missing"
    name, owner, amount, currency, is_won, is_lost, is_archived, stage, created = by_id[key]
    is_equal = (
        (name.split(), owner, amount, currency) == (said["name"].split(), said["owner"], said["amount"], said["currency"])
        and (is_won, is_lost, is_archived) == tuple(said["state"] == state for state in ("won", "lost", "archived"))
        and (is_lost or stage == said["stage"].lower())
        and abs(created - datetime.fromisoformat(said["created"])) < CLOSE
    )
    return "deal" if is_equal else f"{key} differs"


def moves_seen(tables: duckdb.DuckDBPyConnection, source: str) -> Counter[str]:
    left = tables.execute(
        """select split_part(opportunity_id, ':', 2), from_source_stage_name, to_source_stage_name, changed_at
        from canonical.stage_change where source_system = ? and evidence_code = 'native' and source_record_id like 'stage:%'""",
        [source],
    ).fetchall()
    said = Counter[str]()
    gone = {key for key, lead in truth().items() if lead["state"] == "deleted"}
    merged = {key for key, lead in truth().items() if lead["state"] == "merged"}
    for move in moves():
        key, at = str(move["lead"]), datetime.fromisoformat(move["ts"])
        alike = [row for row in left if row[1:3] == (move["old"][1], move["new"][1]) and abs(row[3] - at) < CLOSE]
        found = [row for row in alike if row[0] == key]
        if found:
            left.remove(found[0])
            said["equal"] += 1
        else:
            said["under the survivor" if key in merged and alike else "left no trace" if key in gone else "lost by us"] += 1
    return said
