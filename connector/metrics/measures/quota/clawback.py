"""Why more was paid than is due now: which deals earn otherwise than when they were paid for, and by how much.

It must not know what is shown of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connector.metrics.measures.quota.earned import Earned, earned_in
from connector.metrics.measures.quota.fates import Fates
from connector.metrics.notes import Name, Note, spelled_money

if TYPE_CHECKING:
    from connector.metrics.measures.quota.account import Account
    from connector.metrics.population import Population

_NOTHING = Earned(0, 0)


class Clawback:
    """The reasons and the records behind one account of which something is to be taken back."""

    def __init__(self, account: Account, now: Mapping[str, Earned], fates: Fates, currency: str) -> None:
        self.account = account
        self.now = now
        self.fates = fates
        self._currency = currency
        then = account.paid_for
        earned_less = {
            deal: then.get(deal, _NOTHING).commission_minor - now.get(deal, _NOTHING).commission_minor
            for deal in sorted({*then, *now})
        }
        #: by deal the commission that it no longer earns; below zero where it earns more than before
        self.lost = {deal: amount for deal, amount in earned_less.items() if amount}

    @property
    def unexplained_minor(self) -> int:
        """What no deal tells, but the payouts themselves: those that somebody else wrote into the ledger."""
        return (self.account.clawback_minor or 0) - sum(self.lost.values())

    def records(self) -> Iterator[tuple[dict[str, Any], int]]:
        """The deals behind it, each with what it adds to the clawback."""
        for deal, amount in self.lost.items():
            yield self.fates.record(deal), amount

    def reasons(self) -> Iterator[Note]:
        """What is otherwise than when it was paid; at least one."""
        changes = [*self._deals(), *self._terms()]
        yield from changes or [Note("the terms are others")]

    def _deals(self) -> Iterator[Note]:
        for deal, then in sorted(self.account.paid_for.items()):
            now = self.now.get(deal)
            if now is None and self.account.period is not None:
                fate = self.fates.told(deal, self.account)
                yield Note(
                    "deal {deal} ({amount}) {fate}", deal=Name(deal), amount=self._money(then.won_minor), fate=fate
                )
            elif now is not None and now.won_minor != then.won_minor:
                amounts = {"now": self._money(now.won_minor), "then": self._money(then.won_minor)}
                yield Note("deal {deal} counts {now} in place of {then}", deal=Name(deal), **amounts)

    def _terms(self) -> Iterator[Note]:
        last, period = self.account.payouts[-1], self.account.period
        if period is None:
            yield Note("there is no quota for this period any more")
            return
        if last.quota_minor is not None and period.quota_minor not in (None, last.quota_minor):
            amounts = {"now": self._money(period.quota_minor or 0), "then": self._money(last.quota_minor)}
            yield Note("the quota is {now} in place of {then}", **amounts)
        if period.plan is not None and last.plan not in (None, period.plan.name):
            yield Note("the plan is {now} in place of {then}", now=Name(period.plan.name), then=Name(last.plan))

    def _money(self, minor: int) -> Note:
        return spelled_money(minor, self._currency)


def clawbacks(population: Population, accounts: Iterable[Account]) -> dict[tuple[str, str, str], Clawback]:
    """The clawbacks among these accounts, by person and period."""
    space = population.space
    owed = [
        (account, {} if account.period is None else earned_in(space, account.person_id, account.period))
        for account in accounts
        if account.clawback_minor
    ]
    deals = (deal for account, now in owed for deal in (*account.paid_for, *now))
    fates = Fates(space, population.people, deals)
    return {
        (account.person_id, account.start, account.end): Clawback(account, now, fates, population.rates.base_currency)
        for account, now in owed
    }
