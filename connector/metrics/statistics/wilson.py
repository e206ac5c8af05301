"""The Wilson score interval of a share: what a small sample allows to say. Knows no measure."""

from __future__ import annotations

from math import sqrt

#: the 97.5 % point of the normal distribution: intervals of 95 %
Z = 1.959963984540054


def wilson(hits: int, trials: int) -> tuple[float, float] | tuple[None, None]:
    """Lower and upper end of the 95 % interval of ``hits / trials``; None without a trial."""
    if trials == 0:
        return None, None
    share, square = hits / trials, Z * Z
    middle = share + square / (2 * trials)
    spread = Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    whole = 1 + square / trials
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
