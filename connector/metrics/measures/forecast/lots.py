"""Open deals whose chance is the same, counted together. It must not know SQL, nor what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connector.metrics.measures.forecast.lesson import Cell


@dataclass(frozen=True)
class Lot:
    """Open deals of one cell; ``is_alone`` where it is one deal that is large enough to be drawn by itself."""

    cell: Cell
    is_alone: bool
    deals: int
    minor: int
    squares: float
    #: what they brought within the horizon, known of past days only
    brought: int = 0


def lot_of(cell: Cell, is_alone: bool, deals: int, minor: int, squares: float | Decimal, brought: int = 0) -> Lot:
    """A lot as counted by SQL; engines add squares up in an order and a kind of number of their own."""
    return Lot(cell, is_alone, deals, minor, float(f"{float(squares):.12g}"), brought)
