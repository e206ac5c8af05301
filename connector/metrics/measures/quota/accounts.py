"""What was paid to people for quota periods against what is due for these now: paid and clawback of every row.

More paid than due is a clawback, period by period: what is still to be paid for another period does not lessen it.
It must not know what is shown of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from connector.metrics.measures.quota.clawback import Clawback, clawbacks

if TYPE_CHECKING:
    from connector.metrics.measures.quota.earned import Earned
    from connector.metrics.measures.quota.measure import QuotaMeasure
    from connector.metrics.measures.quota.payouts import Payout
    from connector.metrics.measures.quota.payplan import PaidPeriod


@dataclass(frozen=True)
class Account:
    """One person and quota period: what was paid, in order, and what is due."""

    person_id: str
    start: str
    end: str
    payouts: tuple[Payout, ...]
    #: None where there is no such quota period any more, for which nothing is due then
    period: PaidPeriod | None
    #: None where it cannot be told
    due_minor: int | None

    @property
    def paid_minor(self) -> int:
        """All that was paid for the period so far."""
        return sum(payout.paid_minor for payout in self.payouts)

    @property
    def clawback_minor(self) -> int | None:
        """What was paid beyond what is due now; None where that cannot be told."""
        if self.due_minor is None:
            return None if self.paid_minor > 0 else 0
        return max(0, self.paid_minor - self.due_minor)

    @property
    def paid_for(self) -> Mapping[str, Earned]:
        """The deals for which the last payout was made."""
        return self.payouts[-1].deals if self.payouts else {}


class Accounts:
    """The accounts of everyone who was paid for a period of the window."""

    def __init__(self, measure: QuotaMeasure) -> None:
        self.measure = measure
        self.payouts = measure.payouts
        self.of_person: dict[str, list[Account]] = defaultdict(list)
        for person in self.payouts.counted:
            for start, end in sorted(self.payouts.counted[person], key=lambda span: (span[1], span[0])):
                self.of_person[person].append(account_of(measure, person, start, end))
        #: who was paid in another currency too: what they were paid in all cannot be told
        self.unknown = {payout.person_id for payout in self.payouts.foreign}

    @cached_property
    def clawbacks(self) -> dict[tuple[str, str, str], Clawback]:
        """Why something is to be taken back, by person and period."""
        accounts = (account for person in sorted(self.of_person) for account in self.of_person[person])
        return clawbacks(self.measure.population, accounts)

    def of_row(self, key: str) -> Iterator[Account]:
        """The accounts of a row's people."""
        for person in sorted(self.of_person):
            if self.measure.is_in(person, key):
                yield from self.of_person[person]

    def paid_minor(self, key: str) -> int | None:
        """What was paid to a row's people; None where nothing was ever recorded, or it cannot be told."""
        if not self.payouts.are_told or any(self.measure.is_in(person, key) for person in self.unknown):
            return None
        return sum(account.paid_minor for account in self.of_row(key))

    def clawback_minor(self, key: str) -> int | None:
        """What of it is to be taken back."""
        if self.paid_minor(key) is None:
            return None
        found = [account.clawback_minor for account in self.of_row(key)]
        known = [clawback for clawback in found if clawback is not None]
        return sum(known) if len(known) == len(found) else None


def account_of(measure: QuotaMeasure, person_id: str, start: str, end: str) -> Account:
    """The account of a person and period, whether anything was paid or not."""
    payouts = measure.payouts.counted.get(person_id, {}).get((start, end), [])
    period = next((p for p in measure.periods.get(person_id, ()) if (p.start, p.end) == (start, end)), None)
    due = 0 if period is None else measure.pay[person_id].due[start, end]
    return Account(person_id, start, end, tuple(payouts), period, due)
