"""Keeps the analyst views in the store the same as their definitions (see analyst_views.py); knows none of them.

The store remembers which views this program made, so that views that users add are never touched.
"""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.analyst_views import VIEWS
from connector.store.settings import get_setting, set_setting

_MADE = "views"


def differ(conn: Connection) -> bool:
    """Whether one of our views is missing, has another text, or was made by an older program only."""
    stored = _stored(conn)
    ours = {view.name: view.sql() for view in VIEWS}
    return set(_made(conn)) != set(ours) or any(stored.get(name) != text for name, text in ours.items())


def refresh(conn: Connection) -> None:
    """Makes our views anew where they differ. Never commits."""
    if not differ(conn):
        return
    stored = _stored(conn)
    for name in {*_made(conn), *(view.name for view in VIEWS)} & set(stored):
        _drop(conn, name)
    for view in VIEWS:
        conn.exec_driver_sql(view.sql())
    set_setting(conn, _MADE, " ".join(view.name for view in VIEWS))


def set_aside(conn: Connection) -> list[str]:
    """Drops every view, because SQLite refuses to alter a table that one reads; returns the texts of the users' own."""
    stored = _stored(conn)
    made = set(_made(conn)) if stored else set()
    own = []
    for name, text in stored.items():
        _drop(conn, name)
        if name not in made:
            own.append(text)
    return own


def _made(conn: Connection) -> list[str]:
    return (get_setting(conn, _MADE) or "").split()


def _drop(conn: Connection, name: str) -> None:
    quoted = name.replace('"', '""')
    conn.exec_driver_sql(f'DROP VIEW "{quoted}"')


def _stored(conn: Connection) -> dict[str, str]:
    rows = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY name")
    return {str(name): str(text) for name, text in rows}
