"""Says which value in the store made a computation fail, or its figure be none; looked for only once it did.

It must not know any measure, nor what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connector.errors import CrossfunnelError
from connector.store.misfits import MOST, refuse_misfits, refuse_sums

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.metrics.catalog import Column

#: how the engines tell that a number is too large for them
_OVERFLOW = ("integer overflow", "Out of Range Error", "Python int too large")


@contextmanager
def blamed(conn: Connection) -> Iterator[None]:
    """Whatever unexpected ends the computation: ValueUnusable where a value in the store explains it."""
    try:
        yield
    except CrossfunnelError:
        raise
    except Exception as error:
        refuse_misfits(conn)
        if any(word in str(error) for word in _OVERFLOW):
            refuse_sums(conn)
        raise


def refuse_what_is_no_sum(conn: Connection, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """ValueUnusable where a sum is no whole number of 64 bits: SQLite adds up what is no number as zero, to a float.

    What an engine holds beyond 64 bits is refused too, so that all engines answer alike.
    """
    for column in columns:
        if column.is_additive:
            for row in rows:
                figure = row.get(column.name)
                if isinstance(figure, float):
                    refuse_misfits(conn)
                elif figure is not None and abs(figure) > MOST:
                    refuse_sums(conn)
