"""Helpers of the mapping tests: rules written as YAML, rows written as dicts, what came of them as dicts."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connector.adapters.base import FiscalCalendar, Frame, Shape, Value
from connector.errors import MappingError
from connector.mapping import Context, Mapped, Mappings, RowMapper, load_mappings
from connector.store.tables import targets

TARGETS = targets()
BERLIN = ZoneInfo("Europe/Berlin")


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def load(folder: Path | None, *kinds: str) -> Mappings:
    return load_mappings(folder, TARGETS, kinds)


def complaints(folder: Path, *kinds: str) -> list[str]:
    """What is wrong, as line:column: message, of a folder the message alone; nothing where all is well."""
    try:
        load(folder, *kinds)
    except MappingError as error:
        assert error.exit_code == 2
        assert str(error).splitlines() == [str(finding) for finding in error.findings]
        return [str(one).removeprefix(f"{one.place.file}:").lstrip() for one in error.findings]
    return []


def context(**changes: Any) -> Context:
    settings: dict[str, Any] = {
        "source": "acme",
        "frame": Frame(),
        "base_currency": "USD",
        "default_currency": "USD",
        "report_zone": BERLIN,
        "source_zone": BERLIN,
        "hash_key": b"key",
    }
    return Context(**{**settings, **changes})


def frame(**changes: Any) -> Frame:
    return Frame(**{"fiscal": FiscalCalendar(), **changes})


class Bench:
    """One object of a mapping, compiled for rows given as dicts."""

    def __init__(self, mappings: Mappings, kind: str, name: str, ctx: Context | None = None) -> None:
        self.mapping = mappings.kinds[kind].objects[name]
        self.context = ctx or context()

    def map(self, *rows: dict[str, Value], missing: tuple[str, ...] = ()) -> Mapped:
        fields = tuple(name for name in self.mapping.wanted.fields if name not in ("Id", *missing))
        columns = ("Id", *fields, "SystemModstamp", "IsDeleted")
        shape = Shape(self.mapping.object, columns, "Id", "SystemModstamp", "IsDeleted", missing=missing)
        self.mapper = RowMapper(self.mapping, shape, self.context)
        return self.mapper.map([[row.get(name) for name in columns] for row in rows])


def rows_of(mapped: Mapped, table: str | None = None) -> list[dict[str, Any]]:
    """Rows of one table (the only one by default) as dicts."""
    output = next(one for one in mapped.outputs if table is None or one.table == table)
    return [dict(zip(output.columns, row, strict=True)) for row in mapped.rows[output.table]]


def one_field(folder: Path, column: str, rule: str, table: str = "opportunity") -> Mappings:
    """A mapping with one column only."""
    text = f"version: 1\nobjects:\n  Thing:\n    table: {table}\n    fields:\n      {column}: {rule}\n"
    write(folder, "salesforce.yaml", text)
    return load(folder, "salesforce")


def outcome(
    folder: Path, column: str, rule: str, row: dict[str, Value], ctx: Context | None = None, **more: str
) -> Any:
    """What one rule makes of one row, or the reject's message."""
    bench = Bench(one_field(folder, column, rule, **more), "salesforce", "Thing", ctx)
    mapped = bench.map({"Id": "1", **row})
    return mapped.rejects[0].message if mapped.rejects else rows_of(mapped)[0][column]
