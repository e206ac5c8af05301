"""``$filter`` expressions as a tree: the subset of OData 4.0 that Dataverse documents under "Filter rows".

Knows neither tables nor SQL: ``conditions`` and ``metadata_query`` give the tree its meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from connector.sandbox.dynamics.refusals import (
    Refused,
    bad_request,
    no_signature,
    not_supported,
    too_deep,
    too_many_conditions,
    unknown_function,
)

LiteralKind = Literal["string", "number", "boolean", "null", "guid", "instant", "day", "enum", "column"]
Scalar = str | Decimal | bool | None

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
    | (?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
    | (?P<day>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<enum>[A-Za-z_][\w.]*'(?:[^']|'')*')
    | '(?P<string>(?:[^']|'')*)'
    | "(?P<quoted>[^"]*)"
    | (?P<word>[@A-Za-z_][\w./]*)
    | (?P<mark>[(),=\[\]])
    )""",
    re.VERBOSE,
)
OPERATORS = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}
MOST_CONDITIONS = 500
_DEEPEST = 60
_TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
_NAMESPACE = "Microsoft.Dynamics.CRM."
#: documented under "Dataverse query functions", not spoken here
_OTHER_FUNCTIONS = frozenset(
    """
    InFiscalPeriod InFiscalPeriodAndYear InFiscalYear InOrAfterFiscalPeriodAndYear InOrBeforeFiscalPeriodAndYear
    Last7Days LastFiscalPeriod LastFiscalYear LastMonth LastWeek LastXDays LastXFiscalPeriods LastXFiscalYears
    LastXHours LastXMonths LastXWeeks LastXYears LastYear Next7Days NextFiscalPeriod NextFiscalYear NextMonth NextWeek
    NextXDays NextXFiscalPeriods NextXFiscalYears NextXHours NextXMonths NextXWeeks NextXYears NextYear OlderThanXDays
    OlderThanXHours OlderThanXMinutes OlderThanXMonths OlderThanXWeeks OlderThanXYears On OnOrAfter OnOrBefore
    ThisFiscalPeriod ThisFiscalYear ThisMonth ThisWeek ThisYear Today Tomorrow Yesterday EqualBusinessId EqualUserId
    NotEqualBusinessId NotEqualUserId Above AboveOrEqual EqualUserOrUserHierarchy EqualUserOrUserHierarchyAndTeams
    EqualUserOrUserTeams EqualUserTeams NotUnder Under UnderOrEqual ContainValues DoesNotContainValues Between
    NotBetween NotIn EqualUserLanguage
    """.split()
)


@dataclass(frozen=True)
class Value:
    """A literal with the kind that its spelling gives it; of a ``column`` the name.

    ``of``: the enumeration that an ``enum`` literal is spelt with.
    """

    kind: LiteralKind
    value: Scalar
    of: str = ""


@dataclass(frozen=True)
class Comparison:
    path: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Call:
    """``contains(path,'x')`` and the like, or ``Microsoft.Dynamics.CRM.In`` with its values."""

    name: str
    path: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Not:
    inner: Node


@dataclass(frozen=True)
class Both:
    """``and`` or ``or``."""

    word: Literal["and", "or"]
    left: Node
    right: Node


Node = Comparison | Call | Not | Both
_Token = tuple[str, str]
_WORDS = {"true": Value("boolean", True), "false": Value("boolean", False), "null": Value("null", None)}


def parse_filter(text: str) -> Node:
    """The tree of a filter; Refused (400) with the place where it stops to make sense, or for being too much.

    "Filter rows using OData", Condition limits: at most 500 conditions; an ``In`` counts as one.
    """
    tokens = _tokens(text)
    parser = _Parser(tokens, text)
    node = parser.either()
    if parser.place != len(tokens):
        raise parser.trouble()
    if parser.conditions > MOST_CONDITIONS:
        raise too_many_conditions()
    return node


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            if text[place:].lstrip().startswith("'"):
                raise bad_request(f"There is an unterminated literal at position {len(text)} in '{text}'.")
            raise bad_request(f"Syntax error at position {place} in '{text}'.")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._depth = 0
        self.place = 0
        self.conditions = 0

    def trouble(self) -> Refused:
        return bad_request(f"Syntax error at token {self.place} in '{self._text}'.")

    def either(self) -> Node:
        node = self._every()
        while self._take("word", "or"):
            node = Both("or", node, self._every())
        return node

    def _every(self) -> Node:
        node = self._one()
        while self._take("word", "and"):
            node = Both("and", node, self._one())
        return node

    def _one(self) -> Node:
        if self._take("word", "not"):
            return Not(self._negated())
        if self._take("mark", "("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise too_deep()
            node = self.either()
            self._need("mark", ")")
            self._depth -= 1
            return node
        self.conditions += 1
        path = self._need("word")
        if self._take("mark", "("):
            return self._call(path)
        operator = self._need("word")
        if operator not in OPERATORS:
            raise self.trouble()
        return Comparison(path, operator, self._operand())

    def _negated(self) -> Node:
        """``not`` binds tighter than a comparison: it takes parentheses or a function, never ``not name eq 'x'``."""
        following = self._tokens[self.place : self.place + 2]
        if following and following[0][0] == "word" and following[0][1] != "not" and following[1:] != [("mark", "(")]:
            raise bad_request(
                "A unary operator with an incompatible type was detected. Found operand type 'Edm.String' for operator "
                "kind 'Not'."
            )
        return self._one()

    def _call(self, name: str) -> Node:
        if name in _TEXT_FUNCTIONS:
            path = self._need("word")
            self._need("mark", ",")
            values: tuple[Value, ...] = (self._value(),)
            if values[0].kind != "string":
                raise no_signature(name)
        elif name == f"{_NAMESPACE}In":
            path, values = self._membership()
        elif name.removeprefix(_NAMESPACE) in _OTHER_FUNCTIONS and name.startswith(_NAMESPACE):
            raise not_supported(f"The query function {name}")
        else:
            raise unknown_function(name)
        self._need("mark", ")")
        return Call(name, path, values)

    def _membership(self) -> tuple[str, tuple[Value, ...]]:
        """``PropertyName='x',PropertyValues=["a","b"]``."""
        self._need("word", "PropertyName")
        self._need("mark", "=")
        path = self._need("string")
        self._need("mark", ",")
        self._need("word", "PropertyValues")
        self._need("mark", "=")
        self._need("mark", "[")
        values = [self._listed()]
        while self._take("mark", ","):
            values.append(self._listed())
        self._need("mark", "]")
        return path, tuple(values)

    def _listed(self) -> Value:
        """A value of a list, where JSON's double quotes may stand as well."""
        if self.place < len(self._tokens) and self._tokens[self.place][0] == "quoted":
            return Value("string", self._next()[1])
        return self._value()

    def _operand(self) -> Value:
        """What a column is compared with: a literal, or another column of the row."""
        if self.place < len(self._tokens):
            kind, text = self._tokens[self.place]
            if kind == "word" and text not in _WORDS and text not in ("and", "or", "not"):
                self.place += 1
                return Value("column", text)
        return self._value()

    def _value(self) -> Value:
        kind, text = self._next()
        match kind:
            case "string":
                return Value("string", text.replace("''", "'"))
            case "number":
                return Value("number", Decimal(text))
            case "guid" | "instant" | "day":
                return Value(kind, text)
            case "enum":
                return Value("enum", text.partition("'")[2][:-1], of=text.partition("'")[0])
            case "word" if text in _WORDS:
                return _WORDS[text]
        raise self.trouble()

    def _next(self) -> _Token:
        if self.place >= len(self._tokens):
            raise self.trouble()
        self.place += 1
        return self._tokens[self.place - 1]

    def _take(self, kind: str, text: str) -> bool:
        if self.place < len(self._tokens) and self._tokens[self.place] == (kind, text):
            self.place += 1
            return True
        return False

    def _need(self, kind: str, text: str | None = None) -> str:
        found, value = self._next()
        if found != kind or (text is not None and value != text):
            self.place -= 1
            raise self.trouble()
        return value
