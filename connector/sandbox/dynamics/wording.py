"""Formatted values: what a person of the caller's language, zone and money format would read. Display only.

"FormattedValue" of Microsoft's "Select columns using OData": localized labels, the user's time zone and number
format. The user here is German, the organization's base language English: whoever keys on labels is caught.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.sandbox.dynamics.schema import CHOICES, LOOKUPS, Attribute, Table

ZONE = ZoneInfo("Europe/Berlin")


def say_number(text: str | float | None, symbol: str | None = None) -> str | None:
    """``20000.0000`` -> ``20.000,00 €``."""
    if text is None:
        return None
    figure = f"{float(text):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{figure} {symbol}" if symbol else figure


def say_instant(text: str | None) -> str | None:
    """An instant in the user's zone."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(ZONE).strftime("%d.%m.%Y %H:%M")


def say_day(text: str | None) -> str | None:
    """A date-only value, or the day on which an instant falls in the user's zone."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(ZONE) if moment.tzinfo else moment).strftime("%d.%m.%Y")


def say_wall_clock(text: str | None) -> str | None:
    """A time-zone-independent value as it stands."""
    return None if text is None else datetime.fromisoformat(text).strftime("%d.%m.%Y %H:%M")


FUNCTIONS = {
    "say_number": (2, say_number),
    "say_instant": (1, say_instant),
    "say_day": (1, say_day),
    "say_wall_clock": (1, say_wall_clock),
}


def formatted(table: Table, attribute: Attribute, tables: Mapping[str, Table]) -> str | None:
    """SQL that words a column's value; None for kinds that have no formatted value (text, ids)."""
    column = f't."{attribute.column}"'
    if attribute.kind in LOOKUPS:
        return _name_of(attribute, tables)
    if attribute.kind == "MultiSelectPicklist":
        return _labels_of(attribute, column)
    if attribute.kind in CHOICES:
        return _label_of(attribute, column)
    if attribute.kind == "EntityName":
        cases = " ".join(f"WHEN '{name}' THEN {_quoted(item.label)}" for name, item in tables.items())
        return f"CASE {column} {cases} END"
    if attribute.kind == "DateTime":
        return f"{_calendar_function(attribute)}({column})"
    figures = {
        "Money": f"say_number({column}, {_symbol(table, attribute)})",
        "Integer": f"CAST({column} AS TEXT)",
        "Decimal": f"say_number({column}, NULL)",
        "Double": f"say_number({column}, NULL)",
    }
    return figures.get(attribute.kind)


def _calendar_function(attribute: Attribute) -> str:
    if attribute.format == "DateOnly":
        return "say_day"
    return "say_wall_clock" if attribute.behavior == "TimeZoneIndependent" else "say_instant"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _label_of(attribute: Attribute, column: str) -> str:
    cases = " ".join(f"WHEN {option.value} THEN {_quoted(option.local)}" for option in attribute.options)
    return f"CASE {column} {cases} END" if cases else "NULL"


def _labels_of(attribute: Attribute, column: str) -> str:
    """Every chosen label of a ``1,2`` value, semicolons between."""
    pieces = [
        f"iif(instr(','||{column}||',', ',{option.value},'), {_quoted('; ' + option.local)}, '')"
        for option in attribute.options
    ]
    return f"substr({' || '.join(pieces)}, 3)"


def _name_of(attribute: Attribute, tables: Mapping[str, Table]) -> str | None:
    """The primary name of the record that a lookup leads to."""
    found = [
        f'(SELECT o."{target.primary_name}" FROM "{target.name}" o WHERE o."{target.key}" = t."{attribute.column}")'
        for target in (tables[name] for name in attribute.targets if name in tables)
        if target.primary_name
    ]
    if not found:
        return None
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def _symbol(table: Table, attribute: Attribute) -> str:
    """The currency symbol of the row, or of the organization for ``_base`` columns."""
    if "_transactioncurrencyid_value" not in table.by_column:
        return "NULL"
    wanted = (
        "(SELECT _basecurrencyid_value FROM organization)"
        if attribute.name.endswith("_base")
        else "t._transactioncurrencyid_value"
    )
    return f"(SELECT c.currencysymbol FROM transactioncurrency c WHERE c.transactioncurrencyid = {wanted})"
