"""`python -m bench.measures`: every measure beside the best query for the same figures that we could write by hand.

The hand-written queries (bench/handwritten) know this one store: its stages, its plan, its currencies. They answer
one question; a measure answers every one, keeps what explains it, and says what it cannot know. Both must give the
same figures, and run in turns in one process over one store, each on a fresh connection with the same settings.

What counts is processor time, user and system: other work on the machine hardly changes it, and SQLite computes in one
thread, so that on a machine at rest it is the time that a user waits. DuckDB computes in several; its wall time is
less. The seconds begin with an open store and end with all rows: starting Python counts for neither side.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.business import store_of
from connector.mapping.files import load_mappings
from connector.mapping.model import Mappings
from connector.metrics import MetricParams, run_metric
from connector.metrics.parameters import today
from connector.settings import ReportSettings
from connector.store import tables
from connector.store.engine import Store, driver, open_store

ROOT = Path(__file__).resolve().parent.parent
WINDOW = {"from_": "2023-01-01", "to": "2026-12-31"}
TARGET = 2.0
HAND = "hand"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, order=True)
class Spent:
    """Seconds of one run."""

    processor: float
    wall: float


@dataclass(frozen=True)
class Asked:
    """One question: to the measure, and which columns of its answer the hand-written query gives too."""

    name: str
    by: str | None = None
    own: dict[str, str] = field(default_factory=dict)
    #: rows of the measure that the hand-written query leaves out, by the value of a column
    without: tuple[str, Any] | None = None
    #: columns of the query that the measure tells in its notes
    noted: tuple[str, ...] = ()
    #: changes a row of the measure to the shape in which the query gives it
    shaped: Callable[[dict[str, Any]], dict[str, Any]] = dict
    #: days before the as-of day for which the query must be run too, since the answer rests on them
    past: tuple[int, ...] = ()
    #: what the line is called, where not as the measure
    title: str = ""


def _with_json(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "flags": json.dumps(row["flags"])}


def _with_count(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "violations": len(row["violations"])}


QUESTIONS = (
    Asked("funnel", noted=("returns",)),
    Asked("forecast", own={"horizon": "90"}, without=("stage", "total"), past=tuple(range(90, 450, 30))),
    Asked("forecast", own={"horizon": "90"}, without=("stage", "total"), title="... one by hand"),
    Asked("needed", own={"target": "50000000", "by_date": "2032-12-31"}, without=("stage", "won")),
    Asked("cycle"),
    Asked("win_rate"),
    Asked("quota", by="person", shaped=_with_json),
    Asked("adoption", by="person"),
    Asked("satisfaction", by="person"),
    Asked("cadence", shaped=_with_count),
)


class Bench:
    """One store, and the roads by which it is asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.report = ReportSettings()
        self.mappings: Mappings = load_mappings(None, tables.targets(), ("salesforce", "dynamics"))
        self.as_of = today(self.report)

    def measure(self, asked: Asked, engine: str) -> tuple[Spent, Rows]:
        """Time and rows of the measure, as the command line asks it."""
        params = MetricParams(**WINDOW, as_of=self.as_of, by=asked.by, own=asked.own, engine=engine)
        return self._timed(lambda conn: run_metric(conn, asked.name, params, self.report, self.mappings).rows)

    def by_hand(self, asked: Asked) -> tuple[Spent, Rows]:
        """Time and rows of the hand-written query, after what it reads first (NAME_read.sql), with equal settings."""
        folder = ROOT / "bench" / "handwritten"
        sql = (folder / f"{asked.name}.sql").read_text(encoding="utf-8")
        read = folder / f"{asked.name}_read.sql"
        first = read.read_text(encoding="utf-8").split(";\n") if read.exists() else []
        given = {"from_on": WINDOW["from_"], "to_on": WINDOW["to"], "as_of": self.as_of}
        days = [str(date.fromisoformat(self.as_of) - timedelta(days=back)) for back in asked.past]

        def run(conn: Any) -> Rows:
            for each in filter(str.strip, first):
                driver(conn).execute(each, given)
            for day in days:
                driver(conn).execute(sql, {**given, "as_of": day}).fetchall()
            cursor = driver(conn).execute(sql, given)
            names = [each[0] for each in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._timed(run)

    def _timed(self, run: Callable[[Any], Rows]) -> tuple[Spent, Rows]:
        self.store.engine.dispose()
        gc.collect()
        with self.store.read() as conn:
            wall, processor = time.perf_counter(), time.process_time()
            rows = run(conn)
            return Spent(time.process_time() - processor, time.perf_counter() - wall), rows


def differences(asked: Asked, measured: Rows, by_hand: Rows) -> list[str]:
    """Where the two do not give the same figures."""
    if asked.without is not None:
        column, value = asked.without
        measured = [row for row in measured if row[column] != value]
    if not by_hand or len(measured) != len(by_hand):
        return [f"{len(measured)} rows and {len(by_hand)} by hand"]
    names = [name for name in by_hand[0] if name not in asked.noted]
    pairs = zip(
        sorted(([asked.shaped(row)[name] for name in names] for row in measured), key=_order),
        sorted(([row[name] for name in names] for row in by_hand), key=_order),
        strict=True,
    )
    return [f"{names}: {ours} and {theirs} by hand" for ours, theirs in pairs if not all(map(_is_same, ours, theirs))]


def _order(row: list[Any]) -> list[tuple[bool, Any]]:
    return [(value is not None, round(value, 6) if isinstance(value, float) else value or 0) for value in row]


def _is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        # a sum of fractions is rounded to a whole minor unit in the end: on either side of a half, one apart
        return math.isclose(ours, theirs, rel_tol=1e-8)
    return bool(ours == theirs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=2, help="the best of so many runs counts, of each road")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where generated stores are kept")
    parser.add_argument("--engines", default="sqlite,duckdb")
    parser.add_argument("measures", nargs="*", default=[asked.name for asked in QUESTIONS])
    chosen = parser.parse_args()
    path, engines, is_right = store_of(chosen.folder, chosen.deals), chosen.engines.split(","), True
    print(f"{chosen.deals:,} deals, window {WINDOW['from_']} to {WINDOW['to']}, best of {chosen.repeat}")
    print("seconds of processor time, of wall time in brackets; peak: memory of the process that asked SQLite")
    print(
        f"{'measure':14}{'by hand':>18}" + "".join(f"{engine:>18}{'ratio':>7}" for engine in engines) + f"{'peak':>9}"
    )
    for asked in (asked for asked in QUESTIONS if asked.name in chosen.measures):
        # a process for each, which asks the measure first: so the peak of its memory is the measure's
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            line, wrong = alone.apply(tell, (path, asked, engines, chosen.repeat))
        print(line, *(f"  not the same: {each}" for each in wrong[:5]), sep="\n", flush=True)
        is_right = is_right and not wrong
    return 0 if is_right else 1


def tell(path: Path, asked: Asked, engines: list[str], repeat: int) -> tuple[str, list[str]]:
    """One line of the table, and where the figures are not the same."""
    best: dict[str, Spent] = {}
    wrong: list[str] = []
    peak = 0
    with open_store(path) as store:
        bench = Bench(store)
        for _ in range(repeat):
            found: dict[str, Rows] = {}
            for road in (*engines, HAND):
                spent, found[road] = bench.by_hand(asked) if road == HAND else bench.measure(asked, road)
                best[road] = min(spent, best.get(road, spent))
                peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            wrong = wrong or [line for engine in engines for line in differences(asked, found[engine], found[HAND])]
    ratios = {engine: best[engine].processor / best[HAND].processor for engine in engines}
    roads = "".join(f"{_seconds(best[engine])}{ratios[engine]:7.2f}" for engine in engines)
    missed = "  misses the target" if ratios[engines[0]] > TARGET else ""
    return f"{asked.title or asked.name:14}{_seconds(best[HAND])}{roads}{peak // 1024:6d} MB{missed}", wrong


def _seconds(spent: Spent) -> str:
    return f"{spent.processor:9.2f} ({spent.wall:6.2f})"


if __name__ == "__main__":
    sys.exit(main())
