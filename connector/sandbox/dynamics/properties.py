"""A single property of a record: ``accounts(id)/name``, its ``$value``, or the record that a lookup leads to.

"Retrieve a table row using the Web API", Retrieve specific properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.sandbox.dynamics import single
from connector.sandbox.dynamics.refusals import ODATA_HEADERS, no_such_record, not_supported, unknown_segment
from connector.sandbox.dynamics.rendering import value_sql
from connector.sandbox.dynamics.schema import Table
from connector.sandbox.exchange import Answer, Request, json_bytes

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_JSON = "application/json; odata.metadata=minimal"


def answer(organization: Organization, table: Table, key: str, rest: str, request: Request, root: str) -> Answer:
    """A GET on ``set(key)/rest``; null is 204."""
    name, _, tail = rest.partition("/")
    if name.startswith("Microsoft.Dynamics.CRM."):
        raise not_supported(f"The function or action {name}")
    navigation = table.navigation(name)
    attribute = table.by_column.get(name)
    if (navigation is None and attribute is None) or tail not in ("", "$value", "$ref"):
        raise unknown_segment(tail if navigation or attribute else name)
    if request.method != "GET" or tail == "$ref":
        raise not_supported(f"{request.method} of '{rest}'")
    record = organization.find(table.name, key)
    if record is None:
        raise no_such_record(table.name, key)
    if navigation is not None:
        return _related(organization, navigation[1], record.get(navigation[0].column), request, root)
    if attribute is None or attribute.name in organization.hidden(table):
        raise unknown_segment(name)
    if record[attribute.column] is None or attribute.name in organization.secured(table):
        return Answer(204, dict(ODATA_HEADERS))
    if tail == "$value":
        return Answer(200, {**ODATA_HEADERS, "Content-Type": "text/plain"}, str(record[attribute.column]).encode())
    with organization.database.read() as connection:
        text: str = connection.execute(
            f'SELECT {value_sql(attribute)} FROM "{table.name}" t WHERE t."{table.key}" = ?', [key]
        ).fetchone()[0]
    context = json_bytes({"@odata.context": f"{root}/$metadata#{table.set_name}({key})/{name}"})
    body = context[:-1] + b',"value":' + str(text).encode() + b"}"
    return Answer(200, {**ODATA_HEADERS, "Content-Type": _JSON}, body)


def _related(organization: Organization, name: str, key: str | None, request: Request, root: str) -> Answer:
    if key is None:
        return Answer(204, dict(ODATA_HEADERS))
    table = organization.tables.get(name)
    if table is None:
        raise unknown_segment(name)
    organization.gate.check_read(table)
    return single.answer(organization, table, key, request, root)
