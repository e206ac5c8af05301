"""Deals whose derived rows are due: noted in the transaction that changed them, so that no crash forgets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

STEP = 2_000
#: stands for every deal of the store
EVERY_DEAL = "*"


def mark_pending(conn: Connection, deals: Iterable[str]) -> None:
    """Notes unified ids of deals. Never commits."""
    rows = [(each,) for each in deals]
    if rows:
        conn.exec_driver_sql("INSERT OR IGNORE INTO pending_deal (opportunity_id) VALUES (?)", rows)


def mark_all_pending(conn: Connection) -> None:
    """Notes all deals at once: what a first load does, whose deals are all new. Never commits."""
    mark_pending(conn, [EVERY_DEAL])


def all_pending(conn: Connection) -> bool:
    """Whether every deal is due."""
    found = conn.exec_driver_sql("SELECT 1 FROM pending_deal WHERE opportunity_id = ?", (EVERY_DEAL,))
    return found.one_or_none() is not None


def has_pending(conn: Connection) -> bool:
    """Whether any deal is due."""
    return conn.exec_driver_sql("SELECT 1 FROM pending_deal LIMIT 1").one_or_none() is not None


def pending_deals(conn: Connection) -> Iterator[list[str]]:
    """The deals that are due, in bounded lists, in order of id; they may be cleared while iterating."""
    last = ""
    statement = f"SELECT opportunity_id FROM pending_deal WHERE opportunity_id > ? ORDER BY 1 LIMIT {STEP}"
    while rows := conn.exec_driver_sql(statement, (last,)).scalars().all():
        yield list(rows)
        last = rows[-1]


def clear_pending(conn: Connection, deals: Iterable[str] | None = None) -> None:
    """Forgets these deals, or all. Never commits."""
    if deals is None:
        conn.exec_driver_sql("DELETE FROM pending_deal")
        return
    rows = [(each,) for each in deals]
    if rows:
        conn.exec_driver_sql("DELETE FROM pending_deal WHERE opportunity_id = ?", rows)
