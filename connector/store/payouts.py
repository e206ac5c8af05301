"""Adds payouts to the ledger: numbers them, names them, never changes one. Never commits, knows no pay plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from connector.store.tables import table


@dataclass(frozen=True)
class Due:
    """What is to be paid to one person for one quota period, in minor units of ``currency``."""

    as_of: str
    person_id: str
    owner_id: str | None
    period_start: str
    period_end: str
    plan: str | None
    tier: str | None
    quota_minor: int | None
    won_minor: int
    commission_minor: int
    paid_minor: int
    currency: str
    #: deal -> what of it counts, and what it earns
    deals: Mapping[str, Mapping[str, int]]


def record_payouts(conn: Connection, due: Iterable[Due], *, at: str) -> list[str]:
    """Adds one payout for each; returns their ids, which depend on nothing but what was recorded before."""
    columns = [column.name for column in table("payout").columns]
    insert = f"INSERT INTO payout ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    added = []
    for each in due:
        paid = (each.person_id, each.period_start, each.period_end, each.currency)
        number = 1 + conn.exec_driver_sql(_COUNT, paid).scalar_one()
        given = {**vars(each), "number": number, "recorded_at": at, "payout_id": _id(*paid, number)}
        given["deals"] = json.dumps(each.deals, sort_keys=True)
        conn.exec_driver_sql(insert, tuple(given[name] for name in columns))
        added.append(given["payout_id"])
    return added


_COUNT = """
    SELECT COALESCE(MAX(number), 0) FROM payout
    WHERE person_id = ? AND period_start = ? AND period_end = ? AND currency = ?
"""


def _id(*of: object) -> str:
    return f"payout:{hashlib.sha256(json.dumps(of).encode()).hexdigest()}"
