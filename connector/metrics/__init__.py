"""Measures over the unified store: one SQL file each, with the calendar, valuation, catalog and explain."""
