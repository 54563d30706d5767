"""What is remembered from night to night, as the cursor's text.

Belongs here: that shape. Does not: deciding anything by it (connector.py).
"""

import json
from dataclasses import asdict, dataclass, field

from pipelines.extract.hubspot.account import Names

ALL = -1
UNDER_WAY = ("through", "began_at")


@dataclass
class State:
    values: dict[str, str] = field(default_factory=dict)  # object -> until when its changes are known
    listed_at: str | None = None
    stages: Names = field(default_factory=dict)
    archived: dict[str, list[str]] = field(default_factory=dict)  # object -> ids in the recycle bin (HubSpot keeps them 90 days)
    merged: dict[str, list[str]] = field(default_factory=dict)  # object -> ids that became part of another record
    through: dict[str, int] = field(default_factory=dict)  # of a first load under way: object -> up to which id; ALL: to its end
    began_at: str | None = None  # the same: when it did
    untold: dict[str, str] = field(default_factory=dict)  # of deals: those just seen, with the survivor

    @classmethod
    def of(cls, cursor: str | None) -> "State":
        return cls(**json.loads(cursor)) if cursor else cls()

    def stands(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def said(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if name not in UNDER_WAY}, sort_keys=True)
