"""The outcome of one check, the same for both borders.

Belongs here: the shape that night, publication and pages read. Does not: making a check, or deciding what a failure leads to.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.messages.catalogue import Message

Severity = Literal["error", "warning"]
EXAMPLE_ROWS = 5


@dataclass
class CheckResult:
    """One check of one table. `values` fill the holes of `message_code`; `example_rows` are at most five offending rows."""

    name: str
    table: str
    severity: Severity
    passed: bool
    message_code: str
    values: dict[str, Any] = field(default_factory=dict)
    example_rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def blocks(self) -> bool:
        """An error that did not pass: holds a delivery, or blocks a publication."""
        return not self.passed and self.severity == "error"

    def message(self) -> Message:
        return Message(self.message_code, self.values)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready but for dates and decimals, which a writer turns into text."""
        return {
            "name": self.name, "table": self.table, "severity": self.severity, "passed": self.passed,
            "message_code": self.message_code, "values": self.values, "example_rows": self.example_rows,
        }  # fmt: skip
