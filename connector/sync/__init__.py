"""Runs the line: plan, pull, map, write, derive. ``run_sync`` is the whole of it for a caller."""

import gc

# what is imported stays: looking through it for garbage, now and with every page, takes a fifth of a short run
_was_enabled = gc.isenabled()
gc.disable()
try:
    from connector.sync.run import SyncOptions, run_sync
finally:
    gc.freeze()
    if _was_enabled:
        gc.enable()

__all__ = ["SyncOptions", "run_sync"]
