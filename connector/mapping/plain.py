"""How a single value is spelt as a column of some kind wants it; ValueError says why it does not fit.

Equal values end equal whatever road they came by: 5, 5.0 and ``Decimal("5.00")`` are one number.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from connector.adapters.base import Value

DIGITS = Context(prec=120)
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_LARGEST = 2**63 - 1
LIMIT = Decimal(_LARGEST)
_MOST = 60


def shown(value: object) -> str:
    """A value for a message, shortened."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def number(value: Value | float) -> Decimal:
    """An exact number; truth values are none."""
    if isinstance(value, Decimal):
        found = value
    elif isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    elif isinstance(value, str) and _NUMBER.match(value.strip()):
        found = Decimal(value.strip())
    elif isinstance(value, float):
        found = Decimal(repr(value))
    else:
        raise ValueError(f"{shown(value)} is no number")
    if not found.is_finite():
        raise ValueError(f"{shown(value)} is no number")
    return found


def plain_number(value: Decimal) -> str:
    """A number without exponent and without zeros that say nothing."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST:
        raise ValueError(f"{shown(value)} is no number of a usable size")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def text(value: Value) -> str | None:
    """Any value as text; half a surrogate pair, which no database takes, becomes U+FFFD."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if _encodes(value) else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return plain_number(value)
    raise ValueError(f"{shown(value)} is no text")


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def integer(value: Value) -> int | None:
    """A whole number that SQLite can hold."""
    if value is None:
        return None
    found = number(value)
    # very large exponents are told apart first: they leave any context
    if found.adjusted() > _MOST or abs(found) > LIMIT or found != found.to_integral_value():
        raise ValueError(f"{shown(value)} is no whole number of a usable size")
    return int(found)


def flag(value: Value) -> int | None:
    """0 or 1."""
    if value is None:
        return None
    if isinstance(value, str):
        folded = value.casefold()
        if folded in ("true", "1"):
            return 1
        if folded in ("false", "0"):
            return 0
    elif value in (0, 1):
        return int(value)
    raise ValueError(f"{shown(value)} is neither true nor false")


def real(value: Value) -> float | None:
    """A number as SQLite computes with it."""
    if value is None:
        return None
    found = number(value)
    if abs(found.adjusted()) > _MOST and found:
        raise ValueError(f"{shown(value)} is no number of a usable size")
    return float(found)


def share(value: Value) -> float | None:
    """0 to 1."""
    if value is None:
        return None
    found = number(value)
    if not 0 <= found <= 1:
        raise ValueError(f"{shown(value)} is no share from 0 to 1; a percentage is mapped with {{percent: ...}}")
    return float(found)


def percent(value: Value) -> float | None:
    """0 to 100 as 0 to 1."""
    if value is None:
        return None
    found = number(value)
    if not 0 <= found <= 100:
        raise ValueError(f"{shown(value)} is no percentage from 0 to 100")
    return float(DIGITS.divide(found, Decimal(100)))


def decimal(value: Value) -> str | None:
    """A number as exact text."""
    return None if value is None else plain_number(number(value))


def minor(value: Value, exponent: int) -> int | None:
    """Minor units, rounded once, half away from zero."""
    if value is None:
        return None
    found = number(value)
    # very small and very large exponents are told apart first: they leave any context
    if not found or found.adjusted() < -_MOST:
        return 0
    if found.adjusted() <= _MOST:
        scaled = found.scaleb(exponent, DIGITS).to_integral_value(ROUND_HALF_UP)
        if abs(scaled) <= LIMIT:
            return int(scaled)
    raise ValueError(f"{shown(value)} is too large an amount")


def is_day(value: str) -> bool:
    """Whether a text is a day of the calendar, YYYY-MM-DD."""
    if not _DAY.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
