"""What had been recorded by the end of the day: facts that only ever come. It must not know any measure."""

from __future__ import annotations

from connector.metrics.known.shadows import Shadows
from connector.store.tables import RECORDED, table


def recall_ledger(shadows: Shadows) -> None:
    """Puts up a view of every such table without what was recorded later."""
    for name in RECORDED:
        columns = ", ".join(column.name for column in table(name).columns)
        later = shadows.moment.is_before("COALESCE(recorded_at, '')")
        shadows.replace(name, f"SELECT {columns} FROM {shadows.space.store}.{name} WHERE NOT ({later})")
