"""rates.csv: the user's own exchange rates, which beat those of the CRMs."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connector.errors import Place
from connector.mapping.findings import Findings

_CODE = re.compile(r"[A-Z]{3}\Z")
_UNITS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?\Z")
_UNITS_NAMES = ("units_per_base", "units_per_base_unit")


@dataclass(frozen=True)
class RateRow:
    """Units of ``currency`` per unit of the reporting base currency, from a day on (None: from ever)."""

    currency: str
    valid_from: str | None
    units_per_base: Decimal


def read_rates(text: str, file: str, findings: Findings) -> tuple[RateRow, ...]:
    """The rows of rates.csv in the order of currency and day."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    rows: dict[tuple[str, str], RateRow] = {}
    try:
        columns = _header(next(reader, []), file, findings)
        if columns is None:
            return ()
        for cells in reader:
            if findings.full:
                break
            row = (
                _row(cells, columns, Place(file, reader.line_num, 1), findings) if any(map(str.strip, cells)) else None
            )
            if row is None:
                continue
            if (row.currency, row.valid_from or "") in rows:
                day = row.valid_from or "the beginning"
                findings.add(Place(file, reader.line_num, 1), f"a second rate for {row.currency} from {day}")
            rows[row.currency, row.valid_from or ""] = row
    except csv.Error as error:
        findings.add(Place(file, max(reader.line_num, 1), 1), f"not CSV: {error}")
    return tuple(rows[key] for key in sorted(rows))


def _header(cells: list[str], file: str, findings: Findings) -> dict[str, int] | None:
    names = {cell.strip().casefold().replace(" ", "_"): at for at, cell in enumerate(cells)}
    units = next((name for name in _UNITS_NAMES if name in names), None)
    if "currency" not in names or "valid_from" not in names or units is None:
        findings.add(Place(file, 1, 1), "the first line must name the columns: currency,valid_from,units_per_base")
        return None
    return {
        "currency": names["currency"],
        "valid_from": names["valid_from"],
        "units": names[units],
        "width": len(cells),
    }


def _row(cells: list[str], columns: dict[str, int], place: Place, findings: Findings) -> RateRow | None:
    if len(cells) != columns["width"]:
        findings.add(place, f"{columns['width']} values are due in this line, there are {len(cells)}")
        return None
    code, day, units = (cells[columns[name]].strip() for name in ("currency", "valid_from", "units"))
    before = findings.noted
    if not _CODE.match(code):
        findings.add(place, f"{code[:20]!r} is no currency code (three capitals, such as EUR)")
    if day and not _is_day(day):
        findings.add(place, f"{day[:20]!r} is no day (YYYY-MM-DD)")
    if not _UNITS.match(units) or not Decimal(units):
        findings.add(place, f"{units[:20]!r} is no rate (a number above 0, with a point)")
    return RateRow(code, day or None, Decimal(units)) if findings.noted == before else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
