"""The tables of superseded states: beside each table whose rows change, one with the same columns and two instants.

They are laid out after the tables themselves, so that a column added there is kept here too. It must not know who
writes or reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table

#: columns that only a superseded state has, before those of its row
OWN = ("version_id", "id", "known_from", "known_to")


def version_table(name: str) -> str:
    """The name of the table that holds the superseded states of a table."""
    return f"{name}_version"


def versions_of(of: Table, metadata: MetaData) -> Table:
    """The table of superseded states of a table: every column of it, none required, and the time it was known."""
    return Table(
        version_table(of.name),
        metadata,
        *_own_columns(of),
        *(_copy(column) for column in of.columns if column.name not in (*OWN, "synced_at")),
        comment=f"Superseded states of `{of.name}`: what its rows held before they changed.",
    )


def _own_columns(of: Table) -> Iterator[Column[Any]]:
    text = of.columns["id"].type
    yield Column("version_id", Integer, primary_key=True, comment="Row number")
    yield Column("id", text, comment="The row that changed", info={"kind": "ref", "table": of.name})
    for name, comment in (
        ("known_from", "When this state came into the store, NULL: from ever"),
        ("known_to", "When the next state replaced it, or the row went"),
    ):
        yield Column(name, text, comment=comment, info={"kind": "instant"})


def _copy(column: Column[Any]) -> Column[Any]:
    return Column(column.name, column.type, comment=column.comment, info=dict(column.info))
