"""Sentences beside the figures: an English template and its parts, so that words/ can tell them in another language.

As a string a ``Note`` is the English sentence; words/fa/notes.toml has the Persian form of every template. It must not
know any measure, nor any other language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from connector.iso4217 import exponent


@dataclass(frozen=True)
class Count:
    """``1 deal``, ``2 deals``: how many of what; the noun is one of words/."""

    number: int
    one: str
    many: str | None = None

    def __str__(self) -> str:
        return f"{self.number} {self.one if self.number == 1 else self.many or self.one + 's'}"


@dataclass(frozen=True)
class Figure:
    """A number as English writes it: ``1,234.50``, ``6.4``, ``1e+12``."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Day:
    """A day, ``YYYY-MM-DD``."""

    day: str

    def __str__(self) -> str:
        return self.day


@dataclass(frozen=True)
class Name:
    """What people, accounts, currencies, files or commands are called: the same in every language."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Word:
    """A word of the product with a meaning of its own (the key of a filter, a kind of violation), one of words/."""

    key: str

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Called:
    """A thing with a key, which is said in English, and names by language, such as a stage."""

    key: str
    names: Mapping[str, str]

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Listed:
    """Several parts in a row."""

    parts: tuple[Part, ...]
    joint: str = ", "

    @classmethod
    def of(cls, parts: Iterable[Part], joint: str = ", ") -> Listed:
        """The parts of any iterable."""
        return cls(tuple(parts), joint)

    def __str__(self) -> str:
        return self.joint.join(map(str, self.parts))


class Note(str):
    """A sentence, or a piece of one: the template in English, with the parts that fill its ``{placeholders}``."""

    __slots__ = ("parts", "template")
    template: str
    parts: Mapping[str, Part]

    def __new__(cls, template: str, /, **parts: Part) -> Note:
        """The English sentence, which also remembers what it is made of."""
        made = super().__new__(cls, template.format_map({name: str(part) for name, part in parts.items()}))
        made.template, made.parts = template, parts
        return made

    def __getnewargs_ex__(self) -> tuple[Any, Any]:
        """How a note is copied."""
        return (self.template,), dict(self.parts)


Part = Union[Note, Count, Figure, Day, Name, Word, Called, Listed, int]  # noqa: UP007 - named before they are


def spelled_money(amount_minor: int, currency: str) -> Note:
    """``1,234.50 USD``: minor units as people write them, exactly."""
    decimals = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    amount = f"{sign}{whole:,}{f'.{part:0{decimals}d}' if decimals else ''}"
    return Note("{amount} {currency}", amount=Figure(amount), currency=Name(currency))
