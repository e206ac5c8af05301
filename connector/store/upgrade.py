"""Brings an older store to today's schema by alembic, after a backup beside it. All of it in one transaction.

Imported only when a store's version differs, because alembic is slow to import.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from connector.errors import StoreUnusable
from connector.store import views
from connector.store.engine import driver
from connector.store.faults import explained
from connector.store.handwork import unwatch

if TYPE_CHECKING:
    from connector.store.engine import Store

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(store: Store, found: str, *, scripts: Path = MIGRATIONS, to: str = "head") -> Path:
    """Backs the store up and migrates it from revision ``found``; the caller holds the lock.

    Returns the backup's path; it stays, for the user to delete. A kill or an error in between leaves the
    store as it was.
    """
    copy = backup(store, found)
    config = Config()
    config.set_main_option("script_location", scripts.as_posix().replace("%", "%%"))
    with store.write() as conn:
        own_views = views.set_aside(conn)
        # they read several tables, and the next derivation puts them up again
        unwatch(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, to)
        for view in own_views:
            conn.exec_driver_sql(view)
        views.refresh(conn)
    return copy


def backup(store: Store, label: str) -> Path:
    """A consistent copy beside the store, made by SQLite itself; as readable as the store is, not more."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    copy = store.path.with_name(f"{store.path.name}.backup-{label}-{stamp}")
    try:
        copy.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise StoreUnusable(
            f"The store {store.path} is of an older schema, and no backup can be written beside it: {error}.",
            hint="Make its folder writable for this account.",
        ) from error
    with explained(store.path), store.engine.connect() as conn:
        try:
            # VACUUM INTO takes an empty file, and refuses to run inside a transaction
            driver(conn).execute("VACUUM INTO ?", (str(copy),))
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
    shutil.copymode(store.path, copy)
    return copy
