"""The Jalali (Solar Hijri) calendar: where its months begin. It must not know fiscal years or the store.

A year has 365 or 366 days: six months of 31 days, five of 30, and a last one of 29, or 30 in a leap
year. The leap years follow the 33-year pattern, which agrees with the astronomical calendar (the new
year is the day whose true noon in Tehran follows the equinox) from 1178 to 1633.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1200, 1600
_KNOWN_YEAR, _KNOWN_NEW_YEAR = 1403, date(2024, 3, 20).toordinal()


def is_leap(year: int) -> bool:
    """Whether Esfand of the year has 30 days."""
    return (25 * year + 11) % 33 < 8


@lru_cache(maxsize=1)
def _new_years() -> list[int]:
    """Ordinal of the first day of every year from FIRST_YEAR on."""
    lengths = [365 + is_leap(year) for year in range(FIRST_YEAR, LAST_YEAR)]
    first = _KNOWN_NEW_YEAR - sum(lengths[: _KNOWN_YEAR - FIRST_YEAR])
    ordinals = [first]
    for length in lengths:
        ordinals.append(ordinals[-1] + length)
    return ordinals


def month_start(year: int, month: int) -> int:
    """Ordinal (as ``date.toordinal``) of the first day of a month; ValueError outside 1200 to 1599."""
    if not FIRST_YEAR <= year < LAST_YEAR or not 1 <= month <= 12:
        raise ValueError(f"no Jalali month {year}-{month:02d}")
    return _new_years()[year - FIRST_YEAR] + 31 * min(month - 1, 6) + 30 * max(month - 7, 0)


def year_month_day(ordinal: int) -> tuple[int, int, int]:
    """The Jalali date of a day given as ``date.toordinal`` gives it."""
    year = FIRST_YEAR + bisect_right(_new_years(), ordinal) - 1
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise ValueError("day outside the Jalali years 1200 to 1599")
    into = ordinal - month_start(year, 1)
    month, day = divmod(into, 31) if into < 186 else divmod(into - 186, 30)
    return year, (month if into < 186 else month + 6) + 1, day + 1
