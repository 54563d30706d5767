"""What funnel.yaml may say, as a checked model, and where a company's folders lie.

Belongs here: names, types, defaults and paths. Does not: reading the file (load.py) or acting on it.
"""

from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, Field, field_validator, model_validator

from pipelines.settings.source import Source
from pipelines.settings.strict import Strict


class Waterfall(Strict):
    """Two dates between which the pipeline is compared: from the evening before the first to the evening of the last, as every period."""

    name: Annotated[str, Field(pattern=r"^[^'\\:|{}]{1,40}$")] | None = None
    first: date = Field(alias="from")
    last: date | None = Field(default=None, alias="to")  # none: tonight

    @property
    def code(self) -> str:
        return self.name or f"{self.first}..{self.last or ''}"

    @model_validator(mode="after")
    def _in_order(self) -> "Waterfall":
        if self.last and self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")
        return self


class Publish(Strict):
    personal_data: bool = False
    keep: int = Field(default=7, ge=1)


class Notify(Strict):
    webhook_env: str | None = None  # NAME of the environment variable that holds the address
    smtp_env: str | None = None


class Company(Strict):
    """funnel.yaml. Dates are business dates in `time_zone`."""

    company: str
    language: Literal["en", "zh-Hant"] = "en"
    time_zone: str
    base_currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    fiscal_year_start_month: int = Field(default=1, ge=1, le=12)
    night_offset: time = time(6, 0)
    schedule: time = time(2, 30)
    as_of_date: date | None = None  # fixed for demos and tests; otherwise from the clock or the tick
    working_weekdays: list[int] = Field(default=[1, 2, 3, 4, 5])  # ISO: Monday = 1
    minimum_rate_count: int = Field(default=5, ge=1)
    probability_window_days: int = Field(default=365, ge=1)  # closed deals of so many days make a stage's observed probability
    exchange_rate_max_age_days: int = Field(default=31, ge=0)
    waterfall_weeks: int = Field(default=5, ge=0, le=53)  # the week under way and those before it
    waterfalls: list[Waterfall] = Field(default=[])
    playbook: str = "playbook"
    log_keep_days: int = Field(default=90, ge=1)
    publish: Publish = Publish()
    notify: Notify = Notify()
    sources: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")], Source] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"unknown time zone {value!r}")
        return value

    @field_validator("waterfalls")
    @classmethod
    def _one_of_a_name(cls, value: list[Waterfall]) -> list[Waterfall]:
        codes = [window.code for window in value]
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(f"{code!r} comes twice: give each its own `name:`")
        return value

    @property
    def ends(self) -> dict[str, date]:
        """Source -> the last business date whose deliveries count, of the sources that have one."""
        return {name: source.ends_on for name, source in self.sources.items() if source.ends_on}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class CompanyFolder(BaseModel):
    """A company folder and its settings. All paths absolute."""

    root: Path
    settings: Company

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def landing(self) -> Path:
        return self.data / "landing"

    @property
    def state(self) -> Path:
        """Derived ledger state for the models (delivery table, lookups): may be deleted at any time."""
        return self.data / "warehouse" / "state"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse" / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.data / "published"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"

    @property
    def playbook(self) -> Path:
        return self.root / self.settings.playbook
