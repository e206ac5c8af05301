"""ISO 4217 in one function: how many decimals the minor unit of a currency has."""

from __future__ import annotations

_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(),
        0,
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def exponent(code: str) -> int:
    """Decimals of the currency's minor unit: 2 unless ISO 4217 says otherwise (JPY 0, KWD 3, CLF 4)."""
    return _EXPONENTS.get(code, 2)
