"""What can be told of a store without changing a byte of it or beside it: for ``crossfunnel check``."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from connector.errors import StoreUnusable
from connector.store import schema
from connector.store.faults import explained
from connector.store.lock import StoreLock
from connector.store.settings import get_setting


def examine(path: Path) -> str:
    """How the store stands, in a few words.

    Raises StoreUnusable where a sync could not use it: no database, another program's, a newer one's, not to be
    written; StoreLocked where a sync holds it now.
    """
    path = Path(path).absolute()
    if not path.exists():
        _check_writable(next(parent for parent in path.parents if parent.exists()), path)
        return "will be made by the first sync" + ("" if path.parent.is_dir() else ", with its folder")
    if not path.is_file():
        raise StoreUnusable(f"The store {path} is no file.", hint="Set [store] url to a file.")
    found = _version(path)
    _check_writable(path.parent, path)
    _check_writable(path, path)
    lock = StoreLock(path)
    # where nobody ever took the lock there is no file of it, and taking it would make one
    if lock.path.exists():
        with lock:
            pass
    if found == schema.HEAD:
        return "opens and is free"
    return "is empty and free" if found is None else "is of an older version; the next sync backs it up and migrates it"


def kept_setting(path: Path, name: str) -> str | None:
    """A setting that the store keeps about itself; None also where there is no store yet. StoreUnusable as above."""
    path = Path(path).absolute()
    if not path.is_file():
        return None
    with _looking_at(path) as conn:
        return None if schema.version(conn, path) is None else get_setting(conn, name)


def _version(path: Path) -> str | None:
    with _looking_at(path) as conn:
        return schema.version(conn, path)


@contextmanager
def _looking_at(path: Path) -> Iterator[Connection]:
    """The store, read as a file that never changes where no write-ahead log lies beside it."""
    log = path.with_name(path.name + "-wal")
    mode = "ro" if log.exists() and log.stat().st_size else "ro&immutable=1"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, check_same_thread=False)

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    try:
        with explained(path), engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _check_writable(place: Path, store: Path) -> None:
    if not os.access(place, os.W_OK | (os.X_OK if place.is_dir() else 0)):
        what = f"the folder {place}" if place.is_dir() else "the file"
        raise StoreUnusable(
            f"The store {store} cannot be written: this account may not write {what}.",
            hint="Give the account that runs crossfunnel write access, or set [store] url to another place.",
        )
