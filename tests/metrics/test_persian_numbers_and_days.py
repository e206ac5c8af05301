"""Numbers and days lose nothing on the way into Persian, and no text can change the order of what is beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.metrics import jalali
from connector.metrics.calendar import ordinal, spelled
from connector.metrics.words.persian import day, isolated, number

PERSIAN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٫−", "0123456789.-", "٬\u2066\u2069")
BORDERS = st.integers(ordinal("1961-03-21"), ordinal("2082-03-19"))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=2))
def test_a_number_reads_back_as_it_was(value: Decimal) -> None:
    for text in (f"{value:,.2f}", f"{value:.2f}", f"{float(value):.10g}"):
        written = number(text)
        assert Decimal(written.translate(PERSIAN)) == Decimal(text.replace(",", ""))
        assert not any(letter.isascii() for letter in written)
        whole = written.translate(PERSIAN).lstrip("-").partition(".")[0]
        assert written.count("٬") == (len(whole) - 1) // 3


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1234567.80", "۱٬۲۳۴٬۵۶۷٫۸۰"), ("0", "۰"), ("-0.0", "۰٫۰"), ("-12.5", "\u2066−۱۲٫۵\u2069"),
        ("1.5e+12", "۱٬۵۰۰٬۰۰۰٬۰۰۰٬۰۰۰"), ("2e-05", "۰٫۰۰۰۰۲"),
    ],
)  # fmt: skip
def test_numbers_as_persian_writes_them(text: str, written: str) -> None:
    assert number(text) == written


@given(st.text(st.characters(codec=None, categories=None), max_size=30))
def test_a_name_keeps_to_itself(name: str) -> None:
    shown = isolated(name)
    inside = shown[1:-1]
    assert (shown[0], shown[-1]) == ("\u2068", "\u2069")
    assert not set(inside) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert len(inside.splitlines()) <= 1 and "\x1b" not in inside
    inside.encode()


def test_days_as_a_manager_in_tehran_reads_them() -> None:
    days = ["2026-11-26", "2026-03-20", "2026-03-21", "2025-03-20", "2024-03-19"]
    assert list(map(day, days)) == ["۱۴۰۵/۰۹/۰۵", "۱۴۰۴/۱۲/۲۹", "۱۴۰۵/۰۱/۰۱", "۱۴۰۳/۱۲/۳۰", "۱۴۰۲/۱۲/۲۹"]
    assert day("1700-01-01") == "۱۷۰۰/۰۱/۰۱"


@given(BORDERS)
def test_a_day_reads_back_as_it_was(at: int) -> None:
    year, month, of_month = (int(part) for part in day(spelled(at)).translate(PERSIAN).split("/"))
    assert jalali.month_start(year, month) + of_month - 1 == at
