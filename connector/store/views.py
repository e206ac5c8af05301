"""Keeps the analyst views in the store the same as their definitions (see analyst_views.py); knows none of them."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.analyst_views import VIEWS


def differ(conn: Connection) -> bool:
    """Whether a view is missing, left over, or has another text than this program's."""
    return _stored(conn) != {view.name: view.sql() for view in VIEWS}


def refresh(conn: Connection) -> None:
    """Creates the views anew where they differ. Never commits."""
    if not differ(conn):
        return
    drop(conn)
    for view in VIEWS:
        conn.exec_driver_sql(view.sql())


def drop(conn: Connection) -> None:
    """Removes every ``v_`` view: SQLite refuses to alter a table that a view reads."""
    for name in _stored(conn):
        conn.exec_driver_sql(f'DROP VIEW "{name}"')


def _stored(conn: Connection) -> dict[str, str]:
    rows = conn.exec_driver_sql(
        r"SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name LIKE 'v\_%' ESCAPE '\'"
    )
    return {str(name): str(text) for name, text in rows}
