"""In a business that goes on, what is recorded as paid is what a plain Python oracle says is due; the rest is clawback."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import pytest

from connector.store.engine import Store
from tests.metrics.evolving import day, open_evolution
from tests.metrics.oracle import person_of
from tests.metrics.oracle_pay import Terms, asked_by_period, paid
from tests.metrics.random_business import Business
from tests.metrics.stores import World, world_in

WINDOW = ("2026-01-01", "2026-06-30")
DAYS = 5
Ledger = dict[tuple[str, tuple[str, str]], int]


def recorded(world: World, facts: Business) -> Ledger:
    """What was paid by person and period; a person is found by the user who had the quota."""
    found: Ledger = defaultdict(int)
    rows = world.conn.exec_driver_sql("SELECT owner_id, period_start, period_end, paid_minor FROM payout").all()
    for owner, start, end, amount in rows:
        found[person_of(facts, owner) or "", (start, end)] += amount
    return found


def due(facts: Business, terms: Terms, on: str, person: str, span: tuple[str, str]) -> int | None:
    """The commission of one period; nothing without a quota, None where it cannot be told."""
    return paid(facts, terms, span, on, person) if span in asked_by_period(facts, terms, on).get(person, {}) else 0


def hold_the_rows(world: World, facts: Business, terms: Terms, on: str) -> int:
    """Every row shows what was paid and what of it is too much; returns how much of that there is."""
    ledger = recorded(world, facts)
    rows = {row["person"]: row for row in world.ask("quota", window=WINDOW, as_of=on).rows}
    clawback: dict[str, int | None] = defaultdict(int)
    for (person, span), amount in ledger.items():
        owed = due(facts, terms, on, person, span)
        excess = max(0, amount - owed) if owed is not None else None if amount > 0 else 0
        before = clawback[person]
        clawback[person] = None if excess is None or before is None else before + excess
    for person, row in rows.items():
        total = sum(amount for (who, _), amount in ledger.items() if who == person)
        expected = (total, clawback[person]) if ledger else (None, None)
        assert (row["paid_minor"], row["clawback_minor"]) == expected, person
        assert ("clawback" in row["flags"]) == bool(clawback[person])
    assert {person for person, _ in ledger} <= rows.keys()
    return sum(amount or 0 for amount in clawback.values())


def hold_the_ledger(world: World, facts: Business, terms: Terms, on: str) -> None:
    """After recording, what was paid is what is due, wherever that can be told."""
    ledger = recorded(world, facts)
    known = {(person, span) for person, spans in asked_by_period(facts, terms, on).items() for span in spans if person}
    for person, span in known | ledger.keys():
        owed = due(facts, terms, on, person, span)
        assert owed is None or ledger.get((person, span), 0) == owed, (person, span)


def live_on(store: Store, seed: int) -> Counter[str]:
    """A few days of business with payouts on most evenings; counts what was seen."""
    rng = Random(seed)
    terms = Terms((), rng.random() < 0.5, 1, 0)
    seen: Counter[str] = Counter()
    with world_in(store) as world:
        evolution = open_evolution(world, seed)
        world.mapped(plans=(terms.plan(),))
        for number in range(DAYS):
            evolution.live(number)
            evolution.sync(world, f"{day(number)}T20:00:00Z")
            facts = evolution.snapshot()
            seen["clawbacks"] += hold_the_rows(world, facts, terms, day(number)) > 0
            if rng.random() < 0.7:
                told = world.pay(day(number), window=WINDOW)
                seen.update(note.split()[-1] for note in told if note.startswith("Recorded"))
                hold_the_ledger(world, facts, terms, day(number))
                assert world.pay(day(number), window=WINDOW)[0] == "Nothing new to record."
                assert hold_the_rows(world, facts, terms, day(number)) == 0
    return seen


def test_what_was_paid_is_what_the_oracle_says_is_due(store: Store) -> None:
    seen: Counter[str] = Counter()
    for seed in range(14):
        seen += live_on(store, seed)
    assert min(seen[word] for word in ("clawbacks", "paid.", "back.")) >= 5, seen


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_what_was_paid_is_what_the_oracle_says_is_due_in_many_stories(store: Store, seed: int) -> None:
    live_on(store, seed)
