"""SOQL text -> syntax tree, by recursive descent. Knows no object and no field.

Strict where the real parser is: quoted strings with their escapes, whole date literals, AND and OR never mixed
without parentheses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.sandbox.salesforce.errors import Refusal, at_place, malformed_query, not_served
from connector.sandbox.salesforce.soql.syntax import (
    Call,
    Comparison,
    Condition,
    Kind,
    Literal,
    Logic,
    Ordering,
    Path,
    Query,
    Subquery,
    TypeOf,
)

LONGEST = 100_000
LONGEST_STRING = 4_000
MOST_ORDERINGS = 32
_LARGEST_NUMBER = 2**31 - 1
#: of parentheses and NOT in one another: a bound of the sandbox's own
DEEPEST = 100
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d))
    |(?P<naive>\d{4}-\d\d-\d\dT[\d:.]*)
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::\d+)?)
    |(?P<mark><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "N": "\n",
    "R": "\r",
    "T": "\t",
    "B": "\b",
    "F": "\f",
}
_UNSERVED = frozenset({"HAVING", "USING", "WITH"})
_RESERVED = _UNSERVED | {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "FOR", "ALL"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else ""


def parse(text: str) -> Query:
    """Raises ``Refusal`` MALFORMED_QUERY where ``text`` is no query."""
    if len(text) > LONGEST:
        raise malformed_query(f"SOQL statements cannot be longer than {LONGEST} characters.")
    parser = _Parser(text)
    query = parser.query()
    parser.end()
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._scan(text))
        self._next = 0
        self._depth = 0

    def query(self) -> Query:
        self._expect("SELECT")
        selected = [self._selected()]
        while self._take(","):
            selected.append(self._selected())
        self._expect("FROM")
        source = self._source()
        self._refuse_unserved()
        where = self._conditions() if self._take("WHERE") else None
        grouped = self._list_of_paths("GROUP")
        self._refuse_unserved()
        ordered: list[Ordering] = []
        if self._take("ORDER"):
            self._expect("BY")
            ordered.append(self._ordering())
            while self._take(","):
                ordered.append(self._ordering())
            if len(ordered) > MOST_ORDERINGS:
                raise malformed_query(f"ORDER BY takes at most {MOST_ORDERINGS} fields")
        limit = self._whole() if self._take("LIMIT") else None
        offset = self._whole() if self._take("OFFSET") else None
        self._refuse_unserved()
        if self._peek().word == "ALL":
            raise malformed_query("ALL ROWS not allowed in this context")
        return Query(self._text, tuple(selected), source, where, grouped, tuple(ordered), limit, offset)

    def _refuse_unserved(self) -> None:
        """Clauses that Salesforce knows and the sandbox does not."""
        first, second = self._peek().word, self._tokens[min(self._next + 1, len(self._tokens) - 1)].word
        if first in _UNSERVED or (first == "FOR" and second in ("VIEW", "REFERENCE", "UPDATE")):
            raise not_served(first)

    def end(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected()

    def _selected(self) -> Path | Call | Subquery | TypeOf:
        token = self._peek()
        if self._take("("):
            inner = Subquery(self.query(), token.position)
            self._expect(")")
            return inner
        if token.word == "TYPEOF":
            while self._peek().word != "END":
                if self._advance().kind == "end":
                    raise self._unexpected()
            self._advance()
            return TypeOf(token.position)
        path = self._path()
        if not self._take("("):
            return path
        argument = None if self._peek().text == ")" else self._argument()
        self._expect(")")
        following = self._peek()
        aliased = following.kind == "name" and following.word not in _RESERVED and argument is not None
        alias = self._advance().text if aliased else None
        return Call(path.text.upper(), argument, alias, path.position)

    def _argument(self) -> Path:
        """A path, or the word ALL of ``FIELDS(ALL)``."""
        token = self._peek()
        if token.word == "ALL":
            self._advance()
            return Path(token.text, token.position)
        return self._path()

    def _conditions(self) -> Condition:
        first = self._condition()
        word = self._peek().word
        if word not in ("AND", "OR"):
            return first
        parts = [first]
        while self._take(word):
            parts.append(self._condition())
        if self._peek().word in ("AND", "OR"):
            raise self._unexpected()
        return Logic("AND" if word == "AND" else "OR", tuple(parts))

    def _condition(self) -> Condition:
        opening = self._peek()
        if opening.word == "NOT" or opening.text == "(":
            return self._nested(self._advance())
        path = self._path()
        if self._peek().text == "(":
            raise not_served(f"functions in conditions, such as {path.text}")
        operator = self._operator()
        if operator in ("IN", "NOT IN", "INCLUDES", "EXCLUDES"):
            return self._membership(path, operator)
        return Comparison(path, operator, (self._literal(),))

    def _nested(self, opening: _Token) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise malformed_query(at_place(self._text, opening.position, f"more than {DEEPEST} levels of conditions"))
        if opening.word == "NOT":
            inner: Condition = Logic("NOT", (self._condition(),))
        else:
            inner = self._conditions()
            self._expect(")")
        self._depth -= 1
        return inner

    def _membership(self, path: Path, operator: str) -> Comparison:
        opening = self._expect("(")
        if self._peek().word == "SELECT":
            inner = Subquery(self.query(), opening.position)
            self._expect(")")
            return Comparison(path, operator, subquery=inner)
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return Comparison(path, operator, tuple(values))

    def _operator(self) -> str:
        token = self._advance()
        if token.text in ("=", "!=", "<>", "<", "<=", ">", ">="):
            return "!=" if token.text == "<>" else token.text
        if token.word in ("LIKE", "IN", "INCLUDES", "EXCLUDES"):
            return token.word
        if token.word == "NOT" and self._take("IN"):
            return "NOT IN"
        raise self._unexpected(token)

    def _literal(self) -> Literal:
        token = self._advance()
        if token.kind == "string":
            text = _ESCAPE.sub(self._unescape, token.text[1:-1])
            if len(text) > LONGEST_STRING:
                raise malformed_query(f"string literals in filters cannot be longer than {LONGEST_STRING} characters")
            return Literal("string", text, token.position)
        kinds: dict[str, Kind] = {"number": "number", "date": "date", "datetime": "datetime"}
        if token.kind in kinds:
            return Literal(kinds[token.kind], token.text, token.position)
        if token.word in ("TRUE", "FALSE"):
            return Literal("boolean", token.word, token.position)
        if token.word == "NULL":
            return Literal("null", "", token.position)
        if token.word and token.word not in _RESERVED:
            return Literal("range", token.word, token.position)
        raise self._unexpected(token)

    def _unescape(self, match: re.Match[str]) -> str:
        char = match[1]
        if char in "\\'\"":
            return char
        if char in "%_":
            return "\\" + char
        if char in _ESCAPED:
            return _ESCAPED[char]
        raise malformed_query(f"Invalid string literal. Illegal character sequence '\\{char}' in string literal.")

    def _ordering(self) -> Ordering:
        path = self._path()
        descending = self._take("DESC") is not None
        if not descending:
            self._take("ASC")
        nulls_last = False
        if self._take("NULLS"):
            nulls_last = bool(self._take("LAST"))
            if not nulls_last:
                self._expect("FIRST")
        return Ordering(path, descending, nulls_last)

    def _list_of_paths(self, word: str) -> tuple[Path, ...]:
        if not self._take(word):
            return ()
        self._expect("BY")
        paths = [self._path()]
        while self._take(","):
            paths.append(self._path())
        if self._peek().text == "(":
            raise not_served(f"GROUP BY {paths[-1].text}")
        return tuple(paths)

    def _whole(self) -> int:
        token = self._advance()
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected(token)
        if int(token.text) > _LARGEST_NUMBER:
            raise malformed_query(at_place(self._text, token.position, f"numeric value out of range: {token.text}"))
        return int(token.text)

    def _source(self) -> Path:
        """The object that is read: ``Group`` and ``Order`` are standard objects (docs: object reference)."""
        if self._peek().word in ("GROUP", "ORDER"):
            token = self._advance()
            return Path(token.text, token.position)
        return self._path()

    def _path(self) -> Path:
        token = self._advance()
        if token.kind != "name" or token.word in _RESERVED or ":" in token.text:
            raise self._unexpected(token)
        return Path(token.text, token.position)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def _take(self, what: str) -> _Token | None:
        token = self._peek()
        return self._advance() if what in (token.word, token.text) and token.kind in ("name", "mark") else None

    def _expect(self, what: str) -> _Token:
        token = self._take(what)
        if token is None:
            raise self._unexpected()
        return token

    def _unexpected(self, token: _Token | None = None) -> Refusal:
        token = token or self._peek()
        found = "unexpected end of query" if token.kind == "end" else f"unexpected token: '{token.text}'"
        return malformed_query(at_place(self._text, token.position, found))

    def _scan(self, text: str) -> list[_Token]:
        tokens: list[_Token] = []
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None or match.lastgroup == "naive":
                found = text[place:].split(maxsplit=1)[0]
                raise malformed_query(at_place(text, place, f"unexpected token: '{found[:80]}'"))
            if match.lastgroup != "space":
                tokens.append(_Token(match.lastgroup, match[0], place))
            place = match.end()
        return [*tokens, _Token("end", "", len(text))]
