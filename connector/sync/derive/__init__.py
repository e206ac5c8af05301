"""Derived rows: visits, stages, people, memberships, values, currencies, the calendar and drift, computed from records.

Everything is a function of the store's rows, the mapping files and [report], except the value of open deals, which
is as of the day of the last sync. Nothing here commits, and nothing here knows a source's wire.

::

    context_of(settings, mappings, at=None) -> DeriveContext
    Deriver(context)
        .enrich(conn, table, columns, rows) -> (columns, rows)   a page of rows that are not stored yet
        .deals(conn, ids)                                        rebuilds touched deals, in the page's transaction
        .finish(conn)                                            all that is due once the pages are in
        .is_due(conn) -> bool
    ensure_current(store, settings, mappings, *, at=None) -> bool
    drift_count(conn, source) -> int
"""

from connector.sync.derive.context import DeriveContext, context_of
from connector.sync.derive.deriver import Deriver
from connector.sync.derive.drift import drift_count
from connector.sync.derive.freshness import ensure_current

__all__ = ["DeriveContext", "Deriver", "context_of", "drift_count", "ensure_current"]
