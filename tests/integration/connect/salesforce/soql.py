"""The part of SOQL that the connector may use, read strictly: what the grammar below does not know is MALFORMED_QUERY.

Belongs here: SELECT fields | COUNT() FROM object [WHERE condition {AND condition}] [ORDER BY field], as the SOQL reference writes them. Does not: records.
No Python parser of SOQL is well kept; the 101 different queries of two nights were read once by @jetstreamapp/soql-parser-js 6.3.1, which refused none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
TOKEN = re.compile(
    r"\s*(?:(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)|(?P<text>'[^'\\]*')|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>>=|<=|>|<|=|[(),]))"
)
COUNT = ["COUNT()"]
WORDS = ("SELECT", "FROM", "WHERE", "AND", "OR", "IN", "ORDER", "BY")
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
}


class Malformed(Exception):
    """errorCode and message as the API would say them."""

    def __init__(self, why: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True)
class Query:
    fields: list[str]
    object: str
    holds: Callable[[Record], bool]
    order: str | None


def parsed(soql: str, types: Mapping[str, Mapping[str, str]]) -> Query:
    """`types`: object -> field -> type, as the user sees them. Raises Malformed."""
    if len(soql) > 100_000:
        raise Malformed("query too long", "QUERY_TOO_COMPLICATED")
    return _Parser(soql, types).query()


class _Parser:
    def __init__(self, soql: str, types: Mapping[str, Mapping[str, str]]) -> None:
        self.types, self.tokens, self.at = types, [], 0
        place = 0
        while place < len(soql):
            found = TOKEN.match(soql, place)
            if not found:
                raise Malformed(f"unexpected token: {soql[place : place + 20]!r}")
            self.tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            place = found.end()

    def query(self) -> Query:
        self.word("SELECT")
        fields = self.counting() or [self.name()]
        while fields != COUNT and self.sign(","):
            fields.append(self.name())
        self.word("FROM")
        name = self.name()
        if name not in self.types:
            raise Malformed(f"sObject type '{name}' is not supported.", "INVALID_TYPE")
        self.fields = self.types[name]
        fields = [] if fields == COUNT else fields
        for field in fields:
            self.known(field)
        if len(set(fields)) != len(fields):
            raise Malformed("duplicate field selected", "INVALID_FIELD")
        holds = self.all_of() if self.is_word("WHERE") else lambda record: True
        order = self.ordered() if self.is_word("ORDER") else None
        if self.at < len(self.tokens):
            raise Malformed(f"unexpected token: {self.tokens[self.at][1]}")
        return Query(fields, name, holds, order)

    def counting(self) -> list[str]:
        """COUNT() alone, without a field: how many, and no record."""
        if self.tokens[self.at : self.at + 3] != [("name", "COUNT"), ("sign", "("), ("sign", ")")]:
            return []
        self.at += 3
        return list(COUNT)

    def ordered(self) -> str:
        self.word("BY")
        return self.known(self.name())

    def all_of(self) -> Callable[[Record], bool]:
        conditions = [self.condition()]
        while self.is_word("AND"):
            conditions.append(self.condition())
        if self.peek() == ("name", "OR"):
            raise Malformed("AND and OR need parentheses")
        return lambda record: all(condition(record) for condition in conditions)

    def condition(self) -> Callable[[Record], bool]:
        if self.sign("("):
            some = [self.all_of_inside()]
            while self.is_word("OR"):
                some.append(self.condition())
            self.sign(")", must=True)
            return lambda record: any(condition(record) for condition in some)
        field = self.known(self.name())
        if self.is_word("IN"):
            self.sign("(", must=True)
            values = [self.literal(field)]
            while self.sign(","):
                values.append(self.literal(field))
            self.sign(")", must=True)
            return lambda record: record.get(field) in values
        kind, operator = self.next()
        if kind != "sign" or operator not in OPERATORS:
            raise Malformed(f"unexpected token: {operator}")
        value = self.literal(field)
        return lambda record: record.get(field) is not None and OPERATORS[operator](record[field], value)

    def all_of_inside(self) -> Callable[[Record], bool]:
        first = self.condition()
        if not self.is_word("AND"):
            return first
        second = self.condition()
        return lambda record: first(record) and second(record)

    def literal(self, field: str) -> str:
        kind, value = self.next()
        expected = "instant" if self.fields[field] == "datetime" else "text"
        if kind != expected:
            raise Malformed(f"value of filter criterion for field '{field}' must be of type {self.fields[field]}", "INVALID_FIELD")
        return value.strip("'")

    def known(self, field: str) -> str:
        if field not in self.fields:
            raise Malformed(f"No such column '{field}'", "INVALID_FIELD")
        return field

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "end")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def name(self) -> str:
        kind, value = self.next()
        if kind != "name" or value in WORDS:
            raise Malformed(f"unexpected token: {value}")
        return value

    def is_word(self, word: str) -> bool:
        self.at += (found := self.peek() == ("name", word))
        return found

    def word(self, word: str) -> None:
        if not self.is_word(word):
            raise Malformed(f"expecting {word}, found {self.peek()[1]}")

    def sign(self, sign: str, must: bool = False) -> bool:
        self.at += (found := self.peek() == ("sign", sign))
        if must and not found:
            raise Malformed(f"expecting {sign}, found {self.peek()[1]}")
        return found
