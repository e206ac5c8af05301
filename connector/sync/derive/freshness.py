"""Makes sure that what is about to be read is derived: rows put in by hand, a changed file, a run that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.errors import StoreLocked
from connector.store.misfits import refuse_misfits
from connector.sync.derive.context import context_of
from connector.sync.derive.deriver import Deriver

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.settings import Settings
    from connector.store import Store


def ensure_current(store: Store, settings: Settings, mappings: Mappings, *, at: str | None = None) -> bool:
    """Derives what is due, under the store's lock; returns whether anything was. ValueUnusable where a row put in by
    hand holds what its column is not for.

    While a sync holds the lock nothing is done: it derives what it loads, and readers see its last commit.
    """
    deriver = Deriver(context_of(settings, mappings, at))
    with store.read() as conn:
        if not deriver.is_due(conn):
            return False
    try:
        with store.lock, store.write() as conn:
            refuse_misfits(conn, by_hand=True)
            deriver.finish(conn)
    except StoreLocked:
        return False
    return True
