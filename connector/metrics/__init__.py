"""Measures over the unified store: one SQL file each, with the calendar, valuation, catalog and explain."""

from connector.metrics.catalog import MetricInfo, catalog, info
from connector.metrics.parameters import MetricParams
from connector.metrics.result import Explanation, Result
from connector.metrics.run import explain, payouts_due, run_metric

__all__ = [
    "Explanation",
    "MetricInfo",
    "MetricParams",
    "Result",
    "catalog",
    "explain",
    "info",
    "payouts_due",
    "run_metric",
]
