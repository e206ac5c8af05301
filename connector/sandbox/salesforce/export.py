"""A Salesforce data export (a folder of CSV files, one per object) served as the org that it came from.

What the export has not, the org has not: objects without a file are absent, columns that are missing are fields that
this user cannot see, and without a ``CurrencyIsoCode`` column it is a single-currency org. Only what no org is ever
without is filled in: the system fields, and the standard stages and statuses.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from connector.sandbox.salesforce.fields import NUMBERS, Field
from connector.sandbox.salesforce.ids import normal
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Schema, standard_schema, with_fields
from connector.sandbox.salesforce.settings import fill_settings, load
from connector.sandbox.salesforce.values import store

#: present in every org, with or without a file
_SETTINGS = frozenset({"Organization", "Group", "OpportunityStage", "LeadStatus", "CaseStatus"})
_SYSTEM = frozenset(
    {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)
_CUSTOM = re.compile(r"[A-Za-z]\w*__c\Z")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,? +(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])[Mm])?)?\Z")
#: two-digit years from here on are of the last century (POSIX)
_PIVOT = 69


class NoExport(ValueError):
    """The folder holds no data export, or a value of it cannot be read; the message says where."""


def export_org(folder: Path) -> Org:
    """The org of an export folder. Files that are no object of Salesforce's (no ``Id`` column) are left aside."""
    tables = {path.stem: _read(path) for path in sorted(folder.glob("*.csv"))}
    tables = {name: rows for name, rows in tables.items() if rows and "Id" in rows[0]}
    schema = _schema(tables)
    if not tables.keys() & schema.keys():
        raise NoExport(
            f"{folder}: no CSV file named after a Salesforce object, such as Opportunity.csv, with an Id column"
        )
    records = {name: [_record(schema[name], row) for row in rows] for name, rows in tables.items() if name in schema}
    last = _last_moment(records.values())
    org = Org(schema, number=2)
    with org.records.writing() as connection:
        fill_settings(org, last, "Data export")
        for name, rows in records.items():
            if name in _SETTINGS:
                connection.execute(f'DELETE FROM "{name}"')
            load(org, name, [_completed(org, schema[name], row, last) for row in rows])
            org.records.log_deletes((name, row["Id"], _deleted_at(row, last)) for row in rows if row.get("IsDeleted"))
    return org


def moment(text: str) -> datetime:
    """``2/23/26 08:55 PM``, ``2026-02-23 20:55:00``, ``2026-02-23T20:55:00.000Z`` or a bare day, as UTC."""
    found = _SLASHED.match(text)
    if found is None:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if len(found[3]) == 2:
        year += 1900 if year >= _PIVOT else 2000
    if found[7]:
        hour = hour % 12 + (12 if found[7] in "Pp" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _read(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(file)]


def _schema(tables: dict[str, list[dict[str, str]]]) -> Schema:
    """Standard objects that have a file, with the columns that the file has, and its custom fields."""
    multi_currency = any("CurrencyIsoCode" in rows[0] for rows in tables.values())
    schema: Schema = {}
    for name, sobject in standard_schema(multi_currency=multi_currency).items():
        if name in tables:
            schema[name] = _narrowed(sobject, list(tables[name][0]))
        elif name in _SETTINGS:
            schema[name] = sobject
    return schema


def _narrowed(sobject: SObject, columns: list[str]) -> SObject:
    present = {column.lower() for column in columns}
    hidden = [field.name for field in sobject.fields if field.name.lower() not in present and field.name not in _SYSTEM]
    known = {field.name for field in sobject.fields}
    custom = [
        Field(name, "string", length=255, nillable=True)
        for name in columns
        if _CUSTOM.match(name) and name not in known
    ]
    return with_fields(sobject.without(hidden), custom)


def _record(sobject: SObject, row: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, text in row.items():
        field = sobject.field(name)
        if field is None:
            continue
        try:
            told[field.name] = _value(field, text.strip() if field.type != "textarea" else text)
        except (ValueError, InvalidOperation):
            raise NoExport(f"{sobject.name}.csv, {row.get('Id')}, {name}: {text!r} is no {field.type}") from None
    return told


def _value(field: Field, text: str) -> Any:
    if text == "":
        return False if field.type == "boolean" else None
    read = _READ.get(field.type)
    return read(text) if read else text


def _completed(org: Org, sobject: SObject, row: dict[str, Any], last: datetime) -> dict[str, Any]:
    """The system fields that an export may lack, from those it has: the stamp is the latest that is known."""
    modified = row.get("LastModifiedDate") or row.get("CreatedDate") or last
    defaults = {
        "IsDeleted": False,
        "CreatedDate": row.get("CreatedDate") or modified,
        "CreatedById": org.user_id,
        "LastModifiedDate": modified,
        "LastModifiedById": org.user_id,
        "SystemModstamp": row.get("SystemModstamp") or modified,
    }
    filled = {name: value for name, value in defaults.items() if sobject.field(name) and row.get(name) is None}
    return {**row, **filled}


def _last_moment(tables: Iterable[list[dict[str, Any]]]) -> datetime:
    """When the export was taken, as far as it tells: its latest instant."""
    stamps = (value for rows in tables for row in rows for value in row.values() if isinstance(value, datetime))
    return max(stamps, default=datetime(2020, 1, 1, tzinfo=UTC))


def _deleted_at(row: dict[str, Any], last: datetime) -> str:
    return str(store(row.get("SystemModstamp") or row.get("LastModifiedDate") or last))


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


def _day(text: str) -> date:
    return moment(text).date()


def _identity(text: str) -> str:
    return normal(text) or text


_READ: dict[str, Callable[[str], Any]] = {
    "boolean": _flag,
    "date": _day,
    "datetime": moment,
    "int": lambda text: int(Decimal(text.replace(",", ""))),
    "id": _identity,
    "reference": _identity,
    **dict.fromkeys(NUMBERS, lambda text: Decimal(text.replace(",", ""))),
}
