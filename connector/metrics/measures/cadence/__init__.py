"""The measure ``cadence``: the schedule applied to one person, the people and campaigns, and the measure itself."""

from connector.metrics.measures.cadence.measure import CadenceMeasure

__all__ = ["CadenceMeasure"]
