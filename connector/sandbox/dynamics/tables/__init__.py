"""The tables of a fresh sandbox organization, by logical name."""

from __future__ import annotations

from connector.sandbox.dynamics.schema import Table
from connector.sandbox.dynamics.tables import activities, audit, campaigns, goals, parties, processes, sales, setup

TABLES: dict[str, Table] = {
    draft.name: draft.table()
    for module in (setup, parties, sales, processes, goals, audit, activities, campaigns)
    for draft in module.DRAFTS
}  # fmt: skip
