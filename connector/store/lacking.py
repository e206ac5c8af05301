"""Tells what a store of today's version lacks of today's schema, because somebody dropped it; must not write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from connector.store import schema
from connector.store.tables import METADATA


def lack(path: Path) -> str | None:
    """The first table or column that is not there, in words; None where all are, or where nobody can tell."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
            if raw.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchall() != [(schema.HEAD,)]:
                return None
            for name, table in METADATA.tables.items():
                there = {row[1] for row in raw.execute(f"PRAGMA table_info({name})")}
                if not there:
                    return f"table {name}"
                if gone := [column.name for column in table.columns if column.name not in there]:
                    return f"column {gone[0]} of the table {name}"
    except sqlite3.Error:
        pass
    return None
