"""What an amount is worth in the base currency: the one function that converts money, on integers.

It must not know which deal or quota it values, nor any measure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from connector.iso4217 import exponent

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping.rates import RateRow


#: valid_from or "", valid_to or None, units
_Interval = tuple[str, str | None, Fraction]

_READ = """
    SELECT source, currency, COALESCE(dated, 0), COALESCE(valid_from, ''), valid_to, units_per_base
    FROM fx_rate
    WHERE COALESCE(is_deleted, 0) = 0 AND currency IS NOT NULL AND units_per_base IS NOT NULL
"""


def _positive(text: object) -> Fraction | None:
    """A usable rate, or None: a rate that is no number, zero or negative is no rate at all."""
    try:
        units = Fraction(str(text).strip())
    except (ValueError, ZeroDivisionError):
        return None
    return units if units > 0 else None


def _half_away(numerator: int, denominator: int) -> int:
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def rounded(exact: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    return _half_away(exact.numerator, exact.denominator)


def _holding(intervals: Sequence[_Interval], day: str | None) -> Fraction | None:
    """The rate that holds on a day; of several, the one that began last. Without a day: an open-ended one."""
    if day is None:
        return next((units for start, end, units in reversed(intervals) if not start and end is None), None)
    last = bisect_right(intervals, day, key=lambda interval: interval[0])
    return next((units for _, end, units in reversed(intervals[:last]) if end is None or day < end), None)


def _is_constant(intervals: Sequence[_Interval]) -> bool:
    return len(intervals) == 1 and not intervals[0][0] and intervals[0][1] is None


class RateBook:
    """Every rate that the store and ``rates.csv`` know, asked by (source, currency, day).

    A source states its rates per unit of its own base currency, which it lists with an undated rate of 1. Where a
    source lists no such currency, its rates are taken to be per unit of the reporting base currency.
    """

    def __init__(
        self,
        base_currency: str,
        rates: Iterable[tuple[str | None, str, int, str, str | None, Fraction]] = (),
        declared: Sequence[RateRow] = (),
    ) -> None:
        self.base_currency = base_currency
        self._rates: dict[tuple[str | None, str, bool], list[_Interval]] = {}
        self._lists_own_base: set[str | None] = set()
        for source, currency, dated, valid_from, valid_to, units in rates:
            self._rates.setdefault((source, currency, bool(dated)), []).append((valid_from, valid_to, units))
            # a dated rate of 1 is a currency at parity on some days, and not the base
            if units == 1 and not dated:
                self._lists_own_base.add(source)
        self._declared: dict[str, list[_Interval]] = {}
        for row in declared:
            declared_units = _positive(row.units_per_base)
            if declared_units is not None:
                self._declared.setdefault(row.currency, []).append((row.valid_from or "", None, declared_units))
        for intervals in (*self._rates.values(), *self._declared.values()):
            intervals.sort(key=lambda interval: (interval[0], interval[1] or "9999", interval[2]))
        self._factors: dict[tuple[str | None, str, str | None], tuple[int, int] | None] = {}

    @classmethod
    def read(cls, conn: Connection, base_currency: str, rates: Sequence[RateRow] = ()) -> RateBook:
        """The book of a store; ``rates`` are the rows of ``rates.csv``, which beat those of the CRMs."""
        stored = (
            (source, currency, int(dated), valid_from, valid_to, units)
            for source, currency, dated, valid_from, valid_to, text in conn.exec_driver_sql(_READ)
            if (units := _positive(text)) is not None
        )
        return cls(base_currency, stored, rates)

    def units(self, source: str | None, currency: str, day: str | None) -> Fraction | None:
        """Units of a currency per unit of the *source's* base currency on a day; a dated rate beats a static one."""
        for dated in (True, False):
            found = _holding(self._rates.get((source, currency, dated), ()), day)
            if found is not None:
                return found
        if currency == self.base_currency and source not in self._lists_own_base:
            return Fraction(1)
        return None

    def moving(self) -> set[tuple[str | None, str]]:
        """(source, currency) whose rate is not the same on all days; source None stands for every source."""
        changing = {key[:2] for key, intervals in self._rates.items() if not _is_constant(intervals)}
        of_base = {source for source, currency in changing if currency == self.base_currency}
        for source, currency, _ in self._rates:
            if source in of_base and currency != self.base_currency:
                changing.add((source, currency))
        declared = {(None, currency) for currency, intervals in self._declared.items() if not _is_constant(intervals)}
        return {(source, currency) for source, currency in changing if currency != self.base_currency} | declared

    def value(self, amount_minor: int | None, currency: str | None, source: str | None, day: str | None) -> int | None:
        """An amount in minor units of the base currency, rounded once, half away from zero.

        None where the amount is unknown or a rate is missing. A row without a currency is in the base
        currency (the mapping has already filled in what the configuration says about its source).
        """
        if amount_minor is None or currency is None or currency == self.base_currency:
            return amount_minor
        key = (source, currency, day)
        if key not in self._factors:
            self._factors[key] = self._factor(source, currency, day)
        factor = self._factors[key]
        if factor is None:
            return None
        numerator, denominator = factor
        return _half_away(amount_minor * numerator, denominator)

    def value_of_parts(
        self, parts: Iterable[tuple[Fraction, str | None]], source: str | None, day: str | None
    ) -> int | None:
        """The sum of exact amounts, each in its currency, rounded once; None where a rate is missing."""
        total = Fraction(0)
        for amount, currency in parts:
            if currency is None or currency == self.base_currency:
                total += amount
                continue
            factor = self._factor(source, currency, day)
            if factor is None:
                return None
            total += amount * Fraction(*factor)
        return rounded(total)

    def _factor(self, source: str | None, currency: str, day: str | None) -> tuple[int, int] | None:
        """Minor units of the base currency per minor unit of ``currency``, as numerator and denominator."""
        rate = self._per_base_unit(source, currency, day)
        if rate is None:
            return None
        shift = Fraction(10) ** (exponent(self.base_currency) - exponent(currency))
        factor = shift / rate
        return factor.numerator, factor.denominator

    def _per_base_unit(self, source: str | None, currency: str, day: str | None) -> Fraction | None:
        """Units of a currency per unit of the reporting base currency: ``rates.csv`` first, then the source's own."""
        declared = _holding(self._declared.get(currency, ()), day)
        if declared is not None:
            return declared
        of_amount = self.units(source, currency, day)
        of_base = self.units(source, self.base_currency, day)
        return None if of_amount is None or of_base is None else of_amount / of_base
