"""What a path of a query comes to. Knows no query and no object."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.salesforce.fields import Field


@dataclass(frozen=True)
class Column:
    """One value of every answered row: its path as the org spells it, its field, the SQL that reads it."""

    path: tuple[str, ...]
    field: Field
    sql: str
