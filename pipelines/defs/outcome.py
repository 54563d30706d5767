"""What a night came to: the shapes that the summary, the command line and the notification share.

Belongs here: plain records and the rule of exit codes. Does not: Dagster, files, or wording.
"""

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

PUBLISHED, NOT_PUBLISHED, CONFIGURATION, WITH_GAPS = 0, 1, 2, 3
DID_PUBLISH = (PUBLISHED, WITH_GAPS)


@dataclass
class SourceOutcome:
    """What one source brought. `state`: landed · unchanged · held · refused · failed · skipped.

    rows: counts over this night's deliveries by state (source, accepted, refused, blank, title, duplicates).
    deliveries: one dict each: delivery_id, outcome_code, name, declared_date, scope, rows. Messages are {"code": …, **values}.
    """

    source: str
    state: str = "unchanged"
    rows: dict[str, int] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    refused_files: list[dict[str, Any]] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    checks: list[Any] = field(default_factory=list)  # expectations.result.CheckResult of the landing border


@dataclass
class NightOutcome:
    """The whole night. `kind`: night · past (an earlier date, computed only) · dry_run (nothing written) · reparse.

    durations: seconds by step, in order. blocked, held, stale, waiting, missed: what a person must look at, each a dict.
    messages: catalogue messages {"code": …, **values} that explain an exit code other than 0; notices: those that change none.
    """

    as_of_date: date
    kind: str = "night"
    trigger: str = "cli"
    exit_code: int = NOT_PUBLISHED
    run_id: str | None = None
    started_at: str = ""
    finished_at: str = ""
    sources: list[SourceOutcome] = field(default_factory=list)
    published: Path | None = None
    computed: Path | None = None  # the file of a past date
    blocked: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    stale: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False  # a step did not come to its end
    is_misconfigured: bool = False  # nothing was read
    durations: dict[str, float] = field(default_factory=dict)
    log_path: Path | None = None
    summary_path: Path | None = None

    def settle(self) -> None:
        """Set the exit code by the contract: 1 unless published (computed, done), 3 when something is held, late, refused or failed,
        2 when the configuration let nothing begin."""
        if self.is_misconfigured:
            self.exit_code = CONFIGURATION
        elif self.kind == "past":
            self.exit_code = PUBLISHED if self.computed else NOT_PUBLISHED
        elif not self.published and (self.kind == "night" or self.failed):
            self.exit_code = NOT_PUBLISHED
        else:
            gaps = self.failed or self.held or self.stale or any(source.state in ("held", "refused", "failed") for source in self.sources)
            self.exit_code = WITH_GAPS if gaps else PUBLISHED

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: dates and paths are written by `default=str`."""
        return asdict(self)
