"""Reads what the sources declare of their stage values; what they mean is mapping/stages.py's to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from connector.mapping.stages import Declared, StageBook

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping.pipelines import Funnels


def read_stage_book(
    conn: Connection, funnels: Funnels, kinds: Mapping[str, str], *, table: str = "source_stage"
) -> StageBook:
    """The book of a store; another ``table`` of the same shape may stand for what was declared at another time."""
    rows = conn.exec_driver_sql(
        f"SELECT source, value, position, is_won, is_closed, is_deleted FROM {table} WHERE value IS NOT NULL"
    )
    return StageBook(funnels, kinds, ((row[0], row[1], Declared(row[2], row[3], row[4]), bool(row[5])) for row in rows))
