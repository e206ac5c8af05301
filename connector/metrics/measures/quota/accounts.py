"""What was paid to people for quota periods against what is due for these now: paid and clawback of every row.

More paid than due is a clawback, period by period: what is still to be paid for another period does not lessen it.
It must not know what is shown of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from connector.metrics.measures.quota.account import Account
from connector.metrics.measures.quota.clawback import Clawback, clawbacks

if TYPE_CHECKING:
    from connector.metrics.measures.quota.measure import QuotaMeasure


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
