"""What a body may say of a record: its columns and kinds, lengths and options, lookups bound by address.

"Create a table row using the Web API" and "Web service error codes". Read-only columns are passed over, as the
platform does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.sandbox.dynamics.conditions import edm_type
from connector.sandbox.dynamics.refusals import (
    bad_payload,
    bad_request,
    no_such_record,
    not_supported,
    outside_range,
    too_long_a_text,
    wrong_content,
)
from connector.sandbox.dynamics.schema import LOOKUPS, Attribute, Table
from connector.sandbox.exchange import Request

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_BIND = re.compile(r"/?(\w+)\(([0-9a-fA-F-]{36})\)\Z")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_READ_ONLY = frozenset({"createdon", "modifiedon", "versionnumber", "exchangerate"})


def values_of(organization: Organization, table: Table, request: Request) -> dict[str, Any]:
    """The columns that a POST or PATCH sets; Refused for what the table does not take."""
    _check_kind(request)
    try:
        body = request.json()
    except ValueError:
        raise bad_payload(table.set_name, "Microsoft.OData.ODataException: Invalid JSON.") from None
    if not isinstance(body, dict):
        raise bad_payload(table.set_name, "Microsoft.OData.ODataException: A 'StartObject' node was expected.")
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name.endswith("@odata.bind"):
            values |= _bound(organization, table, name.removesuffix("@odata.bind"), value)
        elif "@" not in name and not _is_read_only(name):
            values[name] = _checked(table, _column(table, name, value), value)
    return values


def _check_kind(request: Request) -> None:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind:
        raise bad_request(
            "A missing or empty content type header was found when trying to read a message. The content type header "
            "is required."
        )
    if kind != "application/json":
        raise wrong_content(kind)


def _is_read_only(name: str) -> bool:
    return name in _READ_ONLY or name.endswith("_base")


def _column(table: Table, name: str, value: Any) -> Attribute:
    attribute = table.by_column.get(name)
    if attribute is not None and attribute.kind not in LOOKUPS:
        return attribute
    if attribute is not None:
        message = "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
        raise bad_request(message)
    if table.navigation(name) is not None:
        if isinstance(value, dict):
            raise not_supported("Creating related records along with a record")
        reason = "A 'PrimitiveValue' node with non-null value was found when trying to read a navigation property."
        raise bad_payload(table.set_name, f"Microsoft.OData.ODataException: {reason}")
    raise bad_payload(
        table.set_name,
        f"Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity "
        f"'Microsoft.Dynamics.CRM.{table.name}'. ---> Microsoft.OData.ODataException: Does not support untyped value "
        "in non-open type.",
    )


def _checked(table: Table, attribute: Attribute, value: Any) -> Any:
    """The value as it is to be kept; Refused where kind, length or option do not fit."""
    if value is None:
        return None
    kind = edm_type(attribute)
    try:
        kept = _READ[kind](value)
    except (ValueError, TypeError, ArithmeticError):
        raise bad_payload(
            table.set_name,
            f"Microsoft.OData.ODataException: Cannot convert the literal '{value}' to the expected type '{kind}'.",
        ) from None
    if kind == "Edm.String" and attribute.kind != "MultiSelectPicklist" and len(kept) > attribute.length:
        raise too_long_a_text(attribute.name, table.name, attribute.length)
    known = [option.value for option in attribute.options]
    if attribute.kind in ("Picklist", "State", "Status") and known and kept not in known:
        raise outside_range(kept, attribute.name, table.name, known)
    return kept


def _of(*kinds: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(value)
        return value

    return read


def _number(value: Any) -> Decimal:
    return Decimal(str(_of(int, float)(value)))


def _guid(value: Any) -> str:
    if _GUID.match(value) is None:
        raise ValueError(value)
    return str(value).lower()


def _day(value: Any) -> str:
    return date.fromisoformat(value).isoformat()


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


_READ: dict[str, Callable[[Any], Any]] = {
    "Edm.String": _of(str),
    "Edm.Boolean": _of(bool),
    "Edm.Int32": _of(int),
    "Edm.Int64": _of(int),
    "Edm.Double": _of(int, float),
    "Edm.Decimal": _number,
    "Edm.Guid": _guid,
    "Edm.Date": _day,
    "Edm.DateTimeOffset": _instant,
}


def _bound(organization: Organization, table: Table, navigation: str, address: Any) -> dict[str, Any]:
    """``name@odata.bind`` with the address of a record that exists."""
    found = table.navigation(navigation)
    if found is None:
        raise bad_payload(
            table.set_name,
            f"Microsoft.OData.ODataException: An undeclared property '{navigation}' which only has property "
            "annotations in the payload but no property value was found in the payload.",
        )
    attribute = found[0]
    if address is None:
        return {attribute.column: None}
    match = _BIND.search(str(address))
    target = next((item.name for item in organization.tables.values() if match and item.set_name == match[1]), None)
    allowed = attribute.targets if attribute.kind == "Owner" else (found[1],)
    if match is None or target not in allowed:
        raise bad_request(f"Resource not found for the segment '{address}'.")
    if organization.find(target, match[2]) is None:
        raise no_such_record(target, match[2])
    return {attribute.column: (target, match[2]) if attribute.polymorphic else match[2]}
