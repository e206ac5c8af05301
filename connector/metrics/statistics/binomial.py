"""How many independent trials bring enough hits, with how much certainty. Knows no measure."""

from __future__ import annotations

from fractions import Fraction
from math import exp, lgamma, log, log1p

#: below this distance from the threshold a tail is decided on whole numbers, which no rounding can move
_CLOSE = 1e-9
#: digits of whole numbers that may be summed for that, in bits times terms
_EXACT_WORK = 20_000_000
_NEGLIGIBLE = 1e-18


def chance_of_at_least(hits: int, trials: int, chance: Fraction) -> float:
    """P(Binomial(trials, chance) >= hits)."""
    if hits <= 0:
        return 1.0
    if hits > trials or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    if hits - 1 < trials * chance:
        return max(0.0, 1.0 - _sum_away(hits - 1, trials, chance, -1))
    return min(1.0, _sum_away(hits, trials, chance, 1))


def fewest_trials(hits: int, chance: Fraction, confidence: Fraction) -> int:
    """The smallest number of trials with P(Binomial(trials, chance) >= hits) >= confidence; 0 < chance <= 1."""
    low, high = hits - 1, max(hits, int(hits / chance))
    while not _is_reached(hits, high, chance, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _is_reached(hits, middle, chance, confidence):
            high = middle
        else:
            low = middle
    return high


def _is_reached(hits: int, trials: int, chance: Fraction, confidence: Fraction) -> bool:
    if chance >= 1:
        return trials >= hits
    about = chance_of_at_least(hits, trials, chance)
    if abs(about - confidence) > _CLOSE or hits > trials:
        return about >= confidence
    if hits * trials * chance.denominator.bit_length() > _EXACT_WORK:
        return about >= confidence
    missed = Fraction(_ways_of_fewer(hits, trials, chance), int(chance.denominator**trials))
    return missed <= 1 - confidence


def _ways_of_fewer(hits: int, trials: int, chance: Fraction) -> int:
    """P(Binomial < hits) times denominator ** trials, a whole number."""
    good, bad = chance.numerator, chance.denominator - chance.numerator
    term, total = bad**trials, 0
    for count in range(hits):
        total += term
        # C(n, k) good^k bad^(n-k) leads to its successor without a remainder
        term = term * (trials - count) * good // ((count + 1) * bad)
    return total


def _sum_away(start: int, trials: int, chance: Fraction, step: int) -> float:
    """The chances of start, start + step, ... summed; they fall in that direction."""
    p = float(chance)
    odds = p / (1 - p)
    log_first = lgamma(trials + 1) - lgamma(start + 1) - lgamma(trials - start + 1)
    term = exp(log_first + start * log(p) + (trials - start) * log1p(-p))
    total, count = 0.0, start
    while 0 <= count <= trials and (term > total * _NEGLIGIBLE or count == start):
        total += term
        if step > 0:
            term *= (trials - count) / (count + 1) * odds
        else:
            term *= count / (trials - count + 1) / odds
        count += step
    return total
