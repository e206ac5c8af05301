"""One file or folder a measure, its class called after it; ``measure_of`` finds a measure and imports no other."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from connector.metrics.measure import Measure


def measure_of(name: str) -> type[Measure]:
    """The class of a measure that the catalog knows: ``WinRateMeasure`` in ``win_rate``."""
    called = "".join(part.capitalize() for part in name.split("_"))
    return cast("type[Measure]", getattr(import_module(f"connector.metrics.measures.{name}"), f"{called}Measure"))
