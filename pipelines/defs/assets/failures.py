"""What went wrong in a dbt run, in the user's words, from its run_results.json.

Belongs here: turning failed models and tests into messages with example rows. Does not: running dbt.
"""

import json
from collections.abc import Mapping
from typing import Any

from pipelines.defs.session import NightSession
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.preview import example_rows
from pipelines.warehouse.dbt import target_dir


def failed_nodes(session: NightSession, manifest: Mapping[str, Any], said: str) -> FunnelError:
    """Note every failed test under `blocked` and tell it; returns the error to raise.

    FNL-652 is a test, FNL-651 a model, or dbt itself where it ended without results, with what it `said`.
    """
    path = target_dir(session.folder) / "run_results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"] if path.is_file() else []
    found = [_failure(session, manifest, result) for result in results if result["status"] in ("fail", "error", "runtime error")]
    for error in found[1:]:
        session.tell(error.message)
    if found:
        return found[0]
    reason = " ".join(said.split())[:300] or "dbt ended without results"
    return FunnelError("FNL-651", node="dbt build", step="models", reason=reason, log=session.outcome.log_path)


def _failure(session: NightSession, manifest: Mapping[str, Any], result: dict[str, Any]) -> FunnelError:
    node = manifest["nodes"].get(result["unique_id"], {})
    if result["status"] == "fail" and node.get("resource_type") == "test":
        table = manifest["nodes"].get(node.get("attached_node"), {}).get("name", "-")
        rows = example_rows(session.folder.warehouse, result.get("compiled_code") or "")
        session.outcome.blocked.append({"name": node["name"], "table": table, "message": result["message"], "example_rows": rows})
        reason = f"{result['message']} {'; '.join(map(str, rows))}"
        return FunnelError("FNL-652", check=node["name"], table=table, reason=reason)
    reason = " ".join((result["message"] or result["status"]).split())[:300]
    return FunnelError("FNL-651", node=node.get("name", result["unique_id"]), step="models", reason=reason, log=session.outcome.log_path)
