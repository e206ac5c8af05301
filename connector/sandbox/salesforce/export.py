"""A Salesforce data export (a folder of CSV files, one per object) served as the org that it came from.

What the export has not, the org has not: objects without a file are absent, columns that are missing are fields that
this user cannot see, and without a ``CurrencyIsoCode`` column it is a single-currency org. Only what no org is ever
without is filled in: the system fields, and the standard stages and statuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.sandbox.salesforce.fields import NUMBERS, Field
from connector.sandbox.salesforce.ids import normal
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Schema, standard_schema, with_fields
from connector.sandbox.salesforce.settings import fill_settings, load
from connector.sandbox.salesforce.sheets import NoExport, Sheet, read_sheet
from connector.sandbox.salesforce.values import store

#: present in every org, with or without a file
_SETTINGS = frozenset({"Organization", "Group", "OpportunityStage", "LeadStatus", "CaseStatus"})
_SYSTEM = frozenset(
    {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)
_CUSTOM = re.compile(r"[A-Za-z]\w*__c\Z")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,? +(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])[Mm])?)?\Z")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?\Z")
#: two-digit years from here on are of the last century (POSIX)
_PIVOT = 69
_MONTHS = 12
_DAYS = frozenset({"date", "datetime"})
#: characters of a wrong value that are told
_SHOWN = 40
_DATES = "write dates as YYYY-MM-DD (with slashes they are read as MM/DD/YYYY)"
_AMOUNTS = "write numbers like 1500.50 or 1,500.50"
#: what a field of this type holds, and how to write it
_EXPECTED = {
    "date": ("date", _DATES),
    "datetime": ("date and time", _DATES),
    "boolean": ("boolean", "write TRUE or FALSE"),
    **dict.fromkeys(("int", *NUMBERS), ("number", _AMOUNTS)),
}


def export_org(folder: Path) -> Org:
    """The org of an export folder. Files that are no object of Salesforce's (no ``Id`` column) are left aside.

    NoExport where nothing is left, or where a value cannot be read, or might be read in two ways.
    """
    names = standard_schema(multi_currency=True)
    sheets = {path.stem: read_sheet(path) for path in sorted(folder.glob("*.csv")) if path.stem in names}
    sheets = {name: sheet for name, sheet in sheets.items() if sheet.rows and "Id" in sheet.columns}
    schema = _schema(sheets)
    sheets = {name: sheet for name, sheet in sheets.items() if name in schema}
    if not sheets:
        raise NoExport(
            f"{folder}: no CSV file named after a Salesforce object, such as Opportunity.csv, "
            "with an Id column and a record",
            hint="name the folder that the data export was unpacked to",
        )
    records = {name: _records(schema[name], sheet) for name, sheet in sheets.items()}
    _refuse_unclear_days(schema, sheets)
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


def _schema(sheets: Mapping[str, Sheet]) -> Schema:
    """Standard objects that have a file, with the columns that the file has, and its custom fields."""
    multi_currency = any("CurrencyIsoCode" in sheet.columns for sheet in sheets.values())
    schema: Schema = {}
    for name, sobject in standard_schema(multi_currency=multi_currency).items():
        if name in sheets:
            schema[name] = _narrowed(sobject, sheets[name].columns)
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


def _records(sobject: SObject, sheet: Sheet) -> list[dict[str, Any]]:
    """The rows as records, each with an Id that no other has."""
    records, lines = [], dict[str, int]()
    for line, row in sheet.rows:
        record = _record(sobject, row, f"{sheet.path}, line {line}")
        if not record["Id"]:
            raise NoExport(f"{sheet.path}, line {line}: there is no Id", hint="every record needs its Id")
        first = lines.setdefault(record["Id"], line)
        if first != line:
            hint = "leave one of the two in the file"
            raise NoExport(f"{sheet.path}, line {line}: {row['Id']} is on line {first} already", hint=hint)
        records.append(record)
    return records


def _record(sobject: SObject, row: dict[str, str], where: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, text in row.items():
        field = sobject.field(name)
        if field is None:
            continue
        try:
            told[field.name] = _value(field, text.strip() if field.type != "textarea" else text)
        except (ValueError, ArithmeticError):
            kind, hint = _EXPECTED[field.type]
            raise NoExport(f"{where}, {name}: {text[:_SHOWN]!r} is no {kind}", hint) from None
    return told


def _refuse_unclear_days(schema: Schema, sheets: Mapping[str, Sheet]) -> None:
    """Slashed dates are read month first; that is a guess where the whole export has no day above 12."""
    unclear = None
    for name, sheet in sheets.items():
        days = [column for column in sheet.columns if (field := schema[name].field(column)) and field.type in _DAYS]
        for line, row in sheet.rows:
            for column in days:
                found = _SLASHED.match(row[column].strip())
                if found is None or found[1] == found[2]:
                    continue
                if int(found[2]) > _MONTHS:
                    return
                unclear = unclear or f"{sheet.path}, line {line}, {column}: {row[column]!r}"
    if unclear:
        raise NoExport(
            f"{unclear} may begin with the month or with the day: no date of the export has a day above 12",
            hint=_DATES,
        )


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


def _number(text: str) -> Decimal:
    """``1500.5`` or ``1,500.5``; any other comma might stand for the decimal point."""
    number = Decimal(text.replace(",", "") if _GROUPED.match(text) else text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _day(text: str) -> date:
    return moment(text).date()


def _identity(text: str) -> str:
    return normal(text) or text


_READ: dict[str, Callable[[str], Any]] = {
    "boolean": _flag,
    "date": _day,
    "datetime": moment,
    "int": lambda text: int(_number(text)),
    "id": _identity,
    "reference": _identity,
    **dict.fromkeys(NUMBERS, _number),
}
