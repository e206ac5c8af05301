"""The currency table: every currency that occurs in the store, with its ISO 4217 exponent."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.iso4217 import exponent
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, run_many

_OCCURRING = """
    SELECT currency FROM opportunity UNION SELECT currency FROM quota
    UNION SELECT currency FROM fx_rate UNION SELECT currency FROM campaign
"""


def derive_currencies(conn: Connection, context: DeriveContext) -> None:
    """Adds what occurs and mends exponents; a currency that no longer occurs does no harm and stays."""
    occurring = {code for (code,) in fetch(conn, _OCCURRING) if code} | {context.report.base_currency}
    stored: dict[str, int] = dict(fetch(conn, "SELECT code, exponent FROM currency"))
    run_many(
        conn,
        "INSERT OR REPLACE INTO currency (code, exponent) VALUES (?, ?)",
        [(code, exponent(code)) for code in sorted(occurring) if stored.get(code) != exponent(code)],
    )
