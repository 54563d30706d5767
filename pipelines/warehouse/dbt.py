"""What dbt is told about a company: project, profile, paths, variables, environment.

Belongs here: arguments and environment for a dbt run. Does not: running it (defs, rebuild) or any model.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pipelines
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.memory import memory_limit


def project_dir() -> Path:
    """The dbt project: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(pipelines.__file__).parent
    bundled = package / "_bundled" / "dbt_project"
    return bundled if bundled.is_dir() else package.parent / "dbt_project"


def target_dir(folder: CompanyFolder) -> Path:
    return folder.data / "warehouse" / "dbt_target"


def dbt_variables(folder: CompanyFolder) -> dict[str, Any]:
    """The --vars of a run: a company's settings. With the same as last night dbt parses only the files that changed."""
    settings = folder.settings
    return {
        "time_zone": settings.time_zone,
        "base_currency": settings.base_currency,
        "fiscal_year_start_month": settings.fiscal_year_start_month,
        "working_weekdays": settings.working_weekdays,
        "minimum_rate_count": settings.minimum_rate_count,
        "probability_window_days": settings.probability_window_days,
        "exchange_rate_max_age_days": settings.exchange_rate_max_age_days,
        "waterfall_weeks": settings.waterfall_weeks,
        "waterfalls": [{"code": window.code, "from": str(window.first), "to": str(window.last or "")} for window in settings.waterfalls],
        "personal_data": settings.publish.personal_data,
    }


def dbt_arguments(folder: CompanyFolder) -> list[str]:
    """Arguments after the dbt command: project, profiles, target and log paths in the company's data/, variables."""
    project = str(project_dir())
    return [
        "--project-dir", project, "--profiles-dir", project, "--target-path", str(target_dir(folder)),
        "--log-path", str(folder.logs / "dbt"), "--vars", json.dumps(dbt_variables(folder), ensure_ascii=False),
    ]  # fmt: skip


def code_digest(folder: CompanyFolder) -> str:
    """Same digits, same figures from the same deliveries: 16 hex over the dbt project's files and the company's settings."""
    said = dbt_variables(folder) | {"ends_on": {name: str(last) for name, last in folder.settings.ends.items()}}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for part in ("models", "macros", "seeds"):
        for file in sorted((project_dir() / part).rglob("*")):
            if file.suffix in (".sql", ".csv"):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def dbt_environment(folder: CompanyFolder, as_of_date: date, warehouse: Path | None = None) -> dict[str, str]:
    """Environment of a dbt process: what changes from night to night, warehouse file, memory limit, spill folder, no telemetry."""
    return {
        "FUNNEL_AS_OF_DATE": as_of_date.isoformat(),
        "FUNNEL_CODE_DIGEST": code_digest(folder),
        "FUNNEL_LANDING": str(folder.landing),
        "FUNNEL_STATE": str(folder.state),
        "FUNNEL_WAREHOUSE": str(warehouse or folder.warehouse),
        "FUNNEL_MEMORY_LIMIT": memory_limit(),
        "FUNNEL_TEMP_DIRECTORY": str(folder.data / "warehouse" / "spill"),
        "DBT_LOG_LEVEL_FILE": "warn",  # the night's own log has the rest; at debug a night wrote 9 MB
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
