"""Shares that add up to one exactly. Knows no measure."""

from __future__ import annotations

from collections.abc import Mapping

_WHOLE = 1_000_000


def shares(values: Mapping[str, int]) -> dict[str, float | None]:
    """Each value's part of their sum, in whole parts per million by largest remainder, ties by key.

    A sum of zero, or a negative value among them, leaves nothing to share: all are None.
    """
    total = sum(values.values())
    if total == 0 or any(value < 0 for value in values.values()):
        return dict.fromkeys(values)
    parts = {key: value * _WHOLE // total for key, value in values.items()}
    left = _WHOLE - sum(parts.values())
    for key in sorted(values, key=lambda key: (-(values[key] * _WHOLE % total), key))[:left]:
        parts[key] += 1
    return {key: part / _WHOLE for key, part in parts.items()}
