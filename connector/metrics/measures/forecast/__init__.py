"""The measure ``forecast``: what open deals will bring within a horizon, and how sure that is."""

from connector.metrics.measures.forecast.measure import ForecastMeasure

__all__ = ["ForecastMeasure"]
