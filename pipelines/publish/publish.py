"""Write, audit, publish: from a warehouse that passed its checks to the file that everyone reads.

Belongs here: the order of steps. Does not: any of the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from expectations.result import EXAMPLE_ROWS, CheckResult
from pipelines.landing.ledger import Ledger
from pipelines.messages.catalogue import FunnelError
from pipelines.publish.file import build_file
from pipelines.publish.manifest import funnel_count, manifest, write_manifest
from pipelines.publish.parquet import write_parquet
from pipelines.publish.past import is_past, write_past
from pipelines.publish.publication import Publication, delivery, identify
from pipelines.publish.published_rows import write_rows
from pipelines.publish.swap import FILE, MANIFEST, PARQUET, begin, keep_last, name_version, settle, swap
from pipelines.publish.tables import PublishedTable
from pipelines.settings.company import CompanyFolder
from pipelines.warehouse.dbt import target_dir


@dataclass
class Published:
    """What a run published. `is_past`: computed for an earlier date, publication untouched (`file` lies in data/as_of)."""

    file: Path
    as_of_date: date
    tables: list[PublishedTable]
    is_past: bool = False
    version: str | None = None
    publication: Publication | None = None
    publication_delivery_id: str | None = None  # None when the ledger already held this content for this date


def publish(
    folder: CompanyFolder,
    as_of_date: date,
    run_id: str,
    checks: list[CheckResult],
    *,
    warehouse: Path | None = None,
    dbt_manifest: Path | None = None,
    at: Callable[[str], None] = lambda step: None,
) -> Published:
    """Publish the warehouse as of a date. Call under the company's lock, after `commit_pending`, with the warehouse closed for writing.

    Raises FunnelError FNL-521 (exit 1) when an error-level check failed: yesterday's file stays as it is. `at` is told each step
    (built, settled, staged, swapped, committed, pruned). Defaults: the company's warehouse and the manifest dbt wrote for it.
    """
    stop_if_blocked(checks)
    source = warehouse or folder.warehouse
    documents = dbt_manifest or default_dbt_manifest(folder)
    if is_past(folder, as_of_date):
        target, tables = write_past(folder, as_of_date, source, documents)
        return Published(target, as_of_date, tables, is_past=True)

    home = folder.published
    working = begin(home)
    tables = build_file(source, documents, working / FILE, folder.settings.publish.personal_data)
    write_parquet(working / FILE, tables, working / PARQUET)
    ledger = Ledger(folder)
    publication = identify(ledger, as_of_date, *write_rows(working / FILE, working))
    name = name_version(home, as_of_date)
    content = manifest(folder, as_of_date, run_id, name, tables, [check.as_dict() for check in checks], working / FILE)
    write_manifest({**content, "funnel_count": funnel_count(working / FILE), "publication": publication.as_dict()}, working / MANIFEST)
    at("built")
    version = settle(working, home, name)
    at("settled")
    staged = ledger.stage(delivery(publication, version, folder.settings.zone)) if publication.is_new else None
    at("staged")
    swap(version, home)
    at("swapped")
    delivery_id = staged.commit().delivery_id if staged else None
    at("committed")
    keep_last(home, folder.settings.publish.keep)
    at("pruned")
    return Published(home / FILE, as_of_date, tables, version=name, publication=publication, publication_delivery_id=delivery_id)


def default_dbt_manifest(folder: CompanyFolder) -> Path:
    """The manifest.json of the dbt run that built the company's warehouse."""
    return target_dir(folder) / "manifest.json"


def stop_if_blocked(checks: list[CheckResult]) -> None:
    """Raises FunnelError FNL-521 (exit 1) naming what failed, with up to five example rows of the first failure."""
    failed = [check for check in checks if check.blocks]
    if failed:
        first = failed[0]
        examples = "; ".join(str({key: str(value) for key, value in row.items()}) for row in first.example_rows[:EXAMPLE_ROWS]) or "–"
        raise FunnelError(
            "FNL-521", count=len(failed), names=", ".join(f"{check.table} {check.name}" for check in failed[:5]), table=first.table,
            first=first.message().lines()[0], examples=examples,
        )  # fmt: skip
