"""An amount is valued by the rates of its own source and day, exactly, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from connector.metrics.valuation import RateBook


@dataclass(frozen=True)
class Declared:
    currency: str
    valid_from: str | None
    units_per_base: str


def book(base: str, *rates: tuple[object, ...], declared: tuple[Declared, ...] = ()) -> RateBook:
    """``rates``: (source, currency, dated, valid_from, valid_to, units)."""
    return RateBook(base, [(s, c, d, f or "", t, Fraction(u)) for s, c, d, f, t, u in rates], declared)


M01 = (("sf", "EUR", 1, "2024-01-01", "2024-04-01", "0.8"), ("sf", "EUR", 1, "2024-04-01", None, "0.9"))


def test_m01_dated_rate_of_the_day_divides() -> None:
    rates = book("USD", *M01)
    assert rates.value(100_000, "EUR", "sf", "2024-03-10") == 125_000
    assert rates.value(100_000, "EUR", "sf", "2024-04-01") == 111_111
    assert rates.value(-100_000, "EUR", "sf", "2024-04-01") == -111_111
    assert rates.value(100_000, "EUR", "sf", "2023-12-31") is None


def test_m02_exponents_are_respected() -> None:
    rates = book("USD", ("sf", "USD", 0, None, None, "1"), ("sf", "JPY", 0, None, None, "150"))
    assert rates.value(150_000, "JPY", "sf", "2024-03-10") == 100_000
    assert rates.value(100_000, "USD", "sf", None) == 100_000


def test_dated_beats_static_and_static_holds_for_all_days() -> None:
    rates = book("USD", *M01, ("sf", "EUR", 0, None, None, "0.5"))
    assert rates.value(1000, "EUR", "sf", "2024-02-01") == 1250
    assert rates.value(1000, "EUR", "sf", "2020-02-01") == 2000
    assert rates.value(1000, "EUR", "sf", None) == 2000


def test_rates_belong_to_their_source_whose_base_may_be_another() -> None:
    contoso = (("contoso", "EUR", 0, None, None, "1"), ("contoso", "USD", 0, None, None, "1.25"))
    rates = book("USD", *contoso, ("sf", "USD", 0, None, None, "1"), ("sf", "EUR", 0, None, None, "0.5"))
    assert rates.value(1000, "EUR", "contoso", "2024-01-01") == 1250
    assert rates.value(1000, "EUR", "sf", "2024-01-01") == 2000
    assert rates.value(1000, "EUR", "other", "2024-01-01") is None


def test_a_source_that_lists_its_own_base_never_gets_rate_1_for_the_reporting_currency() -> None:
    rates = book("USD", ("contoso", "EUR", 0, None, None, "1"), ("contoso", "DKK", 0, None, None, "7.46"))
    assert rates.value(1000, "EUR", "contoso", "2024-01-01") is None
    assert rates.value(1000, "USD", "contoso", "2024-01-01") == 1000


def test_a_dated_rate_at_parity_does_not_make_a_currency_the_base() -> None:
    parity = ("sf", "EUR", 1, "2024-04-01", "2024-05-01", "1")
    rates = book("USD", ("sf", "EUR", 0, None, None, "0.8"), parity)
    assert rates.value(1000, "EUR", "sf", "2024-03-31") == 1250
    assert rates.value(1000, "EUR", "sf", "2024-04-01") == 1000
    listed = book("USD", ("sf", "EUR", 0, None, None, "1"), parity, ("sf", "DKK", 0, None, None, "7.46"))
    assert listed.value(1000, "DKK", "sf", "2024-03-31") is None


def test_declared_rates_beat_those_of_the_source_from_their_day_on() -> None:
    rates = book("USD", *M01, declared=(Declared("EUR", "2024-02-01", "0.5"), Declared("EUR", "2024-03-01", "0.4")))
    assert rates.value(1000, "EUR", "sf", "2024-01-15") == 1250
    assert rates.value(1000, "EUR", "sf", "2024-02-15") == 2000
    assert rates.value(1000, "EUR", "sf", "2024-03-15") == 2500


@given(
    st.integers(-(10**15), 10**15),
    st.decimals("0.0001", "20000", places=4).filter(bool),
    st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]),
)
def test_rounded_once_half_away_from_zero(amount: int, rate: Decimal, currency: tuple[str, int]) -> None:
    code, decimals = currency
    exact = Fraction(amount, 10**decimals) / Fraction(rate) * 100
    expected = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    got = book("USD", ("sf", code, 0, None, None, str(rate))).value(amount, code, "sf", "2024-01-01")
    assert got is not None and abs(Fraction(got) - exact) <= Fraction(1, 2)

    assert abs(got) == expected
    assert (got < 0) == (exact <= Fraction(-1, 2))
