"""Forgets superseded versions and rejects that are older than the user wants to keep. Never commits."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.settings import VERSIONS_KEPT_FROM, set_setting
from connector.store.tables import VERSIONS


def prune(conn: Connection, *, versions_before: str | None = None, rejects_before: str | None = None) -> int:
    """Drops versions that were replaced, and rejects that were last met, before these instants; None keeps all.

    Remembers that what was known before then can no longer be told.
    """
    dropped = 0
    if versions_before is not None:
        for versions in VERSIONS.values():
            dropped += conn.exec_driver_sql(f"DELETE FROM {versions} WHERE known_to < ?", (versions_before,)).rowcount
        if dropped:
            set_setting(conn, VERSIONS_KEPT_FROM, versions_before)
    if rejects_before is not None:
        dropped += conn.exec_driver_sql(
            "DELETE FROM reject WHERE coalesce(retried_at, "
            "(SELECT started_at FROM sync_run WHERE sync_run.run_id = reject.run_id)) < ?",
            (rejects_before,),
        ).rowcount
    return dropped
