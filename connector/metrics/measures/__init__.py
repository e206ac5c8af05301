"""One file or folder a measure; ``measure_of`` finds a measure by name and imports no other."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from connector.metrics.measure import Measure

_WHERE: dict[str, tuple[str, str]] = {
    "funnel": ("funnel", "FunnelMeasure"),
    "forecast": ("forecast", "ForecastMeasure"),
    "needed": ("needed", "NeededMeasure"),
    "cycle": ("cycle", "CycleMeasure"),
    "win_rate": ("win_rate", "WinRateMeasure"),
    "quota": ("quota", "QuotaMeasure"),
    "adoption": ("adoption", "AdoptionMeasure"),
    "satisfaction": ("satisfaction", "SatisfactionMeasure"),
    "cadence": ("cadence", "CadenceMeasure"),
    "definitions": ("definitions", "DefinitionsMeasure"),
}

#: every measure, in the order in which the catalog lists them
NAMES = tuple(_WHERE)


def measure_of(name: str) -> type[Measure]:
    """The class of a measure that the catalog knows."""
    module, kind = _WHERE[name]
    return cast("type[Measure]", getattr(import_module(f"connector.metrics.measures.{module}"), kind))
