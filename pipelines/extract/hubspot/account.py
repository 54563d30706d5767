"""What stands beside the records of an account: owners, their teams, pipelines with their stages, and the names of properties.

Belongs here: reading those, whole, and looking up in them. Does not: records of the CRM.
"""

from dataclasses import dataclass, field
from typing import Any

from pipelines.extract.hubspot.api import HubSpot, Record

OWNERS_PAGE = 500
STAGE_COLUMNS = ["id", "label", "pipeline", "pipeline_label", "display_order", "probability", "is_closed"]
OWNER_COLUMNS = ["id", "email", "name", "user_id", "type", "is_active"]
TEAM_COLUMNS, MEMBERSHIP_COLUMNS = ["id", "name"], ["owner", "team"]
Names = dict[str, list[str]]  # stage id -> [its name, its pipeline's name, "true" where it is an end]


@dataclass
class Account:
    """`stages` holds deleted ones too, under the last names seen; `renamed` those whose names are not what they were."""

    owners: list[Record] = field(default_factory=list)
    stages: Names = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    stage_rows: list[Record] = field(default_factory=list)
    owner_by_user: dict[str, str] = field(default_factory=dict)
    survivors: dict[str, set[str]] = field(default_factory=dict)  # object -> records into which others were merged since the last night

    @classmethod
    def read(cls, api: HubSpot, seen: Names) -> "Account":
        owners = {}
        for archived in ("false", "true"):
            for page in api.pages("/crm/v3/owners", limit=OWNERS_PAGE, archived=archived):
                owners.update({owner["id"]: owner for owner in page})
        pipelines = api.get("/crm/v3/pipelines/deals")["results"]
        rows = [_stage_row(pipeline, stage) for pipeline in pipelines for stage in pipeline["stages"]]
        now = {row["id"]: [row["label"], row["pipeline_label"], row["is_closed"]] for row in rows}
        renamed = [key for key, names in now.items() if key in seen and names != seen[key]]
        users = {str(_user(owner)): key for key, owner in owners.items() if _user(owner)}
        return cls(list(owners.values()), {**seen, **now}, renamed, rows, users)

    def owner_of(self, user: Any) -> str | None:
        """HubSpot writes who changed something by user; records belong to owners."""
        return self.owner_by_user.get(str(user)) if user else None

    def teams(self) -> list[Record]:
        found = {team["id"]: team["name"] for owner in self.owners for team in owner.get("teams", [])}
        return [{"id": key, "name": name} for key, name in found.items()]

    def memberships(self) -> list[Record]:
        """The owner's own team; further ones see more, and belong to no sum."""
        return [
            {"owner": owner["id"], "team": team["id"]}
            for owner in self.owners
            for team in owner.get("teams", [])
            if team.get("primary", len(owner["teams"]) == 1)
        ]

    def owner_rows(self) -> list[Record]:
        return [
            {
                "id": owner["id"],
                "email": owner.get("email"),
                "name": " ".join(part for part in (owner.get("firstName"), owner.get("lastName")) if part) or owner.get("email"),
                "user_id": _user(owner),
                "type": owner.get("type"),
                "is_active": str(not owner["archived"]).lower(),
            }
            for owner in self.owners
        ]


def properties_of(api: HubSpot, name: str) -> dict[str, dict[str, str]]:
    """Every property of an object that the token may see, custom ones included, with the labels of its options."""
    found = api.get(f"/crm/v3/properties/{name}")["results"]
    return {said["name"]: {option["value"]: option["label"] for option in said.get("options", [])} for said in found}


def _user(owner: Record) -> Any:
    return owner.get("userId") or owner.get("userIdIncludingInactive")


def _stage_row(pipeline: Record, stage: Record) -> Record:
    metadata = stage.get("metadata", {})
    return {
        "id": stage["id"], "label": stage["label"], "pipeline": pipeline["id"], "pipeline_label": pipeline["label"],
        "display_order": stage.get("displayOrder"), "probability": metadata.get("probability"),
        "is_closed": str(metadata.get("isClosed", "false")).lower(),
    }  # fmt: skip
