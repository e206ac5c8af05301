"""Reads YAML into a tree that remembers where each thing stands. Knows nothing of what the tree means.

The files are settings, not programs: one document, plain mappings, lists and scalars. Anchors and aliases,
tags, duplicate keys, deep nesting and large files are refused, and so is every plain scalar that YAML readers
understand in different ways (``NO``, ``12:30``, ``012``, ``0x1F``, ``1_000``): it must be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from connector.errors import Place
from connector.mapping.findings import Findings

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
#: entries, list items and values of one file
MAX_NODES = 40_000
#: characters of one value or key
MAX_LENGTH = 5_000
#: characters of a number: no system counts on with more, and above that no pattern below is tried
MAX_DIGITS = 40

Plain = str | int | bool | Decimal | None

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_TRUTH = re.compile(r"(?i:yes|no|on|off)\Z")
_CLOCK = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")
_ODD_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*"
    r"|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+|\.[0-9]+|[0-9]+\.|\.(inf|Inf|INF|nan|NaN|NAN))\Z"
)


@dataclass(frozen=True)
class Scalar:
    """One value. ``quoted`` tells ``"0"`` from ``0``."""

    value: Plain
    place: Place
    quoted: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Entries:
    """A mapping; keys are unique, ``keys`` says where each stands."""

    values: dict[Plain, Node]
    place: Place
    keys: dict[Plain, Place] = field(default_factory=dict)

    def get(self, key: Plain) -> Node | None:
        """The value under a key, None where there is none."""
        return self.values.get(key)


Node = Scalar | Items | Entries


class Unreadable(Exception):
    """The file is no tree of settings; the finding has been noted."""


def spelt(node: Node) -> str:
    """A short spelling of a node for messages."""
    if isinstance(node, Scalar):
        return "null" if node.value is None else repr(node.value) if node.quoted else str(node.value)
    return "a list" if isinstance(node, Items) else "a mapping"


def read_tree(text: str, file: str, findings: Findings) -> Node | None:
    """The tree of one file, or None where it cannot be read; mistakes go to ``findings``."""
    top = Place(file, 1, 1)
    if len(text) > MAX_BYTES:
        findings.add(
            top, f"the file has over {MAX_BYTES:,} characters; mapping files are small, is this the right one?"
        )
        return None
    try:
        return _Composer(text, file, findings).document()
    except Unreadable:
        return None
    except yaml.MarkedYAMLError as error:
        findings.add(_place_of(error, text, file), f"not YAML: {_sentence(error)}")
    except yaml.reader.ReaderError as error:
        at = text.find(chr(error.character))
        place = Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        findings.add(
            place, f"not YAML: the control character U+{error.character:04X}; save the file as plain UTF-8 text"
        )
    except yaml.YAMLError as error:
        findings.add(top, f"not YAML: {str(error).splitlines()[0]}")
    return None


def _place_of(error: yaml.MarkedYAMLError, text: str, file: str) -> Place:
    """Where the parser stumbled; at the end of the last line where it ran out of text."""
    mark, lines = error.problem_mark or error.context_mark, text.splitlines() or [""]
    if mark is None or mark.line >= len(lines):
        return Place(file, len(lines), len(lines[-1]) + 1)
    return Place(file, mark.line + 1, mark.column + 1)


def _sentence(error: yaml.MarkedYAMLError) -> str:
    """libyaml's complaint, and for the two commonest slips what to do."""
    problem = error.problem or "cannot be read"
    if "'\\t'" in problem or "found character that cannot start any token" in problem:
        return f"{problem} (indent with spaces, not tabs; quote texts that start with @, ` or %)"
    if any(sign in problem for sign in ("expected node content", "unexpected end of stream", "expected ',' or")):
        return f"{problem} (is a bracket or a quote still open?)"
    if "mapping values are not allowed" in problem:
        return f"{problem} (a text with ': ' in it must be quoted)"
    return problem


class _Composer:
    """Builds the tree from the parser's events, so that nothing is expanded or called on the way."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._file = file
        self._findings = findings
        self._nodes = 0

    def document(self) -> Node:
        event = self._take()
        while not isinstance(event, yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                self._refuse(event, "the file is empty")
            event = self._take()
        node = self._node(self._take(), 0)
        self._take()
        event = self._take()
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse(event, "a second document starts here; a file holds one")
        return node

    def _take(self) -> Any:
        return next(self._events)

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: Any, message: str) -> None:
        self._findings.add(self._place(event), message)
        raise Unreadable

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            name = f"*{event.anchor}" if isinstance(event, yaml.AliasEvent) else f"&{event.anchor}"
            self._refuse(event, f"anchors and aliases ({name[:20]}) are not supported here; write the entry out")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"tags ({event.tag[:40]}) are not supported here; write a plain value")
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} levels deep")
        if self._findings.full:
            raise Unreadable
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse(event, f"more than {MAX_NODES:,} entries; mapping files are small, is this the right one?")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._entries(event, depth)
        return self._scalar(event)

    def _items(self, start: Any, depth: int) -> Items:
        items = []
        while not isinstance(event := self._take(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Items(tuple(items), self._place(start))

    def _entries(self, start: Any, depth: int) -> Entries:
        values: dict[Plain, Node] = {}
        keys: dict[Plain, Place] = {}
        spellings: dict[str, Plain] = {}
        while not isinstance(event := self._take(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._take(), depth + 1)
            if not isinstance(key, Scalar):
                self._findings.add(key.place, f"a key must be a plain word or number, not {spelt(key)}")
                continue
            if key.value == "<<" and not key.quoted:
                self._findings.add(key.place, "merge keys (<<) are not supported here; write the entries out")
                continue
            # 1 and true are equal in Python and "1" and 1 mean the same option: none may stand beside the other
            spelling = str(key.value)
            if spelling in spellings or key.value in values:
                earlier = keys[spellings.get(spelling, key.value)]
                self._findings.add(key.place, f"duplicate key {spelling!r}, first used in line {earlier.line}")
                continue
            spellings[spelling] = key.value
            values[key.value], keys[key.value] = value, key.place
        return Entries(values, self._place(start), keys)

    def _scalar(self, event: Any) -> Scalar:
        place = self._place(event)
        text: str = event.value
        if len(text) > MAX_LENGTH:
            self._refuse(event, f"a value of over {MAX_LENGTH:,} characters (is a quote still open?)")
        if not event.implicit[0]:
            return Scalar(text, place, quoted=True)
        return Scalar(self._plain(text, place), place)

    def _plain(self, text: str, place: Place) -> Plain:
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > MAX_DIGITS:
            return text
        if _WHOLE.match(text):
            if len(text) > 18:
                self._surprise(place, text, "rounded by some YAML readers", "or write a shorter number")
            return int(text)
        if _NUMBER.match(text):
            return Decimal(text)
        if _TRUTH.match(text):
            self._surprise(place, text, "a truth value to some YAML readers", "or write true or false")
        elif _CLOCK.match(text):
            self._surprise(place, text, "a number in base 60 to some YAML readers")
        elif _ODD_NUMBER.match(text):
            self._surprise(place, text, "read as different numbers or as text by different YAML readers")
        return text

    def _surprise(self, place: Place, text: str, why: str, otherwise: str = "or spell the number plainly") -> None:
        self._findings.add(place, f'{text[:40]} without quotes is {why}: write "{text[:40]}", {otherwise}')
