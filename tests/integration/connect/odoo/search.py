"""Odoo's search domains over records in memory: prefix notation, dotted paths, hidden records.

Belongs here: finding records. Does not: serving them, or any assertion.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# One2many fields that Odoo joins without asking for rights: model, field -> its records, and who they belong to
LINES = {
    ("crm.lead", "message_ids"): ("mail.message", "model", "res_id"),
    ("crm.lead", "activity_ids"): ("mail.activity", "res_model", "res_id"),
}
OPERATORS = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    ">": lambda value, wanted: value is not False and value > wanted,
    ">=": lambda value, wanted: value is not False and value >= wanted,
    "in": lambda value, wanted: value in wanted,
}


@dataclass
class Database:
    fields: dict[str, dict[str, dict]]  # of each model, as fields_get tells them
    rows: dict[str, dict[int, dict]]
    lists: dict[tuple[str, str], dict] = field(default_factory=dict)  # of records that no longer change: model, field -> value -> ids

    def freeze(self) -> None:
        """From now on nothing changes: searches by these fields look at what they find alone."""
        for model, name in (("mail.message", "res_id"), ("mail.activity", "res_id"), ("mail.tracking.value", "mail_message_id")):
            by: dict[int, list[int]] = {}
            for key, row in self.rows[model].items():
                by.setdefault(row[name], []).append(key)
            self.lists[model, name] = by
        self.lists |= {(model, "id"): {key: [key] for key in rows} for model, rows in self.rows.items()}

    def shown(self, model: str, name: str, value: Any) -> Any:
        """A many2one that is kept as an id is shown with the name it has now; the recorded ones keep theirs."""
        relation = self.fields[model][name].get("relation") if self.fields[model][name]["type"] == "many2one" else None
        if not relation or not value or isinstance(value, list):
            return value
        row = self.rows[relation].get(value)
        return [value, row.get("name") or row.get("login") or f"{relation},{value}"] if row else False


def found(data: Database, model: str, domain: list, active_test: bool) -> list[dict]:
    """New dicts: who changes them changes nothing."""
    hides = active_test and "active" in data.fields[model] and not any(leaf[0] == "active" for leaf in domain if not isinstance(leaf, str))
    terms = _terms(list(domain))
    return [
        dict(row)
        for row in _candidates(data, model, terms)
        if all(_holds(data, model, row, term) for term in terms) and (row["active"] or not hides if "active" in row else True)
    ]


def _candidates(data: Database, model: str, terms: list) -> Iterable[dict]:
    rows = data.rows[model]
    for name, operator, wanted in (term for term in terms if len(term) == 3 and not isinstance(term[1], tuple)):
        if operator == "in" and (model, name) in data.lists:
            return [rows[key] for value in wanted for key in data.lists[model, name].get(value, ())]
    last = max((wanted for name, operator, wanted in terms if (name, operator) == ("id", ">")), default=0)
    keys = list(rows)
    return (rows[key] for key in keys[bisect_right(keys, last) :]) if data.lists else rows.values()


def _terms(tokens: list) -> list:
    """Terms in prefix notation, one after the other: all must hold."""
    terms = []
    while tokens:
        terms.append(_term(tokens))
    return terms


def _term(tokens: list) -> Any:
    token = tokens.pop(0)
    return (token, _term(tokens), _term(tokens)) if isinstance(token, str) and token in "|&" else tuple(token)


def _holds(data: Database, model: str, row: dict, term: tuple) -> bool:
    if term[0] == "|":
        return _holds(data, model, row, term[1]) or _holds(data, model, row, term[2])
    if term[0] == "&":
        return _holds(data, model, row, term[1]) and _holds(data, model, row, term[2])
    path, operator, wanted = term
    return any(OPERATORS[operator](value, wanted) for value in _values(data, model, row, path.split(".")))


def _values(data: Database, model: str, row: dict, path: list[str]) -> list:
    name, *rest = path
    if (model, name) in LINES:
        lines, of, by = LINES[model, name]
        return [
            value
            for line in data.rows[lines].values()
            if line[of] == model and line[by] == row["id"]
            for value in _values(data, lines, line, rest)
        ]
    value = row.get(name, False)
    if isinstance(value, list) and data.fields[model][name]["type"] == "many2one":
        value = value[0]
    if not rest:
        return [value]
    other = data.fields[model][name]["relation"]
    return _values(data, other, data.rows[other][value], rest) if value in data.rows[other] else []
