"""Amounts of money in minor units of their currencies, for whole columns. Knows no rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import NoneType

from connector.adapters.base import Value
from connector.iso4217 import exponent
from connector.mapping import plain
from connector.mapping.batch import Column

_CODE = re.compile(r"[A-Za-z]{3}\Z")


def currency_code(value: Value) -> str:
    """A currency code as ISO 4217 writes it; ValueError where it cannot be one."""
    if isinstance(value, str) and _CODE.match(value.strip()):
        return value.strip().upper()
    raise ValueError(f"{plain.shown(value)} is no currency code")


def minor_units(amounts: Column, codes: Column) -> Column:
    """Amounts in minor units; a column of sound decimals without a look at each."""
    exponents = {code: exponent(code) for code in set(codes)}
    if set(map(type, amounts)) <= {Decimal, NoneType}:
        try:
            return _sound_minor_units(amounts, codes, exponents)
        except ArithmeticError:
            pass  # not a number, or beyond any size: the look at each finds which
    return [plain.minor(amount, exponents[code]) for amount, code in zip(amounts, codes, strict=True)]


def _sound_minor_units(amounts: Column, codes: Column, exponents: Mapping[str, int]) -> Column:
    digits, up = plain.DIGITS, ROUND_HALF_UP
    scaled = [
        None if amount is None else amount.scaleb(exponents[code], digits).to_integral_value(up)
        for amount, code in zip(amounts, codes, strict=True)
    ]
    present = [amount for amount in scaled if amount is not None]
    # compared before they become integers: 1E+999999 is a short decimal and a very long integer
    if present and (max(present) > plain.LIMIT or min(present) < -plain.LIMIT):
        raise OverflowError
    return [None if amount is None else int(amount) for amount in scaled]
