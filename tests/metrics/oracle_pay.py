"""What a plan with a ramp, rewards and a review pays and advises, once more, in plain Python over plain facts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from connector.mapping.quota_plans import Bonus, Plan, Review, Reward
from tests.metrics import oracle
from tests.metrics.oracle import asked_of, counted, person_of, standing
from tests.metrics.oracle_splits import is_share, live, share_on
from tests.metrics.random_business import Business
from tests.metrics.stores import plan_of

EVER = ("2000-01-01", "2099-12-31")


@dataclass(frozen=True)
class Terms:
    """The terms of a plan as plain numbers."""

    ramp: tuple[Fraction, ...]
    retroactive: bool
    periods: int
    deals: int

    def plan(self) -> Plan:
        return plan_of(
            ramp_months=tuple(Decimal(share.numerator) / share.denominator for share in self.ramp),
            retroactive=self.retroactive,
            bonus=Bonus(Decimal("1.2"), Decimal(5000)),
            reward=Reward(Decimal("1.5"), "trip"),
            review=Review(Decimal("0.5"), self.periods, self.deals),
        )


def asked_by_period(facts: Business, terms: Terms, on: str) -> dict[str, dict[tuple[str, str], list[int | None]]]:
    """person -> period -> quotas, of all time."""
    found: dict[str, dict[tuple[str, str], list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for quota in facts.quotas:
        amount = asked_of(facts, quota, on, terms.ramp)
        found[person_of(facts, quota.owner) or ""][quota.start, quota.end].append(amount)
    return found


def attained(
    facts: Business, terms: Terms, on: str, person: str, span: tuple[str, str]
) -> tuple[Fraction, int, int] | None:
    """Attainment, won and quota of one period; None where it cannot be told."""
    amounts = asked_by_period(facts, terms, on)[person][span]
    credit, unknown = oracle.wins(facts, span, on)
    whole = sum(amount or 0 for amount in amounts)
    if whole <= 0 or None in amounts or any(person_of(facts, who) == person for who, _ in unknown):
        return None
    won = sum(win.value for win in credit if person_of(facts, win.owner) == person)
    return Fraction(won, whole), won, whole


def paid(facts: Business, terms: Terms, window: tuple[str, str], on: str, person: str) -> int | None:
    """The commission of somebody over the periods in the window."""
    spans = [span for span in asked_by_period(facts, terms, on)[person] if is_inside(span, window)]
    if overlap(spans):
        return None
    total, earning = 0, False
    for span in spans:
        found = attained(facts, terms, on, person, span)
        if found is None:
            credit, unknown = oracle.wins(facts, span, on)
            won = sum(win.value for win in credit if person_of(facts, win.owner) == person)
            doubtful = any(person_of(facts, who) == person for who, _ in unknown)
            if won or doubtful or None in asked_by_period(facts, terms, on)[person][span]:
                return None
            continue
        earning = True
        attainment, won, quota = found
        if terms.retroactive:
            rate = Fraction(1, 20) if attainment <= 1 else Fraction(1, 10)
            total += oracle.money(won * rate) if won > 0 else 0
        else:
            total += oracle.commission(quota, won)
    return total if earning else None


def is_inside(span: tuple[str, str], window: tuple[str, str]) -> bool:
    return window[0] <= span[0] and span[1] <= window[1]


def overlap(spans: list[tuple[str, str]]) -> bool:
    return any(a != b and a[0] <= b[1] and b[0] <= a[1] for a in spans for b in spans)


def words(facts: Business, terms: Terms, window: tuple[str, str], on: str, person: str) -> list[str]:
    """The words that the plan has for somebody."""
    asked = asked_by_period(facts, terms, on)[person]
    inside = [span for span in asked if is_inside(span, window)]
    amounts = [amount for span in inside for amount in asked[span]]
    whole = sum(amount or 0 for amount in amounts)
    credit, unknown = oracle.wins(facts, window, on)
    if not inside or None in amounts or whole <= 0 or any(person_of(facts, who) == person for who, _ in unknown):
        return []
    won = sum(win.value for win in credit if person_of(facts, win.owner) == person)
    found = ["bonus"] if won * 10 >= whole * 12 else []
    found += ["trip"] if won * 10 >= whole * 15 else []
    return [*found, "review"] if is_due(facts, terms, window, on, person) else found


def is_due(facts: Business, terms: Terms, window: tuple[str, str], on: str, person: str) -> bool:
    """Whether the latest ended periods are all below half, with enough deals closed in them."""
    spans = [span for span in asked_by_period(facts, terms, on)[person] if span[1] <= min(on, window[1])]
    last = sorted(spans, key=lambda span: (span[1], span[0]))[-terms.periods :]
    found = [attained(facts, terms, on, person, span) for span in last]
    if len(last) < terms.periods or overlap(last) or None in found:
        return False
    below = all(each is not None and each[0] < Fraction(1, 2) for each in found)
    return below and sum(closed_by(facts, on, person, span) for span in last) >= terms.deals


def closed_by(facts: Business, on: str, person: str, span: tuple[str, str]) -> int:
    """Deals, won or lost, that closed in a period and of which somebody has a part."""
    total = 0
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        if status != "open" and close and span[0] <= close <= span[1]:
            revenue = [split for split in live(facts.splits, deal.id) if split.kind in ("revenue", None)]
            _, unknown = oracle.credited(facts.splits, deal.id, deal.owner, 1, on)
            sharing = [s.owner for s in revenue if is_share(share_on(s, on)) and share_on(s, on)] if revenue else None
            whom = [] if unknown else [deal.owner] if sharing is None else sharing
            total += person in {person_of(facts, who) for who in whom}
    return total
