"""The log-rank test: whether several groups close at different speeds, or chance alone tells them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import erfc, exp, gamma, sqrt

from connector.metrics.statistics.survival import Stay


def log_rank_p(groups: Mapping[str, Sequence[Stay]]) -> float | None:
    """The p-value of the test that all groups have one survival curve; None where there is nothing to compare."""
    known = {name: stays for name, stays in sorted(groups.items()) if stays}
    if len(known) < 2:
        return None
    names = list(known)
    risk = {name: sum(count for *_, count in stays) for name, stays in known.items()}
    left = {name: _by_day(stays, ended_only=False) for name, stays in known.items()}
    ended = {name: _by_day(stays, ended_only=True) for name, stays in known.items()}
    excess = [0.0] * len(names)
    spread = [[0.0] * len(names) for _ in names]
    for day in sorted({day for days in left.values() for day in days}):
        _add_day(names, risk, {name: ended[name][day] for name in names}, excess, spread)
        for name in names:
            risk[name] -= left[name][day]
    statistic = _quadratic(excess[:-1], [row[:-1] for row in spread[:-1]])
    return None if statistic is None else chi_square_tail(statistic, len(names) - 1)


def _by_day(stays: Sequence[Stay], *, ended_only: bool) -> Counter[int]:
    days: Counter[int] = Counter()
    for day, is_over, count in stays:
        if is_over or not ended_only:
            days[day] += count
    return days


def _add_day(
    names: Sequence[str],
    risk: Mapping[str, int],
    ended: Mapping[str, int],
    excess: list[float],
    spread: list[list[float]],
) -> None:
    """Adds one day's ends: observed less expected by group, and their covariance (hypergeometric)."""
    at_risk, ends = sum(risk.values()), sum(ended.values())
    if not ends:
        return
    shares = [risk[name] / at_risk for name in names]
    width = ends * (at_risk - ends) / (at_risk - 1) if at_risk > 1 else 0.0
    for row, name in enumerate(names):
        excess[row] += ended[name] - ends * shares[row]
        for column in range(len(names)):
            spread[row][column] += width * shares[row] * ((row == column) - shares[column])


def _quadratic(vector: Sequence[float], matrix: Sequence[Sequence[float]]) -> float | None:
    """vector · matrix⁻¹ · vector by elimination; None where the matrix has no inverse."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        if abs(rows[pivot][at]) < 1e-12:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            factor = rows[below][at] / rows[at][at]
            rows[below] = [x - factor * y for x, y in zip(rows[below], rows[at], strict=True)]
    solved = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(rows[at][column] * solved[column] for column in range(at + 1, size))
        solved[at] = (rows[at][size] - rest) / rows[at][at]
    return sum(x * y for x, y in zip(vector, solved, strict=True))


def chi_square_tail(value: float, degrees: int) -> float:
    """The chance that chi-square with whole ``degrees`` of freedom exceeds ``value``, by its closed form."""
    half = max(value, 0.0) / 2
    if degrees % 2:
        tail, powers = erfc(sqrt(half)), [step + 0.5 for step in range((degrees - 1) // 2)]
    else:
        tail, powers = exp(-half), [step + 1.0 for step in range(degrees // 2 - 1)]
    terms: list[float] = [exp(-half) * half**power / gamma(power + 1) for power in powers]
    return tail + sum(terms)
