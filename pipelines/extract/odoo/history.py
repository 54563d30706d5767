"""Stage history of some leads out of their tracked changes and closing messages: the derived object `_stage_change`.

Belongs here: joining those two. Does not: asking for them. A loss leaves the stage as it is, so it has no tracked change of its own;
from which stage a lead was lost is told by the change before it, else by the one after it, else by the lead.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

from pipelines.extract.odoo.columns import columns_of
from pipelines.extract.odoo.derived import RESTORED, Known, id_of, stage_of

TYPES = {
    "key": "char", "lead_id": "integer", "changed_at": "datetime", "from_stage_id": "integer", "from_stage": "char",
    "to_stage_id": "integer", "to_stage": "char", "changed_by": "integer",
}  # fmt: skip


@dataclass
class History:
    """Of the leads at hand. Filled from their messages and tracked changes."""

    known: Known
    moves: dict[int, list[dict]] = field(default_factory=lambda: defaultdict(list))
    closings: dict[int, list[dict]] = field(default_factory=lambda: defaultdict(list))

    def message(self, message: dict) -> None:
        if id_of(message["subtype_id"]) in self.known.closings:
            self.closings[message["res_id"]].append(message)

    def move(self, change: dict, message: dict) -> None:
        """A tracked change of `stage_id`, and the message that carries it: a merge moves the message, and the change with it."""
        self.moves[message["res_id"]].append(
            {
                "key": f"stage:{change['id']}",
                "lead_id": message["res_id"],
                "changed_at": change["create_date"],
                "from_stage_id": change["old_value_integer"] or False,
                "from_stage": change["old_value_char"],
                "to_stage_id": change["new_value_integer"] or False,
                "to_stage": change["new_value_char"],
                "changed_by": self.known.users.get(id_of(message["author_id"]), False),
                "place": (change["create_date"], message["id"]),
            }
        )

    def frame(self, leads: list[dict]) -> pl.DataFrame:
        rows: list[dict] = []
        for lead in leads:
            moves = sorted(self.moves.get(lead["id"], []), key=lambda move: move["place"])
            rows += [*moves, *(self._closing(message, moves, lead) for message in self.closings.get(lead["id"], []))]
        return pl.DataFrame(columns_of(rows, TYPES))

    def _closing(self, message: dict, moves: list[dict], lead: dict) -> dict:
        place = (message["create_date"], message["id"])
        before = [(move["to_stage_id"], move["to_stage"]) for move in moves if move["place"] < place]
        after = [(move["from_stage_id"], move["from_stage"]) for move in moves if move["place"] >= place]
        held = before[-1] if before else after[0] if after else (id_of(lead["stage_id"]) or False, stage_of(lead) or False)
        ends = [held, (False, "Lost")]
        if self.known.closings[id_of(message["subtype_id"])] == RESTORED:
            ends.reverse()
        (from_id, from_stage), (to_id, to_stage) = ends
        return {
            "key": f"message:{message['id']}", "lead_id": lead["id"], "changed_at": message["create_date"],
            "from_stage_id": from_id, "from_stage": from_stage, "to_stage_id": to_id, "to_stage": to_stage,
            "changed_by": self.known.users.get(id_of(message["author_id"]), False),
        }  # fmt: skip
