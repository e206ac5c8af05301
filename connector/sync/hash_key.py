"""The key of keyed hashes: an owner-only file beside the store, never in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from connector.errors import StoreUnusable


def hash_key(store: Path) -> bytes:
    """32 random bytes, made at first use; the same store keeps hashing the same text to the same value."""
    path = store.with_name(store.name + ".key")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise StoreUnusable(
                f"{path} is no hash key: it must hold 32 bytes.", hint="Restore it from a backup."
            ) from None
        return key
    except OSError as error:
        raise StoreUnusable(
            f"The hash key {path} cannot be written: {error}.", hint="Check the folder's permissions."
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
