"""The made-up business: the same for the same seed, whole in itself, drawn by the odds that it tells."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from connector.sandbox.business import Business, generate
from connector.sandbox.business.model import OPEN_STAGES, SYSTEMS, System
from connector.sandbox.business.words import AWKWARD_BLOCKS, AWKWARD_LINES

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def business() -> Business:
    return generate(seed=7, deals=300, today=TODAY)


def test_the_same_seed_and_day_give_the_same_business(business: Business) -> None:
    again = generate(seed=7, deals=300, today=TODAY)
    assert list(business.deals) == list(business.deals) == list(again.deals)
    assert (business.leads, business.people, business.quotas) == (again.leads, again.people, again.quotas)
    assert list(generate(seed=8, deals=300, today=TODAY).deals) != list(business.deals)


def test_deals_move_by_the_known_odds() -> None:
    business = generate(seed=3, deals=12_000, today=TODAY, systems=("salesforce",))
    seen: Counter[tuple[str, str]] = Counter()
    for deal in business.deals:
        stages = [stage for stage, _ in itertools.groupby(move.stage for move in deal.moves)]
        seen.update(itertools.pairwise(stages))
    for stage in OPEN_STAGES:
        odds = business.transitions.odds[stage]
        assert sum(odds.values()) == pytest.approx(1)
        total = sum(count for (before, _), count in seen.items() if before == stage)
        assert total > 2_000
        for following, chance in odds.items():
            deviation = (chance * (1 - chance) / total) ** 0.5
            assert seen[stage, following] / total == pytest.approx(chance, abs=4.5 * deviation + 0.001)
    assert not {pair for pair in seen if pair[1] not in business.transitions.odds[pair[0]]}  # type: ignore[index]


def test_every_reference_has_its_record(business: Business) -> None:
    companies = {company.key: company for company in business.companies}
    people = {person.key: person for person in business.people}
    leads = {lead.key: lead for lead in business.leads}
    deals = {deal.key: deal for deal in business.deals}
    for deal in deals.values():
        assert companies[deal.company].system == deal.system
        assert deal.person is None or people[deal.person].company == deal.company
        assert deal.lead is None or leads[deal.lead].deal == deal.key
    for lead in leads.values():
        if lead.deal is not None:
            assert deals[lead.deal].created_at == lead.closed_at
        assert (lead.status == "qualified") == (lead.person is not None)
    reps = {rep.key: rep for rep in business.reps}
    for record in (*business.companies, *business.people, *deals.values()):
        assert record.system in reps[record.owner].systems


def test_time_runs_forward_and_ends_today(business: Business) -> None:
    end = datetime.combine(TODAY, time(), UTC)
    for deal in business.deals:
        instants = [move.at for move in deal.moves]
        assert instants == sorted(set(instants))
        assert instants[0] == deal.created_at <= deal.modified_at < end
        assert instants[-1] <= deal.modified_at
        assert deal.close_on == deal.moves[-1].close_on
        assert deal.amount == deal.moves[-1].amount


def test_everything_that_is_hard_is_in_it(business: Business) -> None:
    for system in SYSTEMS:
        deals = list(business.deals_of(system))
        paths = [[stage for stage, _ in itertools.groupby(move.stage for move in deal.moves)] for deal in deals]
        order = {stage: place for place, stage in enumerate(OPEN_STAGES)}
        steps = [
            (order[a], order[b]) for path in paths for a, b in itertools.pairwise(path) if a in order and b in order
        ]
        assert any(b > a + 1 for a, b in steps), "skips"
        assert any(b < a for a, b in steps), "returns"
        assert any(a in ("won", "lost") for path in paths for a, _ in itertools.pairwise(path)), "reopenings"
        assert any(path[0] in ("won", "lost") for path in paths), "born closed"
        assert {deal.deleted.hard for deal in deals if deal.deleted} == {True, False}
        assert {deal.currency for deal in deals} == {currency.code for currency in business.currencies}
        assert any(deal.amount is None for deal in deals)
        leads = [lead for lead in business.leads if lead.system == system]
        assert {lead.status for lead in leads} == {"open", "qualified", "disqualified"}
        assert any(lead.status == "qualified" and lead.deal is None for lead in leads)
        assert any(lead.owner is None for lead in leads)
        names = {deal.name for deal in deals}
        texts = {deal.next_step for deal in deals}
        assert set(AWKWARD_LINES) <= names
        assert set(AWKWARD_BLOCKS) <= texts
    shared = [rep for rep in business.reps if len(rep.systems) == 2]
    assert len(shared) > 2
    assert {len(team.systems) for team in business.teams} == {1, 2}


def test_amounts_are_exact_in_their_currency(business: Business) -> None:
    exponents = {currency.code: currency.exponent for currency in business.currencies}
    assert {0, 2, 3} <= set(exponents.values())
    for deal in business.deals:
        for amount in (deal.amount, deal.actual, *(move.amount for move in deal.moves)):
            assert amount is None or amount == round(amount, exponents[deal.currency])


def test_rates_cover_every_day_once(business: Business) -> None:
    for currency in business.currencies[1:]:
        rates = [rate for rate in business.rates if rate.currency == currency.code]
        assert rates[0].valid_from <= business.opened_on
        assert rates[-1].valid_to is None
        for rate, following in itertools.pairwise(rates):
            assert rate.valid_to == following.valid_from


@pytest.mark.parametrize(("system", "months"), [("salesforce", 3), ("dynamics", 3)])
def test_a_managers_quota_is_the_sum_of_those_below_and_their_own(
    business: Business, system: System, months: int
) -> None:
    quotas = [quota for quota in business.quotas if quota.system == system]
    managers = {rep.key: rep.manager for rep in business.reps}
    periods = {(quota.period_start, quota.period_end) for quota in quotas}
    assert len(periods) == 24 // months
    for start, end in periods:
        assert (end.year - start.year) * 12 + end.month - start.month == months - 1
        here = {quota.rep: quota for quota in quotas if quota.period_start == start}
        for rep, quota in here.items():
            below = [other.amount for other in here.values() if managers[other.rep] == rep]
            assert quota.is_manager == bool(below)
            if below:
                assert quota.amount == sum(below, Decimal(12_000))


def test_without_history_a_deal_has_its_birth_and_its_end() -> None:
    large = generate(deals=2_000, history=False, today=TODAY)
    assert len(large.deals) == 4_000
    for deal in large.deals:
        assert len(deal.moves) == (1 if deal.status == "open" or deal.open_stage is None else 2)
