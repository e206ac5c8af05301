"""Turns SQLite's own complaints into one sentence a user can act on; must not know why the store was used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from connector.errors import StoreUnusable
from connector.store.lacking import lack

_RESTORE = "Restore a backup, or move the file away and run `crossfunnel sync --full`."
#: how SQLite tells that a statement names what is not in the file
_NOT_THERE = ("no such table", "no such column")
#: primary result code of SQLite -> (what is wrong, what to do)
_EXPLANATIONS = {
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        "Set [store] url to another file; this one was left untouched.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        _RESTORE,
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check that this account may read and write the file and its folder.",
    ),
    sqlite3.SQLITE_READONLY: ("cannot be written", "Check that this account may write the file and its folder."),
    sqlite3.SQLITE_PERM: ("may not be opened", "Check that this account may read and write the file and its folder."),
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full",
        "Free some space and run again; nothing half-done was kept.",
    ),
    sqlite3.SQLITE_IOERR: ("met a disk error", "Check the disk and its free space, then run again."),
    sqlite3.SQLITE_BUSY: (
        "is locked by another program's transaction",
        "Close the program that writes to it (a database browser with unsaved changes?) and run again.",
    ),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Maps faults of the file, and only those, to StoreUnusable; a wrong statement stays the bug it is."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            _raise_explained(path, error.orig)
        raise
    except sqlite3.Error as error:
        _raise_explained(path, error)
        raise


def _raise_explained(path: Path, error: sqlite3.Error) -> None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _EXPLANATIONS:
        what, hint = _EXPLANATIONS[code]
        raise StoreUnusable(f"The store {path} {what}.", hint=hint) from error
    if str(error).startswith(_NOT_THERE) and (lacking := lack(path)) is not None:
        raise StoreUnusable(f"The store {path} lacks the {lacking}.", hint=_RESTORE) from error
