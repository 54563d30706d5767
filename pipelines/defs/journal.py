"""What each night leaves under data/logs: one readable log, one machine-readable summary; and reading them back.

Belongs here: naming, writing, reading and pruning those files. Does not: deciding what a night came to (outcome.py).
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from pipelines.defs.outcome import DID_PUBLISH, NightOutcome
from pipelines.settings.company import CompanyFolder

SUMMARY_FORMAT = 1
_STAMP = "%Y%m%dT%H%M%S%f"


def open_log(folder: CompanyFolder, outcome: NightOutcome, started: datetime) -> TextIO:
    """Open the readable log of a night and set the outcome's log_path and summary_path. `started` is naive UTC."""
    folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = f"{outcome.kind}_{outcome.as_of_date}_{started.strftime(_STAMP)}"
    outcome.log_path, outcome.summary_path = folder.logs / f"{stem}.log", folder.logs / f"{stem}.json"
    return outcome.log_path.open("w", encoding="utf-8", buffering=1)


def write_summary(outcome: NightOutcome) -> None:
    """One JSON object, by rename: a reader never sees half of it."""
    assert outcome.summary_path is not None
    partial = outcome.summary_path.with_suffix(".tmp")
    partial.write_text(
        json.dumps({"format_version": SUMMARY_FORMAT, **outcome.as_dict()}, default=str, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    partial.replace(outcome.summary_path)


def summaries(folder: CompanyFolder) -> Iterator[dict[str, Any]]:
    """All kept summaries, newest first. A file that is no summary is skipped: logs are not the ledger."""
    for file in sorted(folder.logs.glob("*_*.json"), key=lambda path: path.stem.rsplit("_", 1)[-1], reverse=True):
        try:
            yield json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue


def last_good_night(folder: CompanyFolder) -> dict[str, Any] | None:
    """The newest summary of a night that published."""
    return next((summary for summary in summaries(folder) if summary["kind"] == "night" and summary["exit_code"] in DID_PUBLISH), None)


def last_told_night(folder: CompanyFolder) -> dict[str, Any] | None:
    """The newest summary of a night that published and lived to tell what it had refused."""
    good = (summary for summary in summaries(folder) if summary["kind"] == "night" and summary["exit_code"] in DID_PUBLISH)
    return next((summary for summary in good if not any(told["code"] == "FNL-664" for told in summary["messages"])), None)


def failed_nights(folder: CompanyFolder) -> frozenset[date]:
    """As-of dates whose scheduled night failed and that no later run published."""
    latest: dict[str, list[dict[str, Any]]] = {}
    for summary in summaries(folder):
        if summary["kind"] == "night":
            latest.setdefault(summary["as_of_date"], []).append(summary)
    return frozenset(
        date.fromisoformat(day)
        for day, runs in latest.items()
        if runs[0]["exit_code"] not in DID_PUBLISH and any(run["trigger"] == "schedule" for run in runs)
    )


def prune_logs(folder: CompanyFolder, now: datetime) -> list[Path]:
    """Delete logs and summaries started more than `log_keep_days` before `now` (naive UTC). Returns what went."""
    oldest = (now - timedelta(days=folder.settings.log_keep_days)).strftime(_STAMP)
    gone = [
        file for file in folder.logs.glob("*_*_*.*") if file.suffix in (".log", ".json", ".tmp") and file.stem.rsplit("_", 1)[-1] < oldest
    ]
    for file in gone:
        file.unlink(missing_ok=True)
    return gone
