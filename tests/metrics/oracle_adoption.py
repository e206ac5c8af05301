"""Adoption once more, in plain Python over plain facts: the packaged methodology, sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict

from tests.metrics.oracle import counted, days, group_of, standing, stays
from tests.metrics.random_business import STAGES, Business, Deal

ASKED = ("qualify", "propose")


def compliant(deal: Deal, stage: str, entered: str, left: str, *, nothing_known: bool) -> bool:
    if stage == "propose":
        return deal.amount is not None
    met = nothing_known or any(kind == "meeting" and on <= left for kind, on in deal.activities)
    return bool(deal.next_step) and met and days(entered, left) <= 60


def adoption(
    facts: Business, window: tuple[str, str], on: str, by: str | None
) -> dict[str | None, tuple[int, int, int]]:
    """group -> exits, compliant, skipped."""
    found: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0])
    nothing_known = not facts.mails and not any(deal.activities for deal in facts.deals)
    if by is None:
        found[""]
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        visits = [stay for stay in stays(deal, on) if stay[0] is not None]
        group = group_of(facts, by, deal.source, deal.owner, deal.region)
        for stage, entered, left, _ in visits:
            if stage in ASKED and entered and left and window[0] <= left <= window[1]:
                found[group][0] += 1
                found[group][1] += compliant(deal, stage, entered, left, nothing_known=nothing_known)
        seen = {stage for stage, *_ in visits}
        for stage in ASKED:
            later = [e for s, e, *_ in visits if s and e and STAGES.index(s) > STAGES.index(stage)]
            passed = min(later, default=close if status == "won" else None)
            if visits and stage not in seen and passed and window[0] <= passed <= window[1]:
                found[group][2] += 1
    return {group: (a, b, c) for group, (a, b, c) in found.items()}
