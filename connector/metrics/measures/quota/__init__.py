"""The measure ``quota``: targets (whose quotas count), pay plan (what they earn), and the measure itself."""

from connector.metrics.measures.quota.measure import QuotaMeasure

__all__ = ["QuotaMeasure"]
