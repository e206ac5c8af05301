"""Win rates and cycle lengths once more, in plain Python over plain facts, sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import sqrt
from statistics import fmean, quantiles
from typing import Any

from tests.metrics.oracle import counted, days, group_of, km_median, ratio, standing, stays, usd
from tests.metrics.random_business import Business

Z2 = 1.959963984540054**2


def wilson_low(hits: int, trials: int) -> float | None:
    """The lower root p of (share - p)^2 = z^2 p (1 - p) / n."""
    if not trials:
        return None
    share = hits / trials
    a, b, c = 1 + Z2 / trials, -(2 * share + Z2 / trials), share * share
    return max(0.0, (-b - sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a))


def win_rate(
    facts: Business, window: tuple[str, str], on: str, by: str | None, basis: str
) -> dict[str | None, tuple[Any, ...]]:
    """group -> won, lost, rate, wilson_low, won_minor, lost_minor, value_rate."""
    found: dict[str | None, dict[str, list[int]]] = defaultdict(lambda: {"won": [], "lost": []})
    unvalued: set[str | None] = set()
    if by is None:
        found[""]
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        day = close if basis == "closed" else deal.created
        if status != "open" and day and window[0] <= day <= window[1]:
            group = group_of(facts, by, deal.source, deal.owner, deal.region)
            value = usd(facts, deal.amount, deal.currency, close or on)
            if value is None and deal.amount is not None:
                unvalued.add(group)
            found[group][status].append(value or 0)
    rows: dict[str | None, tuple[Any, ...]] = {}
    for group, decided in found.items():
        won, lost = len(decided["won"]), len(decided["lost"])
        worth, missed = sum(decided["won"]), sum(decided["lost"])
        share = worth / (worth + missed) if worth + missed > 0 and group not in unvalued else None
        rows[group] = (won, lost, ratio(won, won + lost), wilson_low(won, won + lost), worth, missed, share)
    return rows


def cycle(facts: Business, window: tuple[str, str], on: str, by: str | None) -> dict[str | None, tuple[Any, ...]]:
    """group -> won, lost, open, excluded, p25, median, p75, mean, KM median, slowest median, stale, velocity."""
    cohort: dict[str | None, list[tuple[Any, ...]]] = defaultdict(list)
    if by is None:
        cohort[""]
    for deal in counted(facts, on):
        if window[0] <= deal.created <= window[1]:
            status, close = standing(deal, on)
            until = on if status == "open" else close
            length = days(deal.created, until) if until else None
            value = usd(facts, deal.amount, deal.currency, until or on)
            group = group_of(facts, by, deal.source, deal.owner, deal.region)
            cohort[group].append((status, length, value, stays(deal, on)))
    closed = [
        length
        for deals in cohort.values()
        for status, length, *_ in deals
        if status != "open" and length is not None and length >= 0
    ]
    oldest = max(closed, default=None)
    return {group: _cycle_row(deals, oldest, on) for group, deals in cohort.items()}


def _cycle_row(deals: list[tuple[Any, ...]], oldest: int | None, on: str) -> tuple[Any, ...]:
    kept = [deal for deal in deals if deal[1] is None or deal[1] >= 0]
    by_status = {word: [deal for deal in kept if deal[0] == word] for word in ("won", "lost", "open")}
    won = sorted(length for _, length, *_ in by_status["won"] if length is not None)
    stale = [d for d in by_status["open"] if oldest is not None and d[1] > oldest]
    values = [value for _, _, value, _ in by_status["won"] if value is not None]
    p25, median, p75 = quantiles(won, n=4, method="inclusive") if len(won) > 1 else (won * 3 or (None,) * 3)
    velocity = None
    if won and sum(won) and values:
        decided = len(by_status["won"]) + len(by_status["lost"])
        rate = Fraction(len(by_status["won"]), decided)
        each = Fraction(sum(values), len(values))
        velocity = float((len(by_status["open"]) - len(stale)) * rate * each * len(won) / sum(won))
    return (
        len(by_status["won"]), len(by_status["lost"]), len(by_status["open"]), len(deals) - len(kept), p25, median, p75,
        fmean(won) if won else None, km_median([(d[1], d[0] != "open") for d in kept if d[1] is not None]),
        _slowest(deals, on), len(stale), velocity,
    )  # fmt: skip


def _slowest(deals: list[tuple[Any, ...]], on: str) -> int | None:
    lengths: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for status, _, _, visits in deals:
        for stage, entered, left, coverage in visits:
            if stage is None or entered is None or coverage == "path":
                continue
            if left is not None:
                lengths[stage].append((days(entered, left), True))
            elif status == "open":
                lengths[stage].append((days(entered, on), False))
    medians = [median for known in lengths.values() if (median := km_median(known)) is not None]
    return max(medians, default=None)
