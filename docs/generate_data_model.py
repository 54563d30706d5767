"""Write docs/data_model.md from what the models say about themselves (dbt's manifest). `make docs` runs it; a test keeps the page current.

Belongs here: manifest -> page. Does not: any description; those stand beside each model.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "data_model.md"
LAYERS = ("canonical", "snapshots", "marts")
HEAD = """# The data model

Generated from the models' own descriptions by `make docs`; change them there (`dbt_project/models/**/*.yml`).
Ids are `<source>:<record id>`. `_at` is naive UTC, `_date` a business date, `_amount` stands beside `currency_code`, `_rate` is 0–1.
Columns that begin with `_` are lineage: delivery, file, sheet, row. Figures mean what [metrics.md](metrics.md) says.
"""


def parsed_manifest(project: Path = ROOT / "dbt_project") -> dict[str, Any]:
    """dbt's manifest of the project. Raises CalledProcessError when it does not parse."""
    with tempfile.TemporaryDirectory() as target:
        command = [
            sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "parse", "--no-partial-parse",
            "--project-dir", str(project), "--profiles-dir", str(project), "--target-path", target, "--log-path", target,
        ]  # fmt: skip
        environment = os.environ | {"FUNNEL_WAREHOUSE": f"{target}/parse.duckdb", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return json.loads((Path(target) / "manifest.json").read_text(encoding="utf-8"))


def render(manifest: dict[str, Any]) -> str:
    """The page: an index by folder, then each table with its columns and what it reads."""
    built = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    models = [node for node in built if node["config"]["materialized"] != "ephemeral"]
    published = [node for node in models if node["fqn"][1] in LAYERS]
    published.sort(key=lambda node: (LAYERS.index(node["fqn"][1]), node["fqn"]))
    groups: dict[str, list[dict[str, Any]]] = {}
    for node in published:
        groups.setdefault("/".join(node["fqn"][1:-1]), []).append(node)
    lines = [HEAD, "| folder | tables |", "|---|---|"]
    for group, nodes in groups.items():
        names = [node["name"] for node in nodes]
        lines.append(f"| {group} | {' · '.join(f'[{name}](#{name})' for name in names)} |")
    for group, nodes in groups.items():
        lines.append(f"\n## {group}")
        for node in nodes:
            lines += _table(node, manifest)
    staging = sorted(node["name"] for node in models if node["fqn"][1] == "staging")
    names = ", ".join(f"`{name}`" for name in staging)
    lines += ["\n## staging", f"Not published; one view or table per landed object and per step of the ledger: {names}."]
    return "\n".join(lines) + "\n"


def _table(node: dict[str, Any], manifest: dict[str, Any]) -> list[str]:
    below = [manifest["nodes"].get(name) or manifest["sources"].get(name) for name in node["depends_on"]["nodes"]]
    reads = sorted({f"`{part['name']}`" for part in below if part})
    lines = [f"\n### {node['name']}", _words(node), f"\nReads: {', '.join(reads) or 'nothing'}.\n", "| column | type | |", "|---|---|---|"]
    return lines + [f"| {column['name']} | {column.get('data_type') or ''} | {_words(column)} |" for column in node["columns"].values()]


def _words(part: dict[str, Any]) -> str:
    return " ".join((part.get("description") or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render(parsed_manifest()), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written.")
