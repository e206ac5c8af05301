"""The measure ``quota``: targets (whose quotas count), pay plan (what they earn), payouts (what was paid), itself."""

from connector.metrics.measures.quota.measure import QuotaMeasure
from connector.metrics.measures.quota.recording import due_of, refuse_what_cannot_be_recorded

__all__ = ["QuotaMeasure", "due_of", "refuse_what_cannot_be_recorded"]
