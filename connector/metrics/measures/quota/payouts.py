"""What was paid: the payouts recorded up to the as-of day for quota periods in the window, by the person of today.

It must not know what is due.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.metrics.measures.quota.earned import Earned

if TYPE_CHECKING:
    from connector.metrics.people import People
    from connector.metrics.population import Population

#: filters under which what is due to somebody is whole
_WHOLE_UNDER = frozenset({"person"})
#: every payout that touches the window, in the order in which they were paid
_READ = """
    SELECT p.payout_id, p.person_id, p.owner_id, p.as_of, p.period_start, p.period_end, p.plan, p.quota_minor,
           COALESCE(p.paid_minor, 0), p.currency, p.deals
    FROM payout p
    WHERE p.period_end >= (SELECT m.from_on FROM metric_window m)
      AND p.period_start <= (SELECT m.to_on FROM metric_window m)
    ORDER BY COALESCE(p.as_of, ''), COALESCE(p.recorded_at, ''), COALESCE(p.number, 0), p.payout_id
"""


@dataclass(frozen=True)
class Payout:
    """One payout; ``person_id`` is who its CRM user is today."""

    id: str
    person_id: str
    owner_id: str | None
    as_of: str
    start: str
    end: str
    plan: str | None
    quota_minor: int | None
    paid_minor: int
    currency: str | None
    #: deal -> what of it counted, and what it earned
    deals: Mapping[str, Earned]


@dataclass
class Payouts:
    """The payouts of a window: those that count, by person and quota period, and those that cannot."""

    counted: dict[str, dict[tuple[str, str], list[Payout]]] = field(default_factory=dict)
    #: in another currency than today's base currency, which nothing converts
    foreign: list[Payout] = field(default_factory=list)
    #: of a later day than the as-of day
    later: list[Payout] = field(default_factory=list)
    partly_inside: int = 0
    #: whether anything was recorded for the window, to anybody
    any_recorded: bool = False
    #: whether a filter hides a part of what people earned
    hidden: bool = False

    @property
    def are_told(self) -> bool:
        """Whether paid and clawback can be told of anybody; nothing recorded is not the same as nothing paid."""
        return self.any_recorded and not self.hidden

    @property
    def people(self) -> set[str]:
        """Everyone who was paid."""
        return {*self.counted, *(payout.person_id for payout in self.foreign)}

    def each(self) -> Iterator[Payout]:
        """All payouts up to the as-of day."""
        for spans in self.counted.values():
            for payouts in spans.values():
                yield from payouts
        yield from self.foreign


def read_payouts(population: Population) -> Payouts:
    """Reads the payouts whose period lies wholly in the window, of those people whom the filters let through."""
    question, passing = population.question, population.filters.passing
    found = Payouts(hidden=not passing.keys() <= _WHOLE_UNDER)
    for row in population.space.rows(_READ):
        payout = _payout(population.people, row)
        if not (question.from_on <= payout.start and payout.end <= question.to_on):
            found.partly_inside += 1
            continue
        found.any_recorded |= payout.as_of <= question.as_of
        if payout.person_id not in passing.get("person", (payout.person_id,)):
            continue
        if payout.as_of > question.as_of:
            found.later.append(payout)
        elif payout.currency != population.rates.base_currency:
            found.foreign.append(payout)
        else:
            spans = found.counted.setdefault(payout.person_id, defaultdict(list))
            spans[payout.start, payout.end].append(payout)
    return found


def _payout(people: People, row: tuple[Any, ...]) -> Payout:
    payout_id, person_id, owner_id, as_of, start, end, plan, quota_minor, paid_minor, currency, deals = row
    person = people.person_of(owner_id) if owner_id in people.users else person_id or owner_id
    return Payout(
        payout_id, person or "", owner_id, as_of or "", start, end, plan, quota_minor, int(paid_minor), currency,
        _deals(deals),
    )  # fmt: skip


def _deals(text: str | None) -> dict[str, Earned]:
    """The deals of a payout; none where somebody wrote something else into the ledger."""
    try:
        told = json.loads(text or "{}")
        return {deal: Earned(int(each["won_minor"]), int(each["commission_minor"])) for deal, each in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return {}
