"""What must be said beside the rows of ``quota``: what was left out, what cannot be known, and why a word is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connector.metrics.amount_notes import amount_notes
from connector.metrics.filters import NONE
from connector.metrics.notes import Day, Figure, Listed, Name, Note, Part, Word, spelled_money
from connector.metrics.result import counted
from connector.metrics.window_notes import no_quota_nor_win
from connector.metrics.workspace import literal, statement

if TYPE_CHECKING:
    from connector.metrics.measures.quota.account import Account
    from connector.metrics.measures.quota.measure import QuotaMeasure

#: filters that narrow the wins and have no meaning for quotas
_NOT_OF_QUOTAS = ("region", "type", "lead_source", "pipeline")
#: the flags that this product gives; every other is the name of a reward
ADVICE = ("bonus", "review", "clawback")
#: how many names a note lists
_LISTED = 10


def notes(measure: QuotaMeasure) -> Iterator[Note]:
    """The notes in their order: quotas, deals, credit, pay, advice."""
    (found,) = measure.space.records(statement("quota_notes"))
    base_currency = measure.population.rates.base_currency
    if not measure.targets.counted and not any(row["won_count"] for row in measure.rows):
        yield from no_quota_nor_win(measure.space)
    yield from _of_quotas(measure)
    if found["outside"]:
        yield Note(
            "{wins} ({amount}) in no quota period of the owner: no commission on {them}.",
            wins=counted(found["outside"], "win"),
            amount=spelled_money(found["outside_minor"], base_currency),
            them=Note("it") if found["outside"] == 1 else Note("them"),
        )
    yield from amount_notes(found, "won deal", base_currency)
    if found["no_rate"]:
        yield Note("Attainment and commission are not known of those who won in a currency that cannot be converted.")
    yield from _of_splits(measure)
    yield from _of_pay(measure)
    yield from _of_payouts(measure)
    for person_id, advice in sorted(measure.advice.items()):
        for word, evidence in advice.items():
            of_whom = _person(measure, person_id)
            yield Note(
                "Advice {word} for {person}: {evidence}.", word=_advised(word), person=of_whom, evidence=evidence
            )


def _person(measure: QuotaMeasure, person_id: str | None) -> Part:
    return _named(measure.population.people.name_of(person_id) or NONE)


def _named(name: str) -> Part:
    return Word(NONE) if name == NONE else Name(name)


def _advised(word: str) -> Part:
    """The product's own words of advice, and the name of a reward."""
    return Word(word) if word in ADVICE else Name(word)


def _listed(names: Iterable[Part]) -> Part:
    """Names in their order, the first few of them."""
    known = {str(name): name for name in names}
    first = Listed.of(known[name] for name in sorted(known)[:_LISTED])
    if len(known) <= _LISTED:
        return first
    return Note("{names} and {number} more", names=first, number=len(known) - _LISTED)


def _of_quotas(measure: QuotaMeasure) -> Iterator[Note]:
    targets = measure.targets
    if targets.partly_inside:
        quotas = counted(targets.partly_inside, "quota")
        yield Note("{quotas} left out: the period lies only partly in the window.", quotas=quotas)
    if targets.without_period:
        quotas = counted(targets.without_period, "quota")
        yield Note("{quotas} left out: without a period that begins before it ends.", quotas=quotas)
    unknown = [t for t in targets.counted if t.base_minor is None]
    if unknown:
        yield Note(
            "{quotas} without an amount or without a rate to {currency} on the period's first day: attainment is not "
            "known.",
            quotas=counted(len(unknown), "quota"),
            currency=Name(measure.population.rates.base_currency),
        )
    ownerless = [t for t in targets.counted if t.person_id is None]
    if ownerless:
        yield Note(
            "{quotas} without an owner: in row {none} and in the total, attained and earned by nobody.",
            quotas=counted(len(ownerless), "quota"),
            none=Word(NONE),
        )
    managers = [t for t in targets.counted if t.is_managers]
    if managers and measure.by != "person":
        yield Note(
            "{quotas} left out of the sum as a manager's, whose people have quotas of the same period: {people}.",
            quotas=counted(len(managers), "quota"),
            people=_listed(_person(measure, t.person_id) for t in managers),
        )
    yield from _of_people_and_quotas(measure)
    narrowed = [key for key in _NOT_OF_QUOTAS if key in measure.population.filters.passing]
    if narrowed:
        keys = Listed.of(map(Word, narrowed), " and no ")
        yield Note("Quotas have no {keys}: the filter narrows the wins only, the quotas are whole.", keys=keys)
    if measure.by == "person" and not measure.gives_advice:
        yield Note("No advice is given: a filter hides a part of what people won.")


def _of_people_and_quotas(measure: QuotaMeasure) -> Iterator[Note]:
    """Who won without a quota, and whose quota is no figure to divide by."""
    won = f"t.status = 'won' AND t.since >= {literal(measure.question.from_on)}"
    sellers = {
        who for (who,) in measure.space.rows(f"SELECT DISTINCT t.person_id FROM quota_tally t WHERE {won}") if who
    }
    without = sellers - {target.person_id for target in measure.targets.counted}
    if without:
        yield Note(
            "Without a quota in the window: {people}. Their wins count, attainment and commission are not known.",
            people=_listed(_person(measure, each) for each in without),
        )
    of_nothing = [
        Note(
            "{person} ({start} to {end})",
            person=_person(measure, person),
            start=Day(period.start),
            end=Day(period.end),
        )
        for person, periods in measure.periods.items()
        for period in periods
        if period.quota_minor is not None and period.quota_minor <= 0
    ]
    if of_nothing:
        yield Note(
            "Against a quota of zero or less nothing can be attained, and what wins against it earn is not known: "
            "{people}.",
            people=_listed(of_nothing),
        )


def _of_splits(measure: QuotaMeasure) -> Iterator[Note]:
    credits = measure.credits
    counted_from = measure.question.from_on
    for each in credits.undivided:
        if each.deal.status == "won" and each.deal.close_on >= counted_from:
            yield Note(
                "The revenue splits of deal {deal} add up to {sum}, not to 1: it counts for nobody (row {none}) and in "
                "the total. What {people} won is not known: no attainment, no commission.",
                deal=Name(each.deal.id),
                sum=Figure(f"{float(each.sum):.6g}"),
                none=Word(NONE),
                people=_listed(_person(measure, p) for p in each.people),
            )
    if credits.ignored:
        yield Note(
            "{splits} of won deals left out: neither revenue nor overlay with a share from 0 to 1.",
            splits=counted(credits.ignored, "split"),
        )
    if credits.strangers:
        yield Note(
            "Splits of won deals name owners who are no known users, and credit them by their id: {names}.",
            names=_listed(_named(each or NONE) for each in credits.strangers),
        )


def _of_pay(measure: QuotaMeasure) -> Iterator[Note]:
    used = {period.plan for periods in measure.periods.values() for period in periods}
    for plan in measure.plans:
        if used and plan not in used:
            yield Note("Plan {plan} of quota.yaml is nobody's who has a quota in the window.", plan=Name(plan.name))
    for person_id, earned in sorted(measure.pay.items()):
        if earned.overlapping:
            person = _person(measure, person_id)
            yield Note("{person} has quota periods that overlap: no commission is computed.", person=person)
    capped = [person for person, periods in measure.periods.items() if any(period.is_capped for period in periods)]
    if capped:
        yield Note(
            "More was won than the last tier of the plan reaches; what lies beyond it earns no commission: {people}.",
            people=_listed(_person(measure, person) for person in capped),
        )
    lost = [row for row in measure.rows if row["won_minor"] < 0]
    if lost:
        yield Note(
            "What was won adds up to less than zero for {names}: no shares can be told, and no commission is due.",
            names=_listed(_of_row(row) for row in lost),
        )


def _of_row(row: Mapping[str, Any]) -> Part:
    name = row["person"] or row["team"]
    return Note("the total") if name is None else _named(name)


def _of_payouts(measure: QuotaMeasure) -> Iterator[Note]:
    payouts, base_currency = measure.payouts, measure.population.rates.base_currency
    if payouts.partly_inside:
        partly = counted(payouts.partly_inside, "payout")
        yield Note("{payouts} left out: the period lies only partly in the window.", payouts=partly)
    if payouts.any_recorded and payouts.hidden:
        yield Note("What was paid is not told: a filter hides a part of what people are due.")
    if not payouts.are_told:
        return
    if payouts.foreign:
        yield Note(
            "Payouts to {people} were recorded in {currencies}, not in {currency}: what they were paid, and any "
            "clawback, is not known.",
            people=_listed(_person(measure, payout.person_id) for payout in payouts.foreign),
            currencies=_listed(_named(payout.currency or NONE) for payout in payouts.foreign),
            currency=Name(base_currency),
        )
    for person_id in sorted(measure.accounts.of_person.keys() - measure.accounts.unknown):
        for account in measure.accounts.of_person[person_id]:
            yield from _of_account(measure, _person(measure, person_id), account)


def _of_account(measure: QuotaMeasure, person: Part, account: Account) -> Iterator[Note]:
    currency = measure.population.rates.base_currency
    whose = Note(
        "{person}, {start} to {end}: {paid} paid",
        person=person,
        start=Day(account.start),
        end=Day(account.end),
        paid=spelled_money(account.paid_minor, currency),
    )
    if account.clawback_minor is None:
        yield Note("No clawback can be told for {whose}, what is due is not known.", whose=whose)
    elif account.clawback_minor:
        clawback = measure.accounts.clawbacks[account.person_id, account.start, account.end]
        yield Note(
            "Clawback of {amount} for {whose}, {due} due: {reasons}.",
            amount=spelled_money(account.clawback_minor, currency),
            whose=whose,
            due=spelled_money(account.due_minor or 0, currency),
            reasons=_first_few(clawback.reasons()),
        )


def _first_few(reasons: Iterable[Part]) -> Part:
    """Reasons as they come, the first few of them."""
    known = list(reasons)
    first = Listed.of(known[:_LISTED], "; ")
    if len(known) <= _LISTED:
        return first
    return Note("{reasons}; and {number} more", reasons=first, number=len(known) - _LISTED)
