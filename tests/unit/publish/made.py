"""A hand-made warehouse of three deals, and the manifest.json that documents it.

Belongs here: building it. Does not: expected values.
"""

import json
from datetime import date
from pathlib import Path

import duckdb

from pipelines.settings.company import Company, CompanyFolder
from pipelines.warehouse.dbt import target_dir

DAY = date(2026, 3, 31)

KEYS = {
    "fct_opportunity": "opportunity_id",
    "funnel_by_stage": "funnel_by_stage_id",
    "quality_issue": "quality_issue_id",
}
TABLES = (Path(__file__).parent / "warehouse.sql").read_text(encoding="utf-8")


def company(root: Path, **publish: object) -> CompanyFolder:
    root.mkdir(parents=True, exist_ok=True)
    settings = Company.model_validate({"company": "Test", "time_zone": "Asia/Taipei", "base_currency": "TWD", "publish": publish})
    return CompanyFolder(root=root, settings=settings)


def build_warehouse(folder: CompanyFolder, *changes: str) -> CompanyFolder:
    """Write (or write anew) the warehouse and dbt's manifest; `changes` are SQL statements run on top."""
    folder.warehouse.parent.mkdir(parents=True, exist_ok=True)
    folder.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(folder.warehouse)) as connection:
        for statement in (TABLES, *changes):
            connection.execute(statement)
        columns = connection.execute("select schema_name, table_name, column_name from duckdb_columns() where not internal").fetchall()
    nodes: dict[str, dict] = {}
    for schema, table, column in columns:
        node = nodes.setdefault(
            f"model.funnel.{schema}_{table}",
            {
                "resource_type": "model",
                "schema": schema,
                "name": table,
                "alias": table,
                "description": f"It's {table}.  One row per thing.",
                "columns": {},
            },
        )
        node["columns"][column] = {
            "name": column,
            "description": f"The {column} of {table}.",
            "meta": {"personal_data": True} if column == "nickname" else {},
        }
    for table, key in KEYS.items():
        said = {"name": "is_keyed", "kwargs": {"key": key, "required": ["as_of_date"] if table == "funnel_by_stage" else []}}
        nodes[f"test.funnel.{table}"] = {
            "resource_type": "test", "schema": "tests", "name": table, "test_metadata": said, "attached_node": f"model.funnel.marts_{table}",
        }  # fmt: skip
    target = target_dir(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    return folder
