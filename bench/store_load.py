"""Measures batch upsert against plain ``executemany`` of the same tuples into the same table, in one run.

``python bench/store_load.py [rows]`` prints rows per second of: the floor, a first load, a load of rows that are
all stored already, a load of rows that all changed; and the peak memory of the process.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from connector.store.engine import open_store
from connector.store.load import load

BATCH = 5_000
COLUMNS = (
    "id source source_id source_object is_deleted source_modified_at name account_id owner_id campaign_id pipeline "
    "type lead_source region source_stage status probability forecast_category amount_minor currency created_at "
    "created_on close_on next_step"
).split()
STAGES = ["Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review"]


def rows(count: int, amount_shift: int = 0) -> Iterator[list[tuple[object, ...]]]:
    """Batches of mapped deals of one source, ids in no order, the same for the same count."""
    draw = random.Random(7)
    batch: list[tuple[object, ...]] = []
    for _ in range(count):
        source_id = f"006{draw.getrandbits(70):015x}"[:18]
        day = f"20{draw.randint(20, 26)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        batch.append(
            (
                f"acme:{source_id}", "acme", source_id, "Opportunity", 0, f"{day}T11:12:13Z",
                f"Deal {source_id} with a customary name", f"acme:001{draw.getrandbits(60):015x}",
                f"acme:005{draw.getrandbits(10):015x}", None, "default", "New Business", "Web", "EMEA",
                draw.choice(STAGES), "open", 0.25, "Pipeline", draw.randint(10_000, 90_000_000) + amount_shift, "USD",
                f"{day}T08:09:10Z", day, day, "Call again",
            )
        )  # fmt: skip
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def timed(batches: Iterator[list[tuple[object, ...]]], write: Callable[[list[tuple[object, ...]]], None]) -> float:
    """Seconds inside ``write``; making the rows does not count."""
    seconds = 0.0
    for batch in batches:
        start = time.perf_counter()
        write(batch)
        seconds += time.perf_counter() - start
    return seconds


def floor(folder: Path, count: int) -> float:
    """What sqlite3 alone needs for the same tuples, in the same table, with the same transactions."""
    open_store(folder / "floor.db").close()
    raw = sqlite3.connect(folder / "floor.db", isolation_level=None)
    raw.execute("PRAGMA synchronous = NORMAL")
    statement = f"INSERT INTO opportunity ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"

    def write(batch: list[tuple[object, ...]]) -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(statement, batch)
        raw.execute("COMMIT")

    seconds = timed(rows(count), write)
    raw.close()
    return seconds


def ours(folder: Path, count: int) -> list[tuple[str, float]]:
    """A first load, the same rows again, and the same rows changed."""
    with open_store(folder / "ours.db") as store:

        def writer(second: int, *, fresh: bool) -> Callable[[list[tuple[object, ...]]], None]:
            def write(batch: list[tuple[object, ...]]) -> None:
                with store.write() as conn:
                    load(conn, "opportunity", COLUMNS, batch, synced_at=f"2026-01-01T00:00:{second:02}Z", fresh=fresh)

            return write

        return [
            ("first load", timed(rows(count), writer(0, fresh=True))),
            ("all unchanged", timed(rows(count), writer(1, fresh=False))),
            ("all changed", timed(rows(count, amount_shift=1), writer(2, fresh=False))),
        ]


def main() -> None:
    """Prints the best of three rounds each, taken in turns so that a busy machine disturbs all of them alike."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    best: dict[str, float] = {}
    for _ in range(3):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for what, seconds in [("plain executemany", floor(folder, count)), *ours(folder, count)]:
                best[what] = min(seconds, best.get(what, seconds))
    for what, seconds in best.items():
        print(f"{what:18} {count / seconds:10,.0f} rows/s  {best['plain executemany'] / seconds:5.2f} x")
    print(f"peak memory        {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10,.0f} MB")


if __name__ == "__main__":
    main()
