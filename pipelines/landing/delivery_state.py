"""One delivery's state while it is being decided.

Belongs here: the shape that state.py and claims.py share. Does not: any rule.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.landing.manifest import Entry

CONFLICT = "FNL-302"
AFTER_END = "FNL-314"


def after_end(source: str, name: str | None, delivered: date | str, last: date) -> dict[str, str]:
    """The reason of a delivery that came after its source's last day, as a message."""
    return {"code": AFTER_END, "source": source, "name": name or source, "date": str(delivered), "ends_on": str(last)}


@dataclass
class DeliveryState:
    """One delivery entry with its state: state_code live | held | superseded | revoked | ended; reasons are messages as dicts.

    parsed_at: sequence of the last time this delivery was told; conflict_settled_at: of the word that ended a conflict, 0 = none.
    """

    entry: Entry
    state_code: str = "live"
    reasons: list[dict[str, Any]] = field(default_factory=list)
    is_accepted: bool = False
    parsed_at: int = 0
    conflict_settled_at: int = 0

    @property
    def id(self) -> str:
        return self.entry["delivery_id"]

    @property
    def name(self) -> str | None:
        return self.entry["original"] and self.entry["original"]["name"]

    @property
    def sequence(self) -> int:
        return self.entry["sequence"]

    @property
    def arrival_order(self) -> tuple[str, str]:
        """The workbook's own saved time, else the mtime noted at arrival, then the hash; never the order of loading."""
        original = self.entry["original"]
        if not original:
            return (self.entry["delivered_at"], "")
        return (original["saved_at"] or original["modified_at"], original["sha256"])

    def become(self, state_code: str, **reason: Any) -> None:
        self.state_code = state_code
        self.reasons.append(reason | {"delivery_id": self.id})
