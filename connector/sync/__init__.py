"""Runs the line: plan, pull, map, write, derive. ``run_sync`` is the whole of it for a caller."""

from connector.sync.run import SyncOptions, run_sync

__all__ = ["SyncOptions", "run_sync"]
