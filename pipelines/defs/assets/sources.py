"""One landing asset per configured source, and one for the playbook: `landing/<source>`.

Belongs here: keys, metadata, checks and retries of those assets. Does not: how a source lands (land.py).
A source that fails is a failed check, never a failed step: the other sources, the models and the publication go on.
"""

from collections.abc import Callable, Iterator

import dagster as dg

from pipelines.defs.assets.land import land_playbook, land_source
from pipelines.defs.outcome import SourceOutcome
from pipelines.defs.session import NightSession
from pipelines.messages.catalogue import FunnelError, Message
from pipelines.settings.company import CompanyFolder

RETRIES = 2
RETRY_SECONDS = 5
READ, BORDER = "could_be_read", "landing_border"


def landing_key(source: str) -> dg.AssetKey:
    return dg.AssetKey(["landing", source])


def source_assets(folder: CompanyFolder) -> list[dg.AssetsDefinition]:
    """One asset for each enabled source, in the order of funnel.yaml, then the playbook's."""
    named = [_source_asset(name) for name, source in folder.settings.sources.items() if source.enabled]
    return [*named, _playbook_asset()]


def _checks(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(READ, asset=key, description="The source could be read to its end and no file was refused."),
        dg.AssetCheckSpec(BORDER, asset=key, description="Every new delivery met the contract of its source; one that does not is held."),
    ]


def _source_asset(name: str) -> dg.AssetsDefinition:
    what = f"Every new delivery of the source {name}, appended to the ledger with all its entities."
    return _landing_asset(name, "file", what, lambda session: land_source(session, name))


def _playbook_asset() -> dg.AssetsDefinition:
    what = "The company's playbook (stage sets, people, targets, calendar), landed so that its history exists."
    return _landing_asset("playbook", "csv", what, land_playbook)


def _landing_asset(name: str, kind: str, description: str, land: Callable[[NightSession], SourceOutcome]) -> dg.AssetsDefinition:
    key = landing_key(name)

    @dg.asset(
        key=key,
        group_name="landing",
        kinds={kind, "parquet"},
        owners=["team:sales-operations"],
        description=description,
        check_specs=_checks(key),
        required_resource_keys={"night"},
    )
    def landing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        session: NightSession = context.resources.night
        with session.step(f"landing/{name}"):
            again = _attempt(session, name, land, is_last=context.retry_number == RETRIES)
        if again:
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS)
        yield _report(session.source(name), key)

    return landing


def _attempt(session: NightSession, name: str, land: Callable[[NightSession], SourceOutcome], is_last: bool) -> bool:
    """Land once; whether to try again: what a person must mend is not retried, anything else is until the last attempt."""
    outcome = session.source(name)
    try:
        land(session)
        outcome.failure = None
    except FunnelError as error:
        _failed(session, outcome, error.message)
    except Exception as error:
        if not is_last:
            session.log(f"{name}: {type(error).__name__}: {error}; tried again in {RETRY_SECONDS} s")
            return True
        session.explain(f"landing/{name}", error)
        _failed(session, outcome, Message("FNL-650", {"error": type(error).__name__, "step": name, "log": str(session.outcome.log_path)}))
    return False


def _failed(session: NightSession, outcome: SourceOutcome, reason: Message) -> None:
    text = " ".join(reason.lines(session.folder.settings.language)[:-1])
    message = Message("FNL-656", {"source": outcome.source, "reason": text, "log": str(session.outcome.log_path)})
    outcome.state, outcome.failure = "failed", message.as_dict()
    session.tell(message)


def _report(outcome: SourceOutcome, key: dg.AssetKey) -> dg.MaterializeResult:
    rows = {f"rows_{state}": count for state, count in outcome.rows.items()}
    deliveries = [{**entry, "declared_date": str(entry["declared_date"])} for entry in outcome.deliveries[-5:]]
    blocks = any(check.blocks for check in outcome.checks)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "state": outcome.state,
            "deliveries": len(outcome.deliveries),
            "refused_files": len(outcome.refused_files),
            "dagster/row_count": outcome.rows.get("accepted", 0),
            **rows,
            "preview": dg.MetadataValue.json(deliveries),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=READ,
                passed=outcome.failure is None and not outcome.refused_files,
                metadata={"failure": outcome.failure or {}, "refused_files": dg.MetadataValue.json(outcome.refused_files)},
            ),
            dg.AssetCheckResult(
                check_name=BORDER,
                passed=all(check.passed for check in outcome.checks),
                severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
                metadata={
                    "checks": len(outcome.checks),
                    "failed": dg.MetadataValue.md("\n".join(f"- {line}" for line in _failures(outcome)) or "none"),
                },
            ),
        ],
    )


def _failures(outcome: SourceOutcome) -> list[str]:
    return [" ".join(check.message().lines()) for check in outcome.checks if not check.passed]
