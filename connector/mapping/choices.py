"""What ``first``, ``when`` and ``map`` share: option by option, and which values count as the same."""

from __future__ import annotations

from collections.abc import Callable

from connector.adapters.base import Value
from connector.mapping.batch import Batch, Column, Vector
from connector.mapping.nodes import Plain
from connector.mapping.rules import ANY, Condition


def first_of(options: list[tuple[Vector | None, Vector]]) -> Vector:
    """Option by option, only for the rows that have no value yet and meet its condition."""

    def run(batch: Batch) -> Column:
        found: list[Value] = [None] * batch.size
        pending: list[int] = list(range(batch.size))
        for condition, option in options:
            if not pending:
                break
            part = batch if len(pending) == batch.size else batch.take(pending)
            chosen = pending
            if condition is not None:
                chosen = [at for at, holds in zip(pending, condition(part), strict=True) if holds]
                part = part if len(chosen) == len(pending) else batch.take(chosen)
            if chosen:
                for at, value in zip(chosen, option(part), strict=True):
                    found[at] = value
            pending = [at for at in pending if found[at] is None]
        return found

    return run


def test_of(condition: Condition) -> Callable[[Value], bool]:
    """Whether a value meets a condition."""
    if ANY in condition.accepted:
        return lambda value: value is not None
    accepted = spellings(condition.accepted)
    return lambda value: value in accepted


def spellings(values: tuple[Plain, ...]) -> frozenset[Plain]:
    """Values to compare with, and the texts that mean the same: an option may come as a number or as its digits."""
    found: set[Plain] = set(values)
    for value in values:
        if isinstance(value, bool):
            found.add("true" if value else "false")
        elif isinstance(value, int):
            found.add(str(value))
        elif isinstance(value, str) and value.isascii() and value.isdigit() and str(int(value)) == value:
            found.add(int(value))
    return frozenset(found)
