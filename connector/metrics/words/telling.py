"""Tells a note in a language: its template there, filled with its parts. It must not know any measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.metrics.notes import Called, Count, Day, Figure, Listed, Name, Note, Part, Word
from connector.metrics.words import ENGLISH, word
from connector.metrics.words.persian import day, isolated, number


def told(part: Part, language: str) -> str:
    """A note, or a part of one, in a language; a word that has no other stands in English."""
    return str(part) if language == ENGLISH else _in_persian(part)


def _in_persian(part: Part) -> str:
    return _PERSIAN[type(part)](part)


def _note(note: Note) -> str:
    template = word("notes", note.template)
    if template is None:
        return isolated(note)
    return template.format_map({name: _in_persian(part) for name, part in note.parts.items()})


def _count(count: Count) -> str:
    return f"{number(str(count.number))} {word('nouns', count.one) or isolated(count.one)}"


def _called(called: Called) -> str:
    name = called.names.get("fa") or called.names.get(ENGLISH)
    return isolated(name) if name else word("cells", called.key) or isolated(called.key)


def _listed(listed: Listed) -> str:
    return (word("joints", listed.joint) or listed.joint).join(map(_in_persian, listed.parts))


_PERSIAN: dict[type, Callable[[Any], str]] = {
    Note: _note,
    Count: _count,
    Called: _called,
    Listed: _listed,
    Figure: lambda figure: number(figure.text),
    Day: lambda each: word("cells", each.day) or day(each.day),
    Name: lambda name: isolated(name.text),
    Word: lambda each: word("cells", each.key) or isolated(each.key),
    int: lambda value: number(str(value)),
}
