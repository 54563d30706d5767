"""The dbt models as assets, their tests as checks: one `dbt build` in a process of its own.

Belongs here: starting that process, passing on its events, row counts and failures. Does not: models or their names (translator.py).
A failed test of severity error stops the step, and so the publication.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation
from packaging.version import Version

from pipelines.defs.assets.failures import failed_nodes
from pipelines.defs.assets.manifest import DBT, hand_on_parse
from pipelines.defs.assets.translator import Translator
from pipelines.defs.session import NightSession
from pipelines.defs.warm_up import load_checks_in_background
from pipelines.publish.preview import previews
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.dbt import dbt_arguments, dbt_environment, project_dir, target_dir

POOL = "warehouse"  # one writer of the DuckDB file
NOT_AT_NIGHT = "resource_type:unit_test tag:published_border"


def model_assets(folder: CompanyFolder, manifest: Path) -> dg.AssetsDefinition:
    """Every model, seed and data test of the project; unit tests are the developers', and keys are judged at the published border."""

    @dbt_assets(
        manifest=manifest, name="models", dagster_dbt_translator=Translator(), required_resource_keys={"night"}, pool=POOL,
        exclude=NOT_AT_NIGHT,
    )  # fmt: skip
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        session: NightSession = context.resources.night
        with session.step("models"):
            yield from build(session, context, json.loads(manifest.read_text(encoding="utf-8")))

    return models


def build_command(folder: CompanyFolder, session: NightSession, selection: list[str]) -> list[str]:
    """The dbt command of a night."""
    refresh = ["--full-refresh"] if session.full_refresh else []
    return [*DBT, "build", *dbt_arguments(folder), *refresh, *selection]


def build(session: NightSession, context: dg.AssetExecutionContext, manifest: Mapping[str, Any]) -> Iterator[Any]:
    """Run `dbt build`; events are kept until the process has closed the warehouse, then passed on with row counts."""
    folder = session.folder
    target = target_dir(folder)
    hand_on_parse(folder, target)
    (target / "run_results.json").unlink(missing_ok=True)
    chosen = get_updated_cli_invocation_params_for_context(context, manifest, Translator())
    invocation = DbtCliInvocation.run(
        args=build_command(folder, session, list(chosen.selection_args)),
        env=os.environ | dbt_environment(folder, session.as_of_date) | {"DBT_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"},
        manifest=chosen.manifest, dagster_dbt_translator=chosen.dagster_dbt_translator, project_dir=project_dir(),
        target_path=target, raise_on_error=False, context=context, adapter=None, cli_version=Version("1.11"),
    )  # fmt: skip
    session.children.append(invocation.process)
    load_checks_in_background()
    events: list[Any] = []
    errors: list[str] = []
    with contextlib.redirect_stdout(session.log_file):
        for message in invocation.stream_raw_events():
            if message.raw_event["info"]["level"] == "error":
                errors.append(message.raw_event["info"]["msg"])
            events += message.to_default_asset_events(
                manifest=chosen.manifest, dagster_dbt_translator=chosen.dagster_dbt_translator, context=context, target_path=target,
            )  # fmt: skip
    yield from _with_previews(session, context, events)
    if invocation.process.wait() != 0:
        raise failed_nodes(session, manifest, " ".join(errors))


def _with_previews(session: NightSession, context: dg.AssetExecutionContext, events: list[Any]) -> Iterator[Any]:
    outputs = [event for event in events if isinstance(event, dg.Output)]
    keys = {event.output_name: context.asset_key_for_output(event.output_name) for event in outputs}
    tables = [(key.path[0], key.path[1]) for key in keys.values()]
    shown = (
        previews(session.folder.warehouse, tables, session.folder.settings.publish.personal_data)
        if session.folder.warehouse.is_file()
        else {}
    )
    for event in events:
        seen = shown.get(tuple(keys[event.output_name].path)) if isinstance(event, dg.Output) else None  # type: ignore[call-overload]
        if seen:
            event = event.with_metadata(
                {**event.metadata, "dagster/row_count": seen.row_count, "preview": dg.MetadataValue.md(seen.markdown)}
            )
        yield event
