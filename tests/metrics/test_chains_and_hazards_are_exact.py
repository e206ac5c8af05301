"""The statistics behind forecasts agree with slower and simpler ways to the same figures."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import product
from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.metrics.statistics.apportion import apportioned
from connector.metrics.statistics.binomial import chance_of_at_least, fewest_trials
from connector.metrics.statistics.hazards import SPANS, Layout, fit, span_of
from connector.metrics.statistics.markov import chance_of_end, visits_before_the_end
from connector.metrics.statistics.outcomes import Lots, drawn, exactly
from connector.metrics.statistics.passage import Passage
from connector.metrics.valuation import rounded

SHARES = st.fractions(0, 1, max_denominator=20)
STATES = ("a", "b", "c")
LAYOUT = Layout(STATES, (*STATES, "won", "lost"))


@settings(deadline=None)
@given(hits=st.integers(0, 12), trials=st.integers(0, 40), chance=SHARES)
def test_a_binomial_tail_is_the_sum_of_its_parts(hits: int, trials: int, chance: Fraction) -> None:
    parts = (comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1))
    assert chance_of_at_least(hits, trials, chance) == pytest.approx(float(sum(parts)), abs=1e-12)


@settings(deadline=None)
@given(hits=st.integers(1, 8), chance=st.fractions(Fraction(1, 20), 1, max_denominator=20), confidence=SHARES)
def test_fewest_trials_reach_the_confidence_and_one_fewer_does_not(
    hits: int, chance: Fraction, confidence: Fraction
) -> None:
    if not 0 < confidence < 1:
        return

    def tail(trials: int) -> Fraction:
        return sum(
            (comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1)), Fraction(0)
        )

    found = fewest_trials(hits, chance, confidence)
    assert tail(found) >= confidence > tail(found - 1)


def test_a_tie_with_the_confidence_is_decided_exactly() -> None:
    assert fewest_trials(1, Fraction(1, 2), Fraction(1, 2)) == 1
    assert fewest_trials(1, Fraction(1, 10), 1 - Fraction(9, 10) ** 30) == 30


@settings(deadline=None, max_examples=40)
@given(stakes=st.lists(st.tuples(st.integers(-50, 900), SHARES), max_size=6))
def test_a_distribution_is_that_of_all_outcomes(stakes: list[tuple[int, Fraction]]) -> None:
    chances: dict[int, Fraction] = defaultdict(Fraction)
    for hits in product((0, 1), repeat=len(stakes)):
        weight = Fraction(1)
        for hit, (_, chance) in zip(hits, stakes, strict=True):
            weight *= chance if hit else 1 - chance
        chances[sum(amount for hit, (amount, _) in zip(hits, stakes, strict=True) if hit)] += weight
    spread = exactly(stakes)
    assert spread is not None
    for share in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
        below = min(v for v in chances if sum(c for value, c in chances.items() if value <= v) >= share)
        assert spread.quantile(share) == below
    mean = sum(v * c for v, c in chances.items())
    assert spread.variance == sum((v - mean) ** 2 * c for v, c in chances.items())
    assert spread.at_least(mean) == sum(c for v, c in chances.items() if v >= mean)


def test_what_is_drawn_together_has_the_mean_and_the_width_of_its_parts() -> None:
    chances = [0.3, 0.6]
    alone = Lots([(100, 0)] * 300 + [(250, 1)] * 200, [])
    together = Lots([], [(300, 30_000, 300 * 100.0**2, 0), (200, 50_000, 200 * 250.0**2, 1)])
    one, other = (drawn(lots.draw(chances, 4_000, Random(1))) for lots in (alone, together))
    variance = 300 * 0.21 * 100**2 + 200 * 0.24 * 250**2
    for spread in (one, other):
        assert sum(spread.sums) / 4_000 == pytest.approx(39_000, rel=0.01)
        assert float(spread.variance) == pytest.approx(variance, rel=0.1)


@settings(deadline=None)
@given(values=st.dictionaries(st.text(max_size=3), st.fractions(-100, 100, max_denominator=30), max_size=8))
def test_parts_add_up_to_the_rounded_sum_and_none_is_off_by_one(values: dict[str, Fraction]) -> None:
    total = rounded(sum(values.values(), Fraction(0)))
    parts = apportioned(values, total)
    assert sum(parts.values()) == total
    assert all(abs(parts[key] - value) < 1 for key, value in values.items())


MOVES = st.dictionaries(
    st.tuples(st.sampled_from(STATES), st.sampled_from([*STATES, "won", "lost"])), st.integers(1, 9), max_size=9
)


@settings(deadline=None, max_examples=60)
@given(moves=MOVES)
def test_a_chain_solves_the_equations_of_its_moves(moves: dict[tuple[str, str], int]) -> None:
    left = {state: sum(count for (origin, _), count in moves.items() if origin == state) for state in STATES}
    chances, visits = chance_of_end(moves, STATES, "won"), visits_before_the_end(moves, STATES)
    assert set(chances) == {state for state in STATES if left[state]}
    for origin in chances:
        steps = {target: Fraction(count, left[origin]) for (start, target), count in moves.items() if start == origin}
        ended = steps.get("won", Fraction(0))
        assert chances[origin] == ended + sum(share * chances.get(to, 0) for to, share in steps.items() if to != "won")
        if origin not in visits:
            # no way leads out: whoever comes there walks for ever
            assert chances[origin] == 0 and set(steps) <= set(chances) - set(visits)
            continue
        for state in visits:
            onward = sum(share * visits[to][state] for to, share in steps.items() if to in visits)
            assert visits[origin][state] == (origin == state) + onward


def counted(seed: int, stays: int) -> list[float]:
    rng, counts = Random(seed), LAYOUT.empty()
    for _ in range(stays):
        state, days = rng.choice(STATES), int(rng.expovariate(1 / 20))
        way = rng.choice([way for way in (*LAYOUT.ways, None) if way != state])
        LAYOUT.add(counts, state, days, way)
    return counts


@pytest.mark.parametrize("seed", range(6))
def test_a_passage_is_what_following_every_day_gives(seed: int) -> None:
    exits = fit(LAYOUT, counted(seed, 40 * (seed + 1)))
    passage = Passage(LAYOUT, exits, "won", 35)

    def follow(state: str, stayed: int) -> float:
        now, won = {(state, stayed): 1.0}, 0.0
        for _ in range(35):
            tomorrow: dict[tuple[str, int], float] = defaultdict(float)
            arriving: dict[object, float] = defaultdict(float)
            for (at, day), mass in now.items():
                chances = exits[at].by_span[span_of(day + 1)]
                for way, chance in zip(LAYOUT.ways, chances, strict=True):
                    arriving[way] += mass * chance
                tomorrow[at, day + 1] += mass * (1 - sum(chances))
            while sum(arriving.values()) > 1e-15:
                again: dict[object, float] = defaultdict(float)
                for at, mass in arriving.items():
                    won += mass if at == "won" else 0
                    if at in exits:
                        for way, chance in zip(LAYOUT.ways, exits[at].by_span[0], strict=True):
                            again[way] += mass * chance
                        tomorrow[str(at), 0] += mass * (1 - sum(exits[at].by_span[0]))
                arriving = again
            now = tomorrow
        return won

    for state in exits:
        for stayed in (0, 1, 6, 7, 40, 400):
            assert passage.chance(state, stayed) == pytest.approx(follow(str(state), stayed), abs=1e-12)


def test_stays_that_last_count_as_long_as_they_have_lasted() -> None:
    """Of 4 stays, 2 end on day 1; the daily chance of day 1 is 2 of the 3 that came so far: one had ended on day 0."""
    counts = LAYOUT.empty()
    for days, way in ((0, "lost"), (1, "won"), (1, "b"), (30, None)):
        LAYOUT.add(counts, "a", days, way)
    first, week, *_ = LAYOUT.spans_of(counts, "a")
    assert first == (4, [0, 0, 0, 0, 1])
    assert week == (3 + 6, [0, 1, 0, 1, 0])  # day 1 of three stays, days 2 to 7 of the one that lasts
    exits = fit(LAYOUT, counts)["a"]
    assert exits.by_span[0] == (0, 0, 0, 0, 0.25)
    assert sum(exits.usual) == pytest.approx(2 / (3 + 29))


def test_spans_that_differ_are_told_apart_and_others_are_drawn_together() -> None:
    alike, unlike = LAYOUT.empty(), LAYOUT.empty()
    rng = Random(3)
    for _ in range(4_000):
        days = int(rng.expovariate(1 / 30)) + 1
        LAYOUT.add(alike, "a", days, "won")
        LAYOUT.add(unlike, "a", days if days < 15 else 15 + (days - 15) * 6, "won")
    same, apart = (fit(LAYOUT, counts)["a"] for counts in (alike, unlike))
    assert len(set(same.by_span[1:])) == 1
    early, late = apart.by_span[1][3], apart.by_span[span_of(31)][3]
    assert early == pytest.approx(1 / 30, rel=0.15) and late == pytest.approx(1 / 180, rel=0.15)
    assert SPANS[0] == 0
