"""What a measure answers: rows and notes, and the records behind them. Knows no measure and no store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.metrics.notes import Count, Note
from connector.metrics.words import ENGLISH
from connector.metrics.words.telling import told

if TYPE_CHECKING:
    from connector.metrics.scope import Scope

#: (source, object of the source, id in the source) -> link into the CRM, None where there is none
RecordUrl = Callable[[str, str, str], str | None]


@dataclass(frozen=True)
class Result:
    """The answer of ``metrics NAME``; ``exit_code`` 8 where the question was yes or no and the answer is no.

    ``scope`` knows what people call the stages of the rows; notes are told in ``language``.
    """

    metric: str
    params: dict[str, Any]
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    notes: list[Note]
    exit_code: int = 0
    scope: Scope | None = None
    language: str = ENGLISH

    def told(self) -> list[str]:
        """The notes as people read them."""
        return [told(note, self.language) for note in self.notes]

    def to_json(self) -> dict[str, Any]:
        """The answer as ``--format json`` prints it: but for the notes, the same in every language."""
        return {
            "metric": self.metric,
            "params": self.params,
            "columns": list(self.columns),
            "rows": self.rows,
            "notes": self.told(),
        }


@dataclass(frozen=True)
class Contribution:
    """What one record of the store adds to the columns of one row."""

    id: str
    source: str | None
    source_object: str | None
    source_id: str | None
    contributes: dict[str, int]

    def to_json(self, record_url: RecordUrl) -> dict[str, Any]:
        """The record as ``explain --format json`` prints it."""
        url = None
        if self.source is not None:
            own_id = self.source_id or self.id.removeprefix(f"{self.source}:")
            url = record_url(self.source, self.source_object or "", own_id)
        return {"id": self.id, "source": self.source, "url": url, "contributes": self.contributes}


@dataclass
class Ledger:
    """Collects contributions by record, so that a record that adds to several columns stands there once."""

    entries: dict[str, Contribution] = field(default_factory=dict)

    def add(self, record: dict[str, Any], **contributes: int | None) -> None:
        """Adds what is known and not nothing; a count of 0 or a value of 0 is kept out."""
        known = {column: value for column, value in contributes.items() if value}
        entry = self.entries.get(record["id"])
        if entry is None:
            entry = Contribution(record["id"], record["source"], record["source_object"], record["source_id"], {})
            self.entries[record["id"]] = entry
        for column, value in known.items():
            entry.contributes[column] = entry.contributes.get(column, 0) + value

    def contributions(self) -> list[Contribution]:
        """The records in the order of their ids."""
        return [self.entries[key] for key in sorted(self.entries)]


@dataclass(frozen=True)
class Explanation:
    """The answer of ``explain NAME``."""

    metric: str
    definition: str
    formula: tuple[str, ...]
    sql: str
    params: dict[str, Any]
    policies: dict[str, Any]
    rows: list[tuple[dict[str, Any], list[Contribution]]]
    record_url: RecordUrl
    scope: Scope | None = None
    language: str = ENGLISH

    def to_json(self) -> dict[str, Any]:
        """The answer as ``--format json`` prints it."""
        return {
            "metric": self.metric,
            "definition": self.definition,
            "formula": "; ".join(self.formula),
            "sql": self.sql,
            "params": self.params,
            "policies": self.policies,
            "rows": [
                {"row": row, "records": [record.to_json(self.record_url) for record in records]}
                for row, records in self.rows
            ],
        }


def counted(number: int, one: str, many: str | None = None) -> Count:
    """``1 deal``, ``2 deals``: numbers in notes."""
    return Count(number, one, many)
