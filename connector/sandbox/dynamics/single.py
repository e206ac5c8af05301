"""One record by its key: GET, POST, PATCH, DELETE with the ETag conditions that Dataverse honours.

"Perform conditional operations using the Web API": ``If-Match`` and ``If-None-Match`` decide between create,
update and nothing; the sentences of the refusals are quoted there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.sandbox.dynamics.expand import expansions, with_expansions
from connector.sandbox.dynamics.payload import values_of
from connector.sandbox.dynamics.query import preferences, single_options
from connector.sandbox.dynamics.refusals import (
    ODATA_HEADERS,
    already_there,
    duplicate_key,
    no_such_record,
    nothing_to_update,
    other_version,
    read_only,
    wrong_method,
)
from connector.sandbox.dynamics.rendering import row_sql, selected
from connector.sandbox.dynamics.schema import Table
from connector.sandbox.exchange import Answer, Request, json_bytes

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_JSON = "application/json; odata.metadata=minimal"


def answer(organization: Organization, table: Table, key: str, request: Request, root: str) -> Answer:
    """A request to ``set(key)``."""
    if table.elsewhere and request.method != "GET":
        raise read_only(request.method, table.name)
    match request.method:
        case "GET":
            return _get(organization, table, key, request, root)
        case "PATCH":
            return _patch(organization, table, key, request, root)
        case "DELETE":
            _check_match(organization, table, key, request)
            if not organization.edits.delete(table.name, key):
                raise no_such_record(table.name, key)
            return Answer(204, dict(ODATA_HEADERS))
    raise wrong_method(request.method)


def create(organization: Organization, table: Table, request: Request, root: str) -> Answer:
    """POST on a set: a new record."""
    if table.elsewhere:
        raise read_only("POST", table.name)
    values = values_of(organization, table, request)
    key = values.get(table.key)
    if key is not None and organization.find(table.name, key) is not None:
        raise duplicate_key()
    key = organization.upsert(table.name, values)
    return _written(organization, table, key, request, root, created=True)


def _get(organization: Organization, table: Table, key: str, request: Request, root: str) -> Answer:
    asked, preferred = single_options(request.query), preferences(request)
    columns = selected(table, asked.select, organization.hidden(table))
    wanted = expansions(organization, table, asked.expand)
    row = row_sql(table, columns, organization.tables, preferred.annotates, organization.secured(table))
    row = with_expansions(organization, row, wanted, preferred.annotates, root)
    with organization.database.read() as connection:
        found = connection.execute(
            f'SELECT CAST({row} AS BLOB), versionnumber FROM "{table.name}" t WHERE t."{table.key}" = ?', [key]
        ).fetchone()
    if found is None:
        raise no_such_record(table.name, key)
    etag = f'W/"{found[1]}"'
    if request.headers.get("If-None-Match") == etag and not preferred.annotations and not wanted:
        return Answer(304, {**ODATA_HEADERS, "ETag": etag})
    told = [*(asked.select or ()), *(item.told for item in wanted)]
    names = f"({','.join(told)})" if told else ""
    context = json_bytes({"@odata.context": f"{root}/$metadata#{table.set_name}{names}/$entity"})
    headers = {**ODATA_HEADERS, "Content-Type": _JSON, "ETag": etag}
    if preferred.applied:
        headers["Preference-Applied"] = ",".join(preferred.applied)
    return Answer(200, headers, context[:-1] + b"," + found[0][1:])


def _patch(organization: Organization, table: Table, key: str, request: Request, root: str) -> Answer:
    """Update, or create where the record is not there and ``If-Match`` does not forbid it."""
    values = values_of(organization, table, request)
    exists = organization.find(table.name, key) is not None
    if exists and request.headers.get("If-None-Match") == "*":
        raise already_there()
    if not exists and "If-Match" in request.headers:
        raise nothing_to_update(table.name, key)
    _check_match(organization, table, key, request)
    organization.upsert(table.name, {**values, table.key: key})
    return _written(organization, table, key, request, root, created=not exists)


def _check_match(organization: Organization, table: Table, key: str, request: Request) -> None:
    wanted = request.headers.get("If-Match", "*")
    found = organization.find(table.name, key)
    if found is not None and wanted not in ("*", f'W/"{found["versionnumber"]}"'):
        raise other_version()


def _written(
    organization: Organization, table: Table, key: str, request: Request, root: str, *, created: bool
) -> Answer:
    where = {"OData-EntityId": f"{root}/{table.set_name}({key})"}
    if preferences(request).representation:
        reply = _get(organization, table, key, request, root)
        return Answer(201 if created else 200, {**reply.headers, **where}, reply.body)
    return Answer(204, {**ODATA_HEADERS, **where})
