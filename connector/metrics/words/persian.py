"""How Persian writes numbers, days and what is called alike in every language. It must not know any sentence.

A piece of text that has a direction of its own stands between isolates (U+2066 or U+2068, and U+2069), so that it
never changes the order of what is around it.
"""

from __future__ import annotations

from decimal import Decimal

from connector.metrics import jalali
from connector.metrics.calendar import ordinal
from connector.plaintext import one_line

LEFT_TO_RIGHT, FIRST_STRONG, END_OF_ISOLATE = "\u2066", "\u2068", "\u2069"
MINUS, PERCENT = "\u2212", "\u066a"
_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_SEPARATORS = str.maketrans({",": "\u066c", ".": "\u066b"})


def digits(text: str) -> str:
    """The digits of a text as Persian writes them; everything else as it is."""
    return text.translate(_DIGITS)


def number(text: str) -> str:
    """A plain number, ``-1,234.50`` or ``1e+12``, as Persian writes it; what is below zero as an isolate of its own."""
    plain = text.lstrip("-")
    is_below_zero = text.startswith("-") and Decimal(text.replace(",", "")) < 0
    if "e" in plain:
        plain = f"{Decimal(plain):f}"
    whole, point, decimals = plain.replace(",", "").partition(".")
    if whole.isdecimal():
        plain = f"{int(whole):,}{point}{decimals}"
    written = digits(plain.translate(_SEPARATORS))
    return f"{LEFT_TO_RIGHT}{MINUS}{written}{END_OF_ISOLATE}" if is_below_zero else written


def day(text: str) -> str:
    """A day, ``YYYY-MM-DD``, by the Jalali calendar: ``۱۴۰۵/۰۹/۰۵``; a day outside its years by the civil one."""
    try:
        year, month, of_month = jalali.year_month_day(ordinal(text))
    except ValueError:
        return digits(text.replace("-", "/"))
    return digits(f"{year:04d}/{month:02d}/{of_month:02d}")


def isolated(text: str) -> str:
    """A name, or a word of another script, in one line, which keeps its direction and has no say about what follows."""
    return f"{FIRST_STRONG}{one_line(text)}{END_OF_ISOLATE}"
