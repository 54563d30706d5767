"""DAGSTER_HOME of a company, data/dagster: its folder, the shipped dagster.yaml in it, and the variables that name it.

Belongs here: those files and variables. Does not: Dagster itself, whose import costs a second and a half that starting processes can spare.
"""

from importlib import resources

from pipelines.settings.company import CompanyFolder

LOCATION = "pipelines.definitions"  # the module that Dagster loads, and its name as a code location


def dagster_environment(folder: CompanyFolder) -> dict[str, str]:
    """What every process that loads the definitions needs. Makes DAGSTER_HOME with the shipped dagster.yaml if it is missing."""
    folder.dagster_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = resources.files(__package__).joinpath("dagster.yaml").read_text(encoding="utf-8")
    settings = folder.dagster_home / "dagster.yaml"
    if not settings.is_file() or settings.read_text(encoding="utf-8") != template:
        settings.write_text(template, encoding="utf-8")
    return {"DAGSTER_HOME": str(folder.dagster_home), "FUNNEL_COMPANY": str(folder.root), "DAGSTER_DISABLE_TELEMETRY": "1"}
