"""The key of keyed hashes: an owner-only file beside the store, never in it.

The store keeps a mark of the key, from which nobody learns it, so that a lost or exchanged key is told: a new one
would hash every text to another value, and what was hashed before would never be met again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import StoreUnusable
from connector.store import get_setting, set_setting
from connector.store.examine import kept_setting

if TYPE_CHECKING:
    from connector.mapping import ObjectMapping
    from connector.store import Store

_MARK = "hash_key.mark"
_BYTES = 32


def hash_key(store: Store, objects: Iterable[ObjectMapping], *, keep: bool = True) -> bytes:
    """The store's key, made at first use; nothing where no rule hashes. Without ``keep`` nothing is written."""
    if not any(one.hashed for one in objects):
        return b""
    path = _beside(store.path)
    with store.read() as conn:
        known = get_setting(conn, _MARK)
    key = _kept(path, known)
    if key is None:
        key = _made(path) if keep else secrets.token_bytes(_BYTES)
    if known is None and keep:
        with store.write() as conn:
            set_setting(conn, _MARK, _mark(key))
    return key


def check_hash_key(store: Path, objects: Iterable[ObjectMapping]) -> None:
    """StoreUnusable where a sync of the objects into this store would refuse its key; nothing is made or changed."""
    if any(one.hashed for one in objects):
        _kept(_beside(store), kept_setting(store, _MARK))


def known_hash_key(store: Path) -> bytes | None:
    """The key of a store that has hashed something, for those who only ask; nothing is made."""
    return _read(_beside(store))


def _kept(path: Path, known: str | None) -> bytes | None:
    """The key in the file, held against the mark that the store knows; None where nothing was hashed yet."""
    key = _read(path)
    if key is None and known is not None:
        raise StoreUnusable(
            f"The hash key {path} is gone: texts hashed from now on would not match those in the store.",
            hint="Restore it from a backup. Without one, move the store away and run `crossfunnel sync` anew.",
        )
    if key is not None and known not in (None, _mark(key)):
        raise StoreUnusable(
            f"{path} is not the key that the texts in the store were hashed with.",
            hint="Restore the key that belongs to this store from a backup.",
        )
    return key


def _beside(store: Path) -> Path:
    return store.with_name(store.name + ".key")


def _mark(key: bytes) -> str:
    return hashlib.sha256(b"crossfunnel hash key\0" + key).hexdigest()[:32]


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            key = file.read(_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnusable(
            f"The hash key {path} cannot be read: {error.strerror}.", hint="Check the file's permissions."
        ) from error
    if len(key) != _BYTES:
        raise StoreUnusable(f"{path} is no hash key: it must hold {_BYTES} bytes.", hint="Restore it from a backup.")
    return key


def _made(path: Path) -> bytes:
    key = secrets.token_bytes(_BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
    except OSError as error:
        raise StoreUnusable(
            f"The hash key {path} cannot be written: {error.strerror}.", hint="Check the folder's permissions."
        ) from error
    return key
