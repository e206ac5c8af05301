"""One person's account for one quota period: what was paid, and what is due. It must not know how either is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.metrics.measures.quota.earned import Earned
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
