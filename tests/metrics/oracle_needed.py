"""What a target takes once more, in plain Python over plain facts, sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, comb
from statistics import median
from typing import Any

from tests.metrics.oracle import counted, days, funnel, group_of, standing, stays, usd
from tests.metrics.random_business import STAGES, Business, deal_of_lead


def tail(wins: int, trials: int, chance: Fraction) -> Fraction:
    a, b = chance.numerator, chance.denominator
    fewer = sum(comb(trials, k) * a**k * (b - a) ** (trials - k) for k in range(wins))
    return 1 - Fraction(fewer, b**trials)


def needed(
    facts: Business, window: tuple[str, str], on: str, by: str | None, target: int, by_date: str, confidence: Fraction
) -> dict[tuple[str | None, str], tuple[Any, ...]]:
    """(group, stage) -> have, needed_mean, needed_at_confidence, gap, latest_start_on, p_hit; target in minor units."""
    rows = funnel(facts, window, on, by)
    have, values, times = _standing(facts, on, by), defaultdict(list), defaultdict(list)
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        if status == "won" and window[0] <= (close or deal.created) <= window[1]:
            group = group_of(facts, by, deal.source, deal.owner, deal.region)
            values[group].append(usd(facts, deal.amount, deal.currency, close or on))
            if close:
                for stage, length in _lengths(facts, deal, on, close, with_lead=by != "region"):
                    times[group, stage].append(length)
    found: dict[tuple[str | None, str], tuple[Any, ...]] = {}
    for group in {group for group, _ in rows}:
        known = [value for value in values[group] if value is not None]
        wins = ceil(Fraction(target * len(known), sum(known))) if known and sum(known) > 0 else None
        chance: Fraction | None = Fraction(1)
        for stage in ("won", *reversed(STAGES), *(["lead"] if by != "region" else [])):
            if stage != "won":
                _, advanced, lost, *_ = rows[group, stage]
                chance = chance * Fraction(advanced, advanced + lost) if chance and advanced else None
            found[group, stage] = _row(
                stage, chance, wins, have[group, stage], times[group, stage], by_date, confidence
            )
    return found


def _row(
    stage: str,
    chance: Fraction | None,
    wins: int | None,
    have: int,
    times: list[int],
    by_date: str,
    confidence: Fraction,
) -> tuple[Any, ...]:
    mean = sure = hit = None
    if chance and wins:
        mean = ceil(wins / chance)
        hit = float(tail(wins, mean, chance))
        sure = mean
        while sure >= wins and tail(wins, sure, chance) >= confidence:
            sure -= 1
        while tail(wins, sure, chance) < confidence:
            sure += 1
    start = None
    if chance and (times or stage == "won"):
        back = ceil(median(times)) if stage != "won" else 0
        start = (date.fromisoformat(by_date) - timedelta(days=back)).isoformat()
    shown = None if stage == "won" else have
    return shown, mean, sure, None if sure is None or stage == "won" else sure - have, start, hit


def _standing(facts: Business, on: str, by: str | None) -> dict[tuple[str | None, str], int]:
    have: dict[tuple[str | None, str], int] = defaultdict(int)
    for _, created, converted, status, owner in facts.leads:
        if created <= on and (status == "open" or (status == "qualified" and converted and converted > on)):
            have[group_of(facts, by, "acme", owner, None), "lead"] += 1
    for deal in counted(facts, on):
        visits = stays(deal, on)
        if standing(deal, on)[0] == "open" and visits and visits[-1][0]:
            have[group_of(facts, by, deal.source, deal.owner, deal.region), visits[-1][0]] += 1
    return have


def _lengths(facts: Business, deal: Any, on: str, close: str, *, with_lead: bool) -> list[tuple[str, int]]:
    found = []
    for place, stage in enumerate(STAGES):
        entries = [
            entered
            for name, entered, _, coverage in stays(deal, on)
            if name in STAGES and STAGES.index(name) >= place and entered and coverage == "recorded"
        ]
        if entries or place == 0:
            found.append((stage, days(min(entries, default=deal.created), close)))
    leads = [
        lead[1]
        for at, lead in enumerate(facts.leads)
        if deal_of_lead(facts, at) == deal.id and with_lead and lead[1] <= on
    ]
    if leads:
        found.append(("lead", days(min(leads), close)))
    return [(stage, length) for stage, length in found if length >= 0]
