"""Over random stores, windows and as-of days, overlay, ramped commission and advice agree with a plain Python oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from random import Random

import pytest

from connector.store.engine import Store
from tests.metrics import oracle
from tests.metrics.oracle_pay import Terms, paid, words
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import known_as, question
from tests.metrics.stores import world_in

SEEDS = range(330)
RAMPS = ((), (Fraction(1, 2),), (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)))


def terms_of(seed: int) -> Terms:
    rng = Random(seed)
    return Terms(rng.choice(RAMPS), rng.random() < 0.5, rng.choice([1, 1, 2]), rng.choice([0, 1, 2]))


@pytest.mark.parametrize("seed", SEEDS)
def test_overlay_commission_and_advice_agree_with_the_oracle(store: Store, seed: int) -> None:
    facts, terms = business(seed), terms_of(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.mapped(plans=(terms.plan(),))
        world.derive()
        added: dict[str | None, int] = defaultdict(int)
        for owner, value in oracle.overlay(facts, window, as_of):
            added[oracle.person_of(facts, owner)] += value
        for row in world.ask("quota", window=window, as_of=as_of).rows:
            person = known_as(world, row["person_id"])
            assert row["overlay_minor"] == added.pop(person, 0)
            assert row["commission_minor"] == paid(facts, terms, window, as_of, person or "nobody")
            assert row["flags"] == words(facts, terms, window, as_of, person or "nobody")
        assert not any(added.values())


def test_the_random_stores_hold_what_is_asked_about() -> None:
    """An oracle proves nothing about what never occurs."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        facts, terms = business(seed), terms_of(seed)
        window, as_of = question(seed)
        for person in {person for person, *_ in facts.users.values()}:
            seen.update(words(facts, terms, window, as_of, person))
            seen["ramped"] += bool(terms.ramp) and bool(paid(facts, terms, window, as_of, person))
        seen["overlay"] += any(value for _, value in oracle.overlay(facts, window, as_of))
        credit, doubts = oracle.wins(facts, window, as_of)
        seen["doubt"] += len(doubts)
        seen["shared"] += len(credit) - len({win.deal for win in credit})
    assert min(seen[word] for word in ("bonus", "trip", "review", "ramped", "overlay", "doubt", "shared")) >= 5, seen
