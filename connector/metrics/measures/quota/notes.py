"""What must be said beside the rows of ``quota``: what was left out, what cannot be known, and why a word is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from connector.metrics.amount_notes import amount_notes, spelled_money
from connector.metrics.filters import NONE
from connector.metrics.result import counted
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.measures.quota.measure import QuotaMeasure

#: filters that narrow the wins and have no meaning for quotas
_NOT_OF_QUOTAS = ("region", "type", "lead_source", "pipeline")
#: how many names a note lists
_LISTED = 10


def notes(measure: QuotaMeasure) -> Iterator[str]:
    """The notes in their order: quotas, deals, credit, pay, advice."""
    (found,) = measure.space.records(statement("quota_notes"))
    base_currency = measure.population.rates.base_currency
    yield from _of_quotas(measure)
    if found["outside"]:
        amount = spelled_money(found["outside_minor"], base_currency)
        yield (
            f"{counted(found['outside'], 'win')} ({amount}) in no quota period of the owner: no commission on "
            f"{'it' if found['outside'] == 1 else 'them'}."
        )
    yield from amount_notes(found, "won deal", base_currency)
    yield from _of_splits(measure)
    yield from _of_pay(measure)
    for person_id, advice in sorted(measure.advice.items()):
        for word, evidence in advice.items():
            yield f"Advice {word} for {_person(measure, person_id)}: {evidence}."


def _person(measure: QuotaMeasure, person_id: str | None) -> str:
    return measure.population.people.name_of(person_id) or NONE


def _listed(names: Iterable[str]) -> str:
    """Names in their order, the first few of them."""
    known = sorted(set(names))
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"{', '.join(known[:_LISTED])}{more}"


def _of_quotas(measure: QuotaMeasure) -> Iterator[str]:
    targets = measure.targets
    if targets.partly_inside:
        yield f"{counted(targets.partly_inside, 'quota')} left out: the period lies only partly in the window."
    if targets.without_period:
        yield f"{counted(targets.without_period, 'quota')} left out: without a period that begins before it ends."
    unknown = [t for t in targets.counted if t.base_minor is None]
    if unknown:
        yield (
            f"{counted(len(unknown), 'quota')} without an amount or without a rate to "
            f"{measure.population.rates.base_currency} on the period's first day: attainment is not known."
        )
    ownerless = [t for t in targets.counted if t.person_id is None]
    if ownerless:
        yield (
            f"{counted(len(ownerless), 'quota')} without an owner: in row {NONE} and in the total, attained and earned "
            "by nobody."
        )
    managers = [t for t in targets.counted if t.is_managers]
    if managers and measure.by != "person":
        yield (
            f"{counted(len(managers), 'quota')} left out of the sum as a manager's, whose people have quotas of "
            f"the same period: {_listed(_person(measure, t.person_id) for t in managers)}."
        )
    yield from _of_people_and_quotas(measure)
    narrowed = [key for key in _NOT_OF_QUOTAS if key in measure.population.filters.passing]
    if narrowed:
        yield f"Quotas have no {' and no '.join(narrowed)}: the filter narrows the wins only, the quotas are whole."
    if measure.by == "person" and not measure.gives_advice:
        yield "No advice is given: a filter hides a part of what people won."


def _of_people_and_quotas(measure: QuotaMeasure) -> Iterator[str]:
    """Who won without a quota, and whose quota is no figure to divide by."""
    sellers = {person for (person,) in measure.space.rows("SELECT DISTINCT person_id FROM quota_win") if person}
    without = sellers - {target.person_id for target in measure.targets.counted}
    if without:
        yield (
            f"Without a quota in the window: {_listed(_person(measure, each) for each in without)}. Their wins count, "
            "attainment and commission are not known."
        )
    of_nothing = [
        f"{_person(measure, person)} ({period.start} to {period.end})"
        for person, periods in measure.periods.items()
        for period in periods
        if period.quota_minor is not None and period.quota_minor <= 0
    ]
    if of_nothing:
        yield (
            "Against a quota of zero or less nothing can be attained, and what wins against it earn is not known: "
            f"{_listed(of_nothing)}."
        )


def _of_splits(measure: QuotaMeasure) -> Iterator[str]:
    credits = measure.credits
    counted_from = measure.question.from_on
    for each in credits.undivided:
        if each.deal.status == "won" and each.deal.close_on >= counted_from:
            yield (
                f"The revenue splits of deal {each.deal.id} add up to {float(each.sum):.6g}, not to 1: it counts for "
                f"nobody (row {NONE}) and in the total. What {_listed(_person(measure, p) for p in each.people)} won "
                "is not known: no attainment, no commission."
            )
    if credits.ignored:
        yield (
            f"{counted(credits.ignored, 'split')} of won deals left out: neither revenue nor overlay with a share from "
            "0 to 1."
        )
    if credits.strangers:
        names = _listed(each or NONE for each in credits.strangers)
        yield f"Splits of won deals name owners who are no known users, and credit them by their id: {names}."


def _of_pay(measure: QuotaMeasure) -> Iterator[str]:
    for person_id, earned in sorted(measure.pay.items()):
        if earned.overlapping:
            yield f"{_person(measure, person_id)} has quota periods that overlap: no commission is computed."
    lost = [row for row in measure.rows if row["won_minor"] < 0]
    if lost:
        names = _listed(row["person"] or row["team"] or "the total" for row in lost)
        yield f"What was won adds up to less than zero for {names}: no shares can be told, and no commission is due."
