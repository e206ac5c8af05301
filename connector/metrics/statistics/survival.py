"""Kaplan-Meier on whole days: how long things last when some of them are not over yet. Knows no measure."""

from __future__ import annotations

from collections.abc import Iterable


def median_days(stays: Iterable[tuple[int, bool, int]]) -> int | None:
    """The smallest t with S(t) <= 1/2, or None where the curve does not come down so far.

    ``stays`` are (days, whether it ended, how many). The survival curve is kept as a fraction of whole
    numbers, since a rounding error at exactly one half would move the median.
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
            if 2 * numerator <= denominator:
                return days
        at_risk -= lasted[days]
    return None
