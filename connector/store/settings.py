"""Small facts that the store keeps about itself, by name: what derived columns were computed with. Never commits."""

from __future__ import annotations

from sqlalchemy import Connection

#: ISO code of the currency that base_minor is in; the analyst views read it
BASE_CURRENCY = "base_currency"
#: instant before which superseded states were dropped; none where all are kept
VERSIONS_KEPT_FROM = "versions.kept_from"
#: instant from which on every table keeps its superseded states; none where it always did
VERSIONS_BEGIN = "versions.begin"


def get_setting(conn: Connection, name: str) -> str | None:
    """The value kept under the name."""
    row = conn.exec_driver_sql("SELECT value FROM store_setting WHERE name = ?", (name,)).one_or_none()
    return None if row is None else row[0]


def set_setting(conn: Connection, name: str, value: str | None) -> None:
    """Keeps a value; None forgets the name."""
    if value is None:
        conn.exec_driver_sql("DELETE FROM store_setting WHERE name = ?", (name,))
    else:
        conn.exec_driver_sql("INSERT OR REPLACE INTO store_setting (name, value) VALUES (?, ?)", (name, value))
