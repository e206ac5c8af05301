"""What stands in the cells of a Persian table: figures, days and words. It must not know where the cells stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.iso4217 import exponent
from connector.metrics.catalog import MONEY
from connector.metrics.notes import Note
from connector.metrics.words import column_words, measure_words, name_of_term, word
from connector.metrics.words.persian import PERCENT, day, isolated, number
from connector.metrics.words.telling import told
from connector.report.righttoleft import Cell

if TYPE_CHECKING:
    from connector.metrics import MetricInfo
    from connector.metrics.scope import Scope

_FIGURES = (*MONEY, "count", "integer", "number", "days", "share")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
#: columns that hold words of the product
_WORDS = ("basis", "kind", "stage")


@dataclass(frozen=True)
class Cells:
    """The cells of one measure's rows."""

    about: MetricInfo
    currency: str
    scope: Scope | None

    def name(self, column: str) -> str:
        """What a column is called."""
        return column_words(self.about.name, column, "head") or isolated(column)

    def head(self, column: str) -> str:
        """The same, with the currency of amounts."""
        return f"{self.name(column)} ({isolated(self.currency)})" if self._kind(column) in MONEY else self.name(column)

    def meaning(self, column: str) -> str:
        """What a column means; in English where there are no Persian words yet."""
        english = next((each.description for each in self.about.columns if each.name == column), column)
        return column_words(self.about.name, column, "means") or isolated(english)

    def of(self, row: Mapping[str, Any], name: str) -> Cell:
        """One figure or word as people read it; a dash where there is none."""
        value = row.get(name)
        kind = self._kind(name)
        if value is None or value in ([], ""):
            return Cell("-", is_number=True)
        if kind in _FIGURES:
            return _figure(value, kind, self.currency)
        if kind == "day":
            return Cell(day(value), is_number=True)
        return Cell(_of_words(value, kind) or self._text(row, name))

    def _kind(self, column: str) -> str:
        return next((each.kind for each in self.about.columns if each.name == column), "text")

    def _text(self, row: Mapping[str, Any], name: str) -> str:
        value = row[name]
        if self.about.name == "definitions":
            return _defined(row, name)
        if name == "stage" and self.scope is not None:
            value = self.scope.called_in(row, value)
        if isinstance(value, Note):
            return told(value, "fa")
        return _word(value) if name in _WORDS or value == "(none)" else isolated(str(value))


def _figure(value: float, kind: str, currency: str) -> Cell:
    """A number: money in major units, shares in percent; what is decided is decided on the exact one."""
    if kind in MONEY:
        decimals = exponent(currency)
        return Cell(number(f"{value / 10**decimals:.{decimals}f}"), is_number=True)
    if kind == "share":
        return Cell(number(f"{value * 100:.1f}") + PERCENT, is_number=True)
    short = f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return Cell(number(short), is_number=True)


def _of_words(value: Any, kind: str) -> str | None:
    """Yes or no, lists of words, and lists of pairs."""
    if kind == "flag":
        return _word("yes" if value else "no")
    if kind == "pairs":
        return "، ".join(" ".join(map(_piece, pair)) for pair in value)
    return "، ".join(map(_word, value)) if kind == "words" else None


def _piece(value: object) -> str:
    """One of a pair: a day, a number, or a word."""
    if isinstance(value, int):
        return number(str(value))
    text = str(value)
    return day(text) if _DAY.match(text) else _word(text)


def _word(key: str) -> str:
    """A word of the product; what is none (the name of a reward) as it is."""
    return word("cells", key) or isolated(key)


def _defined(row: Mapping[str, Any], name: str) -> str:
    """A cell of ``definitions``: a thing by its Persian name, with the word for it in commands and columns."""
    key = str(row[name])
    if name == "name":
        called = measure_words(key, "title", "fa", key) if row["kind"] == "measure" else name_of_term(key)
        return f"{called or ''} ({isolated(key)})"
    return key if name == "definition" else _word(key)
