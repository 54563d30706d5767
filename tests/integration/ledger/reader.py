"""Another program's reader of the ledger, written from docs/ledger.md alone: pyarrow and json, nothing of the project.

Belongs here: reading. Does not: expected values, or any import from pipelines.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]


def manifest(landing: Path) -> list[Row]:
    if json.loads((landing / "ledger.json").read_text())["format_version"] != 1:
        raise ValueError("another format")
    entries = [json.loads(path.read_text()) for path in sorted((landing / "manifest").glob("*.json"))]
    if [entry["sequence"] for entry in entries] != list(range(1, len(entries) + 1)):
        raise ValueError("the manifest has a gap")
    return entries


def content_files(entries: list[Row], source: str, entity: str) -> list[str]:
    files: list[str] = []
    for entry in entries:
        if entry["kind"] == "delivery" and entry["source"] == source:
            files += [name for part in entry["entities"] if part["entity"] == entity for name in part["content_files"]]
        elif entry["kind"] == "compact" and (entry["source"], entry["entity"]) == (source, entity):
            files = [name for name in files if name not in entry["replaces"]] + [entry["file"]]
    return files


def contents(landing: Path, entries: list[Row], source: str, entity: str) -> dict[tuple[str, str], Row]:
    """(key, hash) -> content row; raises when one lies there twice."""
    found: dict[tuple[str, str], Row] = {}
    for name in content_files(entries, source, entity):
        for row in pq.read_table(landing / source / entity / "content" / name).to_pylist():
            pair = row["_record_key"], row["_record_hash"]
            if pair in found:
                raise ValueError(f"content twice: {pair}")
            found[pair] = row
    return found


def accepted(landing: Path, entries: list[Row], delivery: Row, entity: str) -> list[tuple[str, Row]]:
    """What a delivery held of an entity: (key, delivered non-null values), in the order of its rows."""
    part = next(part for part in delivery["entities"] if part["entity"] == entity)
    source, columns = delivery["source"], [*part["delivered_columns"], "_attributes", "_extra"]
    known = contents(landing, entries, source, entity)
    members = pq.read_table(landing / source / entity / "membership" / part["membership_file"]).to_pylist()
    rows = []
    for member in members:
        if not member["_is_refused"]:
            content = known[member["_record_key"], member["_record_hash"]]
            rows.append((member["_record_key"], {name: content[name] for name in columns if content.get(name) is not None}))
    return rows


def problems(landing: Path, delivery: Row, entity: str) -> list[Row]:
    part = next(part for part in delivery["entities"] if part["entity"] == entity)
    if part["problem_file"] is None:
        return []
    return pq.read_table(landing / delivery["source"] / entity / "problem" / part["problem_file"]).to_pylist()


def original(landing: Path, delivery: Row) -> bytes:
    sha256 = delivery["original"]["sha256"]
    return (landing / "originals" / sha256[:2] / sha256).read_bytes()


def original_or_none(landing: Path, delivery: Row) -> bytes | None:
    """None where an erasure took it away."""
    try:
        return original(landing, delivery)
    except FileNotFoundError:
        return None


def leftovers(landing: Path) -> list[str]:
    """Files that no entry names, as the document says which."""
    entries = manifest(landing)
    named = {entry["original"]["sha256"] for entry in entries if entry.get("original")} | {
        entry["sha256"] for entry in entries if entry["kind"] == "mapping"
    }
    for entry in [entry for entry in entries if entry["kind"] == "delivery"]:
        for part in entry["entities"]:
            named |= {f"membership/{part['membership_file']}", f"problem/{part['problem_file']}"}
            named |= {f"content/{name}" for name in content_files(entries, entry["source"], part["entity"])}
    found = [
        path
        for path in landing.rglob("*")
        if path.is_file() and path.name not in ("schema.parquet", "ledger.json") and "manifest" not in path.parts
    ]
    extra = [path for path in found if path.name not in named and f"{path.parent.name}/{path.name}" not in named]
    return [str(path) for path in [*extra, *landing.glob("staging.tmp/*")]]


def record_hash(values: Row) -> str:
    text = "".join(f"{name}:{len(value.encode())}:{value}," for name, value in sorted(values.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def delivery_id(delivery: Row) -> str:
    moment = delivery["declared_date"] or delivery["delivered_at"]
    told = delivery["original"]["sha256"] if delivery["original"] else "|".join(part["membership_id"] for part in delivery["entities"])
    parts = [delivery["source"], delivery["scope"], moment, told, delivery["mapping_version"]]
    return "d" + hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:16]


def states(entries: list[Row]) -> dict[str, str]:  # noqa: C901 (the page, read from top to bottom)
    """delivery_id -> state_code, by the page's section on states."""
    told = {entry["delivery_id"]: entry for entry in entries if entry["kind"] == "delivery"}
    said = {name: [entry for entry in entries if entry.get("delivery_id") == name and entry["kind"] != "delivery"] for name in told}
    last = {
        name: max([entry["sequence"], *[word["sequence"] for word in said[name] if word["kind"] == "again"]])
        for name, entry in told.items()
    }
    code: dict[str, str] = {}
    for name, entry in told.items():
        turns = [word["kind"] for word in said[name] if word["kind"] in ("revoke", "restore")]
        codes = {code for word in said[name] if word["kind"] == "accept" for code in word["codes"]}
        held = any(hold["code"] not in codes for hold in entry["holds"])
        code[name] = "revoked" if turns[-1:] == ["revoke"] else "held" if held else "live"

    def same(one: Row, other: Row, *fields: str) -> bool:
        return all(one[field] == other[field] for field in fields)

    def order(name: str) -> tuple:
        entry = told[name]
        file = entry["original"]
        return (file["saved_at"] or file["modified_at"], file["sha256"], last[name]) if file else (entry["delivered_at"], "", last[name])

    parses: dict[tuple, dict[str, list[str]]] = {}
    for name, entry in told.items():
        if code[name] != "revoked" and entry["original"]:
            file = (entry["source"], entry["original"]["name"], entry["original"]["sha256"])
            parses.setdefault(file, {}).setdefault(entry["mapping_version"], []).append(name)
    for versions in parses.values():
        whole = [
            parts for parts in versions.values()
            if any(code[name] == "live" for name in parts)
            and {told[name]["part"]["number"] for name in parts} >= set(range(1, told[parts[0]]["part"]["count"] + 1))
        ]  # fmt: skip
        if whole:
            counts = max(whole, key=lambda parts: max(last[name] for name in parts))
            for name in [name for parts in versions.values() if parts is not counts for name in parts]:
                stays = any(code[other] == "held" and same(told[name], told[other], "scope", "declared_date") for other in counts)
                if last[name] < max(last[other] for other in counts) and not stays:
                    code[name] = "superseded"
    place = ("source", "scope", "declared_date")
    live = [name for name in told if code[name] == "live" and told[name]["declared_date"]]
    for name in live:
        file, full = told[name]["original"], told[name]["delivery_kind"] == "full"
        for other in live:
            both = told[other]["original"]
            one = (file and both and file["name"] == both["name"]) or (
                not file and not both and full and told[other]["delivery_kind"] == "full"
            )
            if other != name and one and same(told[name], told[other], *place) and order(other) > order(name):
                code[name] = "superseded"
    live = [name for name in live if code[name] == "live" and told[name]["original"] and told[name]["delivery_kind"] == "full"]
    settled = {name: max([0, *[w["sequence"] for w in said[name] if w["kind"] == "accept" and "FNL-302" in w["codes"]]]) for name in live}
    for name in live:
        group = [other for other in live if same(told[name], told[other], *place)]
        answer = max(group, key=lambda other: settled[other])
        kept = answer if settled[answer] else min(group, key=order)
        if name != kept:
            code[name] = "superseded" if told[name]["sequence"] < settled[kept] else "held"
    return code
