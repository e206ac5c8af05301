"""Records that could not be mapped: kept once each until they can be. Never commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from connector.store.chunks import chunks, marks
from connector.store.texts import storable


class Refusal(Protocol):
    """What the mapper says of a record that it refused."""

    @property
    def source_id(self) -> str | None: ...
    @property
    def rule(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class StoredReject:
    """A reject as it lies in the store."""

    reject_id: int
    source: str
    object: str
    source_id: str | None
    rule: str
    message: str
    run_id: str | None
    retried_at: str | None
    fields: dict[str, Any]


def write_rejects(
    conn: Connection,
    source: str,
    source_object: str,
    refused: Sequence[Refusal],
    *,
    run_id: str,
    retried_at: str | None = None,
) -> None:
    """Keeps refused records, each once: a record that is refused again replaces its earlier reject.

    Records without an id are told apart by their fields.
    """
    if not refused:
        return
    rows = [
        (storable(each.source_id), storable(each.rule), storable(each.message), _body(each.fields)) for each in refused
    ]
    resolve_rejects(conn, source, source_object, [row[0] for row in rows])
    nameless = [(source, source_object, row[3]) for row in rows if row[0] is None]
    if nameless:
        conn.exec_driver_sql(
            "DELETE FROM reject WHERE source = ? AND object = ? AND source_id IS NULL AND fields = ?", nameless
        )
    last = {row[0] or row[3]: row for row in rows}
    conn.exec_driver_sql(
        "INSERT INTO reject (source, object, run_id, retried_at, source_id, rule, message, fields) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(source, source_object, run_id, retried_at, *row) for row in last.values()],
    )


def resolve_rejects(conn: Connection, source: str, source_object: str, source_ids: Iterable[str | None]) -> int:
    """Forgets the rejects of records that could be mapped now, or are gone; returns how many there were."""
    if not has_rejects(conn, source, source_object):
        return 0
    resolved = 0
    for chunk in chunks(each for each in source_ids if each):
        resolved += conn.exec_driver_sql(
            f"DELETE FROM reject WHERE source = ? AND object = ? AND source_id IN ({marks(len(chunk))})",
            (source, source_object, *chunk),
        ).rowcount
    return resolved


def forget_nameless(conn: Connection, source: str, source_object: str) -> None:
    """Forgets rejects without an id: a whole read meets what is left of them again."""
    conn.exec_driver_sql(
        "DELETE FROM reject WHERE source = ? AND object = ? AND source_id IS NULL", (source, source_object)
    )


def forget_unmet(
    conn: Connection, source: str, source_object: str, *, run_id: str, modified_field: str | None, since: str | None
) -> None:
    """Forgets rejects that a whole read of this run did not meet: their records are gone from the source.

    Where the read only asked for records changed ``since``, older ones may be there all the same.
    """
    unmet = conn.exec_driver_sql(
        "SELECT reject_id, fields FROM reject WHERE source = ? AND object = ? AND run_id IS NOT ?",
        (source, source_object, run_id),
    )
    drop_rejects(
        conn,
        [
            number
            for number, fields in unmet
            if since is None or str(_fields(fields).get(modified_field or "") or "") >= since
        ],
    )


def has_rejects(conn: Connection, source: str, source_object: str) -> bool:
    """Whether any record of the object is kept as rejected."""
    found = conn.exec_driver_sql(
        "SELECT 1 FROM reject WHERE source = ? AND object = ? LIMIT 1", (source, source_object)
    ).one_or_none()
    return found is not None


def read_rejects(
    conn: Connection, *, source: str | None = None, source_object: str | None = None
) -> Iterator[StoredReject]:
    """The rejects, oldest first, of one source or object where given; streamed."""
    cursor = conn.exec_driver_sql(
        "SELECT reject_id, source, object, source_id, rule, message, run_id, retried_at, fields FROM reject "
        "WHERE (? IS NULL OR source = ?) AND (? IS NULL OR object = ?) ORDER BY reject_id",
        (source, source, source_object, source_object),
    )
    for row in cursor:
        kept = dict(row._mapping)
        yield StoredReject(**{**kept, "fields": _fields(kept["fields"])})


def list_rejects(
    conn: Connection, *, source: str | None = None, source_object: str | None = None
) -> list[StoredReject]:
    """The same as read_rejects, all at once: for showing them."""
    return list(read_rejects(conn, source=source, source_object=source_object))


def drop_rejects(conn: Connection, reject_ids: Iterable[int]) -> None:
    """Forgets rejects by number: the way for those that carry no source id."""
    for chunk in chunks(reject_ids):
        conn.exec_driver_sql(f"DELETE FROM reject WHERE reject_id IN ({marks(len(chunk))})", tuple(chunk))


def mark_retried(conn: Connection, reject_ids: Iterable[int], *, at: str) -> None:
    """Notes that these rejects were tried again, and nothing else can be said of them."""
    for chunk in chunks(reject_ids):
        conn.exec_driver_sql(f"UPDATE reject SET retried_at = ? WHERE reject_id IN ({marks(len(chunk))})", (at, *chunk))


def refuse_again(conn: Connection, refused: Mapping[int, Refusal], *, at: str) -> None:
    """Rejects, by number, that were tried again and refused again: why now, and what is kept of them now."""
    rows = [
        (storable(each.rule), storable(each.message), _body(each.fields), at, number)
        for number, each in refused.items()
    ]
    if rows:
        conn.exec_driver_sql(
            "UPDATE reject SET rule = ?, message = ?, fields = ?, retried_at = ? WHERE reject_id = ?", rows
        )


def _body(fields: Mapping[str, Any]) -> str:
    """Fields as JSON from which each comes back as it was: numbers stay exact, so that a retry maps the same values."""
    return _ENCODER.encode({name: storable(value) for name, value in fields.items()}).decode()


def _fields(body: str | None) -> dict[str, Any]:
    return dict(json.loads(body or "{}", parse_float=Decimal))


_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted", enc_hook=str)
