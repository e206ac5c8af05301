"""What is to be recorded as paid: per person and quota period what is due, less what was paid before.

It must not write it down: measures only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connector.errors import UsageError
from connector.metrics.measures.quota.accounts import account_of
from connector.metrics.measures.quota.earned import earned_in
from connector.metrics.measures.quota.payplan import hides_commission
from connector.metrics.notes import Day, Name, Note
from connector.store.payouts import Due

if TYPE_CHECKING:
    from connector.metrics.measures.quota.account import Account
    from connector.metrics.measures.quota.measure import QuotaMeasure
    from connector.metrics.parameters import MetricParams

#: filters under which payouts may be recorded
_FILTERS = ("person",)


def refuse_what_cannot_be_recorded(params: MetricParams) -> None:
    """UsageError where a question is not about all that was due to people at the end of a day."""
    if params.known_at is not None:
        raise _refused("--known-at", "what is recorded is what is known now", "Leave --known-at out; give --as-of.")
    if params.by not in (None, "person"):
        raise _refused(f"--by {params.by}", "people are paid, one by one", "Leave --by out.")
    if params.engine != "sqlite":
        raise _refused(f"--engine {params.engine}", "the store's own engine records", "Leave --engine out.")
    for key, value in params.where:
        if key not in _FILTERS:
            raise _refused(
                f"--where {key}={value}", "it hides a part of what people are due", "Only --where person=... may stand."
            )


def due_of(measure: QuotaMeasure, today: str) -> tuple[list[Due], list[Note]]:
    """What is to be recorded, in the order of people and periods, and notes on who was left out.

    UsageError where the as-of day is still to come, or where what was recorded before forbids it.
    """
    if measure.question.as_of > today:
        raise _refused(f"--as-of {measure.question.as_of}", "the day is still to come", f"Today is {today}.")
    _refuse_by_what_was_recorded(measure)
    due: list[Due] = []
    notes: list[Note] = []
    for account in _accounts(measure):
        if account.due_minor is None:
            notes += _left_out(measure, account)
        elif account.due_minor != account.paid_minor:
            due.append(_due(measure, account))
    return due, notes


def _refused(asked: str, because: str, hint: str) -> UsageError:
    return UsageError(f"--record-payout does not go with {asked}: {because}.", hint=hint)


def _refuse_by_what_was_recorded(measure: QuotaMeasure) -> None:
    payouts, base_currency = measure.payouts, measure.population.rates.base_currency
    if payouts.later:
        latest = max(payout.as_of for payout in payouts.later)
        raise UsageError(
            f"--record-payout as of {measure.question.as_of}: these quota periods have payouts as of {latest} already.",
            hint=f"Record as of {latest} or later: a payout is what is due, less all that was paid before.",
        )
    if payouts.foreign:
        currencies = ", ".join(sorted({str(payout.currency) for payout in payouts.foreign}))
        raise UsageError(
            f"--record-payout: payouts of these quota periods were recorded in {currencies}, and the base currency is "
            f"{base_currency} now.",
            hint="Set [report] base_currency to that currency to go on with these periods, or record later ones only.",
        )


def _accounts(measure: QuotaMeasure) -> Iterator[Account]:
    spans = {(person, p.start, p.end) for person, periods in measure.periods.items() for p in periods}
    spans |= {(person, *span) for person, paid in measure.payouts.counted.items() for span in paid}
    for person, start, end in sorted(spans, key=lambda each: (each[0], each[2], each[1])):
        yield account_of(measure, person, start, end)


def _left_out(measure: QuotaMeasure, account: Account) -> Iterator[Note]:
    overlapping = account.person_id in measure.pay and measure.pay[account.person_id].overlapping
    if account.payouts or overlapping or (account.period is not None and hides_commission(account.period)):
        yield Note(
            "Nothing recorded for {person} and {start} to {end}: the commission is not known.",
            person=Name(measure.population.people.name_of(account.person_id) or account.person_id),
            start=Day(account.start),
            end=Day(account.end),
        )


def _due(measure: QuotaMeasure, account: Account) -> Due:
    period, before = account.period, account.payouts[-1] if account.payouts else None
    owners = {
        target.owner_id
        for target in measure.targets.counted
        if (target.person_id, target.start, target.end) == (account.person_id, account.start, account.end)
        and target.owner_id is not None
    }
    due_minor = account.due_minor or 0
    earned = {} if period is None else earned_in(measure.space, account.person_id, period)
    return Due(
        as_of=measure.question.as_of,
        person_id=account.person_id,
        owner_id=min(owners, default=before.owner_id if before else None),
        period_start=account.start,
        period_end=account.end,
        plan=period.plan.name if period is not None and period.plan is not None else None,
        tier=period.tier.name if period is not None and period.tier is not None else None,
        quota_minor=None if period is None else period.quota_minor,
        won_minor=0 if period is None else period.won_minor,
        commission_minor=due_minor,
        paid_minor=due_minor - account.paid_minor,
        currency=measure.population.rates.base_currency,
        deals={deal: vars(each) for deal, each in earned.items()},
    )
