"""Satisfaction and cadence once more, in plain Python over plain facts, sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from tests.metrics.oracle import days, group_of
from tests.metrics.random_business import Business


def satisfaction(
    facts: Business, window: tuple[str, str], on: str, by: str | None
) -> dict[str | None, tuple[int, float | None, float | None]]:
    """group -> responses, mean share, top box."""
    found: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    if by is None:
        found[""]
    for given, score, highest, owner in facts.answers:
        if window[0] <= given <= window[1] and given <= on:
            answers = found[group_of(facts, by, "acme", owner, None)]
            if score is not None and highest and score <= highest:
                answers.append((score, highest))
    return {
        group: (
            len(answers),
            float(sum(Fraction(s, h) for s, h in answers) / len(answers)) if len(answers) >= 5 else None,
            sum(s == h for s, h in answers) / len(answers) if len(answers) >= 5 else None,
        )
        for group, answers in found.items()
    }


def span(day: int) -> tuple[int, int, int]:
    """First day, last day and most mails of the packaged schedule's span."""
    if day < 7:
        return 0, 6, 3
    if day < 28:
        return day - day % 7, day - day % 7 + 6, 1
    block = (day - 28) // 30
    return 28 + 30 * block, 57 + 30 * block, 1


def cadence(facts: Business, window: tuple[str, str], on: str) -> dict[str, tuple[int, str, str, list[list[str]]]]:
    """address -> sent, first day, next allowed day, broken rules in the window."""
    got: dict[str, list[tuple[str, int, str | None]]] = defaultdict(list)
    for number, (_, sent, address, subject) in enumerate(facts.mails):
        if sent <= on:
            got[address.strip().lower()].append((sent, number, subject))
    rows = {}
    for address, mails in got.items():
        mails.sort()
        first = mails[0][0]
        broken: list[tuple[str, str]] = []
        for place, (sent, _, subject) in enumerate(mails):
            low, high, most = span(days(first, sent))
            before = [m for m in mails[: place + 1] if low <= days(first, m[0]) <= high]
            if len(before) > most:
                broken.append((sent, "over_week1" if low == 0 else "over_weekly" if low < 28 else "over_monthly"))
            if subject is not None and any(m[2] == subject for m in mails[:place]):
                broken.append((sent, "repeat_message"))
        if days(first, on) >= 6 and sum(days(first, m[0]) <= 6 for m in mails) < 2:
            broken.append(((date.fromisoformat(first) + timedelta(days=6)).isoformat(), "under"))
        free = on
        while True:
            low, high, most = span(days(first, free))
            if sum(low <= days(first, m[0]) <= high for m in mails) < most:
                break
            free = (date.fromisoformat(first) + timedelta(days=high + 1)).isoformat()
        told = [list(pair) for pair in sorted(broken) if window[0] <= pair[0] <= window[1]]
        sent_inside = sum(window[0] <= m[0] <= window[1] for m in mails)
        if sent_inside or told:
            rows[address] = (sent_inside, first, free, told)
    return rows
