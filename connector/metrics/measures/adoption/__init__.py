"""The measure ``adoption``: how criteria are judged, and the measure itself."""

from connector.metrics.measures.adoption.measure import AdoptionMeasure

__all__ = ["AdoptionMeasure"]
