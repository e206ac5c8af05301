"""Made-up mapped rows for the tests of loading."""

from typing import Any

from connector.store.engine import Store
from connector.store.load import Loaded, load

COLUMNS = (
    "id", "source", "source_id", "source_object", "is_deleted", "source_modified_at",
    "name", "source_stage", "amount_minor", "probability", "extra",
)  # fmt: skip


def deal(source_id: str, **values: Any) -> tuple[Any, ...]:
    """One mapped deal of the source ``acme``."""
    row = {
        "id": f"acme:{source_id}", "source": "acme", "source_id": source_id, "source_object": "Opportunity",
        "is_deleted": 0, "source_modified_at": "2026-01-01T00:00:00Z", "name": f"Deal {source_id}",
        "source_stage": "Prospecting", "amount_minor": 100, "probability": 0.1, "extra": None,
    }  # fmt: skip
    return tuple({**row, **values}[column] for column in COLUMNS)


def loaded(store: Store, *rows: tuple[Any, ...], second: int = 0, fresh: bool = False) -> Loaded:
    """Loads one page of deals in a transaction of its own."""
    with store.write() as conn:
        return load(conn, "opportunity", COLUMNS, rows, synced_at=moment(second), fresh=fresh)


def moment(second: int) -> str:
    """An instant of the tests' own clock."""
    return f"2026-02-01T00:{second // 60:02}:{second % 60:02}Z"


def stored(store: Store, table: str = "opportunity", order: str = "id") -> list[dict[str, Any]]:
    """All rows of a table."""
    with store.read() as conn:
        return [dict(row) for row in conn.exec_driver_sql(f"SELECT * FROM {table} ORDER BY {order}").mappings()]
