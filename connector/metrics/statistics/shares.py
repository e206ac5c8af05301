"""Shares that add up to one exactly. Knows no measure."""

from __future__ import annotations

from collections.abc import Mapping

from connector.metrics.statistics.apportion import apportion

_WHOLE = 1_000_000


def shares(values: Mapping[str, int]) -> dict[str, float | None]:
    """Each value's part of their sum, in whole parts per million by largest remainder, ties by key.

    A sum of zero, or a negative value among them, leaves nothing to share: all are None.
    """
    if not sum(values.values()) or any(value < 0 for value in values.values()):
        return dict.fromkeys(values)
    keys = sorted(values)
    parts = apportion(_WHOLE, [values[key] for key in keys])
    return {key: part / _WHOLE for key, part in zip(keys, parts, strict=True)}
