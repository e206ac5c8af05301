"""Who shares the credit for the deals of the made-up business: a function of each deal, always alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.sandbox.business.model import Business, Deal, Rep, Split
from connector.sandbox.business.staff import sellers

_PER_DEAL = 10


def splits(business: Business) -> Iterator[Split]:
    """Those of Salesforce, the only system that has any; none where deals carry no history (load tests)."""
    if not business.history:
        return
    others = [rep for rep in sellers(list(business.reps), "salesforce") if rep.active]
    for deal in business.deals_of("salesforce"):
        if deal.deleted is None:
            yield from _of_deal(deal, others)


def _of_deal(deal: Deal, others: Sequence[Rep]) -> Iterator[Split]:
    """All of it to the owner, as the system gives it, or most of it where somebody helped; now and then an overlay."""
    helper = others[deal.key % len(others)].key
    shared = deal.key % 6 == 0 and helper != deal.owner
    key = deal.key * _PER_DEAL
    yield Split(key, deal.key, deal.owner, "revenue", 70 if shared else 100)
    if shared:
        yield Split(key + 1, deal.key, helper, "revenue", 30)
    if deal.key % 5 == 0 and helper != deal.owner:
        yield Split(key + 2, deal.key, helper, "overlay", 50)
