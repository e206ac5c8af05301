"""Kaplan-Meier on whole days: how long things last when some of them are not over yet. Knows no measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

#: days, whether it ended, how many
Stay = tuple[int, bool, int]


def median_days(stays: Iterable[Stay]) -> int | None:
    """The smallest t with S(t) <= 1/2, or None where the curve does not come down so far."""
    return next((days for days, numerator, denominator in _curve(stays) if 2 * numerator <= denominator), None)


def restricted_mean_days(stays: Iterable[Stay]) -> float | None:
    """The mean stay, counted no longer than the longest one observed: the area under the curve. None of none."""
    known = list(stays)
    if not known:
        return None
    area, height, since = Fraction(0), Fraction(1), 0
    for days, numerator, denominator in _curve(known):
        area += height * (days - since)
        height, since = Fraction(numerator, denominator), days
    return float(area + height * (max(days for days, _, _ in known) - since))


def _curve(stays: Iterable[Stay]) -> Iterator[tuple[int, int, int]]:
    """The steps of S: (day, numerator, denominator).

    The curve is kept as a fraction of whole numbers, since a rounding error at exactly one half would move the median.
    """
    ended: dict[int, int] = {}
    lasted: dict[int, int] = {}
    for days, is_over, count in stays:
        lasted[days] = lasted.get(days, 0) + count
        if is_over:
            ended[days] = ended.get(days, 0) + count
    at_risk = sum(lasted.values())
    numerator = denominator = 1
    for days in sorted(lasted):
        if days in ended:
            numerator *= at_risk - ended[days]
            denominator *= at_risk
            yield days, numerator, denominator
        at_risk -= lasted[days]
