"""Opens the store: one SQLite file in WAL mode, with explicit transactions.

Responsible for connections, their settings and the two kinds of transaction; must not know what the tables mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from connector.errors import StoreUnusable
from connector.store import schema, views
from connector.store.faults import explained
from connector.store.lock import StoreLock

#: how long a statement waits for another connection's write before it gives up
BUSY_SECONDS = 30.0
#: how long a checkpoint waits for readers
CHECKPOINT_MILLISECONDS = 500


class Store:
    """An open store. ``write`` and ``read`` are its transactions; nothing below them commits."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self.engine = engine
        #: the one-writer lock; re-entrant on this object, so that a sync may call what locks on its own
        self.lock = StoreLock(path)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: commits at the end, leaves nothing behind when the block raises."""
        with explained(self.path), self.engine.connect() as conn:
            conn.execution_options(begin="IMMEDIATE")
            with conn.begin():
                yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One unchanging view of the store; temporary tables made in it end with it, and nothing is committed."""
        with explained(self.path), self.engine.connect() as conn:
            transaction = conn.begin()
            try:
                yield conn
            finally:
                transaction.rollback()

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the file and truncates it, as far as readers allow."""
        with explained(self.path), self.engine.connect() as conn:
            raw = driver(conn)
            # an analyst's open query must not hold up the end of a run; the next one truncates then
            raw.execute(f"PRAGMA busy_timeout = {CHECKPOINT_MILLISECONDS}")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            raw.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def close(self) -> None:
        """Closes every connection; the last one to close a store also removes its write-ahead log."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(path: Path, *, write: bool = True) -> Store:
    """Opens the store at ``path``, brought to today's schema.

    With ``write`` a store that is not there is created. Without, it must be there; an older one is still
    migrated, because this program reads today's schema only. Raises StoreUnusable, or StoreLocked where a
    migration is due while a sync holds the store.
    """
    path = Path(path).absolute()
    _check_place(path, write=write)
    store = Store(path, make_engine(path, create=write))
    try:
        with explained(path):
            _bring_up_to_date(store, write=write)
    except BaseException:
        store.close()
        raise
    return store


def make_engine(path: Path, *, create: bool) -> Engine:
    """An engine whose transactions begin where we say: sqlite3's own implicit BEGIN is switched off."""
    immutable = not create and _only_readable(path)
    mode = "ro&immutable=1" if immutable else ("rwc" if create else "rw")

    def connect() -> sqlite3.Connection:
        # the URI needs ? # % of the path escaped, which as_uri does
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        _set_up(raw, wal=create)
        return raw

    # values of records must never reach an error text or a log, hence hide_parameters
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def driver(conn: Connection) -> sqlite3.Connection:
    """The sqlite3 connection below, for the hot paths: same transaction, no per-row wrapping."""
    raw: Any = conn.connection.driver_connection
    return raw  # type: ignore[no-any-return]


def _begin(conn: Connection) -> None:
    mode = conn.get_execution_options().get("begin", "DEFERRED")
    conn.exec_driver_sql(f"BEGIN {mode}")


def _set_up(raw: sqlite3.Connection, *, wal: bool) -> None:
    if wal:
        raw.execute("PRAGMA journal_mode = WAL").fetchall()
    # WAL with NORMAL loses at most the last commits at a power cut, and the cursors lie in the same file
    raw.execute("PRAGMA synchronous = NORMAL")
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("PRAGMA cache_size = -16384")
    raw.execute("PRAGMA temp_store = FILE")
    # fewer checkpoints: measured a tenth faster on a first load than the default of 1,000 pages
    raw.execute("PRAGMA wal_autocheckpoint = 4000")
    raw.execute("PRAGMA journal_size_limit = 67108864")


def _check_place(path: Path, *, write: bool) -> None:
    if path.is_dir():
        raise StoreUnusable(f"The store {path} is a folder, not a file.", hint="Set [store] url to a file in it.")
    if not path.parent.is_dir():
        raise StoreUnusable(
            f"The store {path} cannot be opened: there is no folder {path.parent}.",
            hint="Create the folder, or correct [store] url.",
        )
    if not write and not path.exists():
        raise StoreUnusable(
            f"There is no store at {path}.", hint="Run `crossfunnel sync` first, or correct [store] url."
        )


def _only_readable(path: Path) -> bool:
    """Whether the file lies where SQLite could not even create its shared memory: read-only media, a locked folder.

    Such a file is read as it is; that is safe only while no write-ahead log lies beside it.
    """
    try:
        probe = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
        try:
            probe.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        finally:
            probe.close()
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        closed = code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        return closed and path.is_file() and not path.with_name(path.name + "-wal").exists()
    return False


def _bring_up_to_date(store: Store, *, write: bool) -> None:
    with store.read() as conn:
        found = schema.version(conn, store.path)
    if found == schema.HEAD and not (write and _views_differ(store)):
        return
    with store.lock:
        with store.write() as conn:
            found = schema.version(conn, store.path)
            if found is None:
                schema.create(conn)
        if found not in (None, schema.HEAD):
            from connector.store.upgrade import upgrade  # alembic is slow to import and seldom needed

            upgrade(store, str(found))
        with store.write() as conn:
            views.refresh(conn)


def _views_differ(store: Store) -> bool:
    with store.read() as conn:
        return views.differ(conn)
