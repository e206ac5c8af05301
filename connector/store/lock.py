"""One writer at a time: an operating system lock on a file beside the store, free the moment its holder dies.

Must not know what the writer does, nor open the store itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from connector.errors import StoreLocked, StoreUnusable


class StoreLock:
    """The lock of one store; re-entrant on one object, whatever thread holds it. Never waits."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.path = store.resolve().with_name(store.resolve().name + ".lock")
        # a lock file that merely exists would outlive a killed holder, so where the file system has no locks we say so
        self._lock = FileLock(self.path, timeout=0, thread_local=False, fallback_to_soft=False)

    def acquire(self) -> None:
        """Takes the lock or raises StoreLocked at once."""
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreLocked(
                f"Another run of crossfunnel, a sync or another that writes, holds the store {self.store}.",
                hint="Wait until it ends; the lock is free the moment its process is gone.",
            ) from None
        except (OSError, NotImplementedError) as error:
            raise StoreUnusable(
                f"The lock file {self.path} cannot be used: {error}.",
                hint="Put the store in a folder that this account may write, on a file system with file locks.",
            ) from error

    def release(self) -> None:
        """Gives back one acquire."""
        self._lock.release()

    @property
    def held(self) -> bool:
        """Whether this object holds the lock now."""
        return self._lock.is_locked

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
