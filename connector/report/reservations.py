"""What an answer must be read with, whatever the measure: how fresh, whole and mapped the store behind it is.

It speaks of the store as it is now, and must not know any measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping import Mappings
    from connector.metrics import MetricInfo, Result
    from connector.metrics.notes import Note, Part
    from connector.settings import ReportSettings

#: how many names a note lists
_LISTED = 5


def reservations(
    conn: Connection, about: MetricInfo, result: Result, report: ReportSettings, mappings: Mappings
) -> Iterator[Note]:
    """That nothing was ever read, or not lately, that some records could not be, or stages of the org are unclaimed."""
    from connector import instants
    from connector.metrics.notes import Day, Note, Word

    if conn.exec_driver_sql(f"SELECT 1 FROM {about.reads} LIMIT 1").one_or_none() is None:
        yield from _empty(conn, about.reads, mappings)
    read_at = conn.exec_driver_sql("SELECT max(started_at) FROM sync_run WHERE status IN ('ok', 'partial')").scalar()
    if read_at is not None and (read_on := instants.day_of(read_at, report.zone)) < result.params["as_of"]:
        yield Note("The last sync was on {day}: nothing is known of what happened since.", day=Day(read_on))
    last = conn.exec_driver_sql("SELECT status FROM sync_run ORDER BY run_id DESC LIMIT 1").scalar()
    if last not in (None, "ok", "running"):
        yield Note(
            "The last sync ended as {ending}: what it could not read is missing or stands as it was; "
            "`crossfunnel status` tells more.",
            ending=Word(last),
        )
    (rejected,) = conn.exec_driver_sql("SELECT count(*) FROM reject").one()
    if rejected:
        yield Note(
            "{number} rejected records are missing or stand as they were: `crossfunnel rejects` lists them.",
            number=rejected,
        )
    if about.shows_stages:
        yield from _unclaimed(conn, result)


def _empty(conn: Connection, table: str, mappings: Mappings) -> Iterator[Note]:
    """Why a table has nothing for the measure: nobody mapped it, the org lacks what would fill it, or has no rows."""
    from connector.metrics.notes import Name, Note
    from connector.store import WHOLE_OBJECT

    if table == "opportunity":
        yield Note("The store holds no deals: run `crossfunnel sync`, or see `crossfunnel status`.")
        return
    filling = {name for kind in mappings.kinds.values() for name, one in kind.objects.items() if table in one.tables}
    if not filling:
        yield Note(
            "The table {table} of the store is empty: a mapping file must name what fills it.", table=Name(table)
        )
        return
    missing = [
        f"{source}: {source_object}" if field == WHOLE_OBJECT else f"{source}: {source_object}.{field}"
        for source, source_object, field in conn.exec_driver_sql(
            "SELECT source, object, field FROM missing_field ORDER BY source, object, field"
        )
        if source_object in filling
    ]
    if missing:
        yield Note(
            "The table {table} of the store is empty: the org lacks or hides what the mapping fills it from "
            "({missing}); `crossfunnel status` lists it, `crossfunnel check` says where it is asked for.",
            table=Name(table),
            missing=_first_few([Name(each) for each in missing]),
        )
    else:
        yield Note(
            "The table {table} of the store is empty: no record that counts came from what the mapping fills it from "
            "({objects}); `crossfunnel status` tells what was read.",
            table=Name(table),
            objects=_first_few([Name(each) for each in sorted(filling)]),
        )


def _unclaimed(conn: Connection, result: Result) -> Iterator[Note]:
    """That deals stand, or stood, in stages of their CRM of which funnel.yaml does not say what they are."""
    from connector.metrics.notes import Count, Name, Note
    from connector.metrics.people import fold
    from connector.sync.derive.drift import FIELD, FIELD_OF_PIPELINE

    pairs = (each.partition("=") for each in result.params["where"])
    asked = {fold(value) for key, _, value in pairs if key == "source"}
    found = [
        Note(
            "{value} of {source}{of_pipeline} ({deals})",
            value=Name(value),
            source=Name(source),
            of_pipeline=Note(" in pipeline {pipeline}", pipeline=Name(field.removeprefix(FIELD_OF_PIPELINE)))
            if field != FIELD
            else Note(""),
            deals=Count(deals, "deal"),
        )
        for source, field, value, deals in conn.exec_driver_sql(
            'SELECT source, field, value, "count" FROM drift WHERE field = ? OR field LIKE ? '
            'ORDER BY "count" DESC, source, object, field, value',
            (FIELD, f"{FIELD_OF_PIPELINE}%"),
        )
        if asked <= {fold(source)}
    ]
    if found:
        yield Note(
            "No stage of funnel.yaml claims {values}: {names}. A deal there counts as no further than the last claimed "
            "stage that it came to; a stage that it passed under such a value has no days and counts as skipped. Claim "
            "them in funnel.yaml; `crossfunnel status` lists them.",
            values=Count(len(found), "stage value"),
            names=_first_few(found),
        )


def _first_few(names: Sequence[Part]) -> Part:
    from connector.metrics.notes import Listed, Note

    first = Listed.of(names[:_LISTED])
    if len(names) <= _LISTED:
        return first
    return Note("{names} and {number} more", names=first, number=len(names) - _LISTED)
