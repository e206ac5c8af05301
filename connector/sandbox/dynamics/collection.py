"""A GET on an entity set: plain pages, whole reads with change tracking, deltas, counts.

"Page results", "Count number of rows" and "Use change tracking" of Microsoft's Web API documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.sandbox.dynamics.conditions import Sql, column_of, condition, sortable
from connector.sandbox.dynamics.expand import Expansion, expansions, with_expansions
from connector.sandbox.dynamics.filters import parse_filter
from connector.sandbox.dynamics.paging import Place
from connector.sandbox.dynamics.query import MOST_ROWS, Options, Preferences
from connector.sandbox.dynamics.refusals import not_supported, not_tracked, not_with_tracking, too_many_to_aggregate
from connector.sandbox.dynamics.rendering import row_sql, selected
from connector.sandbox.dynamics.schema import Attribute, Table
from connector.sandbox.exchange import json_bytes

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_NOT_WITH_TRACKING = ("$filter", "$orderby", "$expand", "$top")
_COUNT = re.compile(r"(?:filter\((?P<filter>.*)\)/)?aggregate\(\s*\$count as (?P<name>\w+)\s*\)\Z")
_MOST_AGGREGATED = 50_000
_TOTAL = "Microsoft.Dynamics.CRM.totalrecordcount"
_METADATA_VERSION = "Microsoft.Dynamics.CRM.globalmetadataversion"


@dataclass(frozen=True)
class Reading:
    """One GET on a set, parsed. ``root`` is the service root that links repeat; ``path`` the set's own path."""

    organization: Organization
    table: Table
    root: str
    path: str
    asked: Options
    preferred: Preferences

    @property
    def columns(self) -> list[Attribute]:
        return selected(self.table, self.asked.select, self.organization.hidden(self.table))

    @property
    def row(self) -> str:
        """SQL of one row as JSON, as bytes."""
        organization = self.organization
        secured = organization.secured(self.table)
        text = row_sql(self.table, self.columns, organization.tables, self.preferred.annotates, secured)
        text = with_expansions(organization, text, self.expansions, self.preferred.annotates, self.root)
        return f"CAST({text} AS BLOB)"

    @property
    def expansions(self) -> list[Expansion]:
        return expansions(self.organization, self.table, self.asked.expand)

    def link(self, token: str) -> str:
        query = f"{self.asked.spelling}&{token}" if self.asked.spelling else token
        return f"{self.organization.origin}{self.path}?{query}"

    def context(self, suffix: str = "") -> str:
        told = [*(self.asked.select or ()), *(item.told for item in self.expansions)]
        names = f"({','.join(told)})" if told else ""
        return f"{self.root}/$metadata#{self.table.set_name}{names}{suffix}"


def page(reading: Reading) -> bytes:
    """The body of the answer; Refused for what does not go."""
    asked, preferred = reading.asked, reading.preferred
    if asked.apply is not None:
        return _aggregate(reading)
    going_on = asked.skip_token is not None
    place = reading.organization.cookies.place(reading.path, asked, preferred) if going_on else None
    if asked.delta_token is not None or (place is not None and place.since is not None):
        return _delta(reading, place)
    if preferred.track_changes or (place is not None and place.until is not None):
        check_tracking(reading)
        return _rows(reading, place or _start(reading, until=reading.organization.database.version))
    return _rows(reading, place or _start(reading))


def count(reading: Reading) -> int:
    """``/$count``: of a delta where a token is given, else of the filtered set, never above 5,000."""
    table, database = reading.table, reading.organization.database
    if reading.asked.delta_token is not None:
        since = _since(reading)
        with database.read() as connection:
            rows = f'SELECT count(*) FROM "{table.name}" WHERE versionnumber > ?'
            changed: int = connection.execute(rows, [since]).fetchone()[0]
            gone: int = connection.execute(
                f"SELECT count(*) FROM tombstone d WHERE name = ? AND version > ? AND {_ABSENT.format(table=table)}",
                [table.name, since],
            ).fetchone()[0]
        return changed + gone
    return _counted(reading, MOST_ROWS)


def check_tracking(reading: Reading) -> None:
    """Refused where change tracking does not go with the table, the caller or the options."""
    for option in _NOT_WITH_TRACKING:
        if option in reading.asked.given:
            raise not_with_tracking(option)
    if not reading.organization.tracked(reading.table):
        raise not_tracked(reading.table.name)
    reading.organization.gate.check_organization_read(reading.table)


_ABSENT = 'NOT EXISTS (SELECT 1 FROM "{table.name}" t WHERE t."{table.key}" = d.id)'


def _start(reading: Reading, until: int | None = None, since: int | None = None) -> Place:
    return Place(reading.path, 1, reading.preferred.rows_per_page, until=until, since=since)


def _where(reading: Reading) -> Sql:
    if reading.asked.filter is None:
        return "1", []
    return condition(reading.table, parse_filter(reading.asked.filter))


def _order(reading: Reading) -> list[tuple[Attribute, bool]]:
    """What rows are sorted by; the key comes last so that the order is total."""
    table = reading.table
    wanted = [(column_of(table, name), descends) for name, descends in reading.asked.order]
    if any(item.column == table.key for item, _ in wanted):
        return wanted
    return [*wanted, (table.by_column[table.key], False)]


def _beyond(order: list[tuple[Attribute, bool]], after: tuple[object, ...]) -> Sql:
    """Rows that sort after a place; null comes first, as in SQL Server."""
    if not after:
        return "1", []
    branches: list[str] = []
    values: list[object] = []
    for depth, (attribute, descends) in enumerate(order):
        same = [f"{sortable(item)} IS ?" for item, _ in order[:depth]]
        column, last = sortable(attribute), after[depth]
        if last is None:
            later = "0" if descends else f"{column} IS NOT NULL"
        else:
            later = f"({column} < ? OR {column} IS NULL)" if descends else f"{column} > ?"
        branches.append(" AND ".join([*same, later]))
        values += [*after[:depth], *([] if last is None else [last])]
    return f"({' OR '.join(branches)})", values


def _rows(reading: Reading, place: Place) -> bytes:
    """One page in key (or asked) order, with its next link, or the delta link at the end of a tracked read."""
    table, order = reading.table, _order(reading)
    top = reading.asked.top if reading.preferred.page_size is None else None
    limit = place.page_size if top is None else min(top, MOST_ROWS)
    (where, values), (beyond, bounds) = _where(reading), _beyond(order, place.after)
    sorting = ", ".join(f"{sortable(item)}{' DESC' if descends else ''}" for item, descends in order)
    keys = ", ".join(sortable(item) for item, _ in order)
    with reading.organization.database.read() as connection:
        found = connection.execute(
            f'SELECT {reading.row}, {keys} FROM "{table.name}" t WHERE {where} AND {beyond} ORDER BY {sorting} LIMIT ?',
            [*values, *bounds, limit + 1],
        ).fetchall()
    rows, more = found[:limit], len(found) > limit and top is None
    head: dict[str, object] = dict(_counts(reading))
    tail: dict[str, object] = {}
    if more:
        ahead = replace(place, page=place.page + 1, after=rows[-1][1:])
        names = tuple(item.column for item, _ in order)
        token = reading.organization.cookies.give(ahead, reading.asked.identity, names, rows[0][1:])
        tail["@odata.nextLink"] = reading.link(f"$skiptoken={token}")
    elif place.until is not None:
        head |= _delta_link(reading, place.until)
    return _body(reading.context(), head, [row[0] for row in rows], tail)


def _delta_link(reading: Reading, version: int) -> dict[str, object]:
    """powerapps-docs#439: with annotations asked for, the delta link was lost from the last page."""
    organization = reading.organization
    if reading.preferred.annotations and organization.annotations_lose_delta_link:
        return {}
    return {"@odata.deltaLink": reading.link(f"$deltatoken={organization.delta_token(version)}")}


def _since(reading: Reading) -> int:
    check_tracking(reading)
    return reading.organization.delta_version(reading.table, reading.asked.delta_token or "")


def _delta(reading: Reading, place: Place | None) -> bytes:
    """What changed since a token: rows by version, then what was deleted."""
    if place is None:
        since = _since(reading)
        place = _start(reading, until=max(since, reading.organization.database.version), since=since)
    table, limit = reading.table, place.page_size
    gone, last = place.after or (0, place.since)
    entries: list[tuple[bytes, int, object]] = []
    with reading.organization.database.read() as connection:
        if not gone:
            entries += connection.execute(
                f'SELECT {reading.row}, 0, t.versionnumber FROM "{table.name}" t '
                "WHERE t.versionnumber > ? AND t.versionnumber <= ? ORDER BY t.versionnumber LIMIT ?",
                [last, place.until, limit + 1],
            ).fetchall()
            last = place.since
        if len(entries) <= limit:
            deleted = connection.execute(
                f"SELECT d.id, 1, d.version FROM tombstone d WHERE d.name = ? AND d.version > ? AND d.version <= ? "
                f"AND {_ABSENT.format(table=table)} ORDER BY d.version LIMIT ?",
                [table.name, last, place.until, limit + 1 - len(entries)],
            ).fetchall()
            context = f"{reading.root}/$metadata#{table.set_name}/$deletedEntity"
            entries += [(_deleted(context, key), phase, version) for key, phase, version in deleted]
    head: dict[str, object] = {}
    tail: dict[str, object] = {}
    if len(entries) > limit:
        entries = entries[:limit]
        ahead = replace(place, page=place.page + 1, after=entries[-1][1:])
        names = ("phase", "versionnumber")
        token = reading.organization.cookies.give(ahead, reading.asked.identity, names, entries[0][1:])
        tail["@odata.nextLink"] = reading.link(f"$skiptoken={token}")
    else:
        head = _delta_link(reading, place.until or 0)
    return _body(reading.context("/$delta"), head, [entry[0] for entry in entries], tail)


def _deleted(context: str, key: str) -> bytes:
    return json_bytes({"@odata.context": context, "id": key, "reason": "deleted"})


def _counts(reading: Reading) -> Iterator[tuple[str, object]]:
    preferred = reading.preferred
    total: int | None = None
    if reading.asked.count:
        total = _counted(reading, MOST_ROWS + 1)
        yield "@odata.count", min(total, MOST_ROWS)
    if preferred.annotates(_TOTAL):
        yield f"@{_TOTAL}", -1 if total is None else min(total, MOST_ROWS)
    if preferred.annotates(f"{_TOTAL}limitexceeded"):
        yield f"@{_TOTAL}limitexceeded", total is not None and total > MOST_ROWS
    if preferred.annotates(_METADATA_VERSION) and not reading.table.elsewhere:
        yield f"@{_METADATA_VERSION}", str(reading.organization.metadata_version)


def _counted(reading: Reading, most: int) -> int:
    where, values = _where(reading)
    with reading.organization.database.read() as connection:
        found = connection.execute(
            f'SELECT count(*) FROM (SELECT 1 FROM "{reading.table.name}" t WHERE {where} LIMIT ?)', [*values, most]
        )
        return int(found.fetchone()[0])


def _aggregate(reading: Reading) -> bytes:
    """``$apply`` with a count, refused above 50,000 rows."""
    match = _COUNT.match((reading.asked.apply or "").strip())
    if match is None:
        raise not_supported("$apply other than a count")
    filtered = replace(reading, asked=replace(reading.asked, filter=match["filter"] or reading.asked.filter))
    number = _counted(filtered, _MOST_AGGREGATED + 1)
    if number > _MOST_AGGREGATED:
        raise too_many_to_aggregate()
    return _body(reading.context(), {}, [json_bytes({match["name"]: number})], {})


def _body(context: str, head: dict[str, object], rows: list[bytes], tail: dict[str, object]) -> bytes:
    before = json_bytes({"@odata.context": context, **head})[:-1]
    after = b"," + json_bytes(tail)[1:] if tail else b"}"
    return before + b',"value":[' + b",".join(rows) + b"]" + after
