"""`python -m bench.measures`: every measure beside the best query for the same figures that we could write by hand.

The hand-written queries (bench/handwritten) know this one store: its stages, its plan, its currencies. They answer
one question; a measure answers every one, keeps what explains it, and says what it cannot know. Both must give the
same figures, and run in turns in one process over one store, each on a fresh connection. Ratios of one run count.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One question: to the measure, and which columns of its answer the hand-written query gives too."""

    name: str
    by: str | None = None
    own: dict[str, str] = field(default_factory=dict)
    #: rows of the measure that the hand-written query leaves out, by the value of a column
    without: tuple[str, Any] | None = None
    #: changes a row of the measure to the shape in which the query gives it
    shaped: Callable[[dict[str, Any]], dict[str, Any]] = dict


def _with_json(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "flags": json.dumps(row["flags"])}


def _with_count(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "violations": len(row["violations"])}


QUESTIONS = (
    Asked("funnel"),
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

    def measure(self, asked: Asked, engine: str) -> tuple[float, Rows]:
        """Seconds and rows of the measure, as the command line asks it."""
        params = MetricParams(**WINDOW, as_of=self.as_of, by=asked.by, own=asked.own, engine=engine)
        return self._timed(lambda conn: run_metric(conn, asked.name, params, self.report, self.mappings).rows)

    def by_hand(self, asked: Asked) -> tuple[float, Rows]:
        """Seconds and rows of the hand-written query, on a connection with the same settings."""
        sql = (ROOT / "bench" / "handwritten" / f"{asked.name}.sql").read_text(encoding="utf-8")
        given = {"from_on": WINDOW["from_"], "to_on": WINDOW["to"], "as_of": self.as_of}

        def run(conn: Any) -> Rows:
            cursor = driver(conn).execute(sql, given)
            names = [each[0] for each in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._timed(run)

    def _timed(self, run: Callable[[Any], Rows]) -> tuple[float, Rows]:
        self.store.engine.dispose()
        gc.collect()
        with self.store.read() as conn:
            begun = time.perf_counter()
            rows = run(conn)
            return time.perf_counter() - begun, rows


def differences(asked: Asked, measured: Rows, by_hand: Rows) -> list[str]:
    """Where the two do not give the same figures."""
    if asked.without is not None:
        column, value = asked.without
        measured = [row for row in measured if row[column] != value]
    if not by_hand or len(measured) != len(by_hand):
        return [f"{len(measured)} rows and {len(by_hand)} by hand"]
    names = list(by_hand[0])
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
        return math.isclose(ours, theirs, rel_tol=1e-9)
    return bool(ours == theirs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=2, help="the best of so many runs counts, of each road")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where generated stores are kept")
    parser.add_argument("--engines", default="sqlite,duckdb")
    parser.add_argument("measures", nargs="*", default=[asked.name for asked in QUESTIONS])
    chosen = parser.parse_args()
    engines = chosen.engines.split(",")
    is_right = True
    with open_store(store_of(chosen.folder, chosen.deals)) as store:
        bench = Bench(store)
        print(f"{chosen.deals:,} deals, window {WINDOW['from_']} to {WINDOW['to']}, best of {chosen.repeat}")
        print(f"{'measure':14}{'by hand':>10}" + "".join(f"{engine:>10}{'ratio':>7}" for engine in engines))
        for asked in (asked for asked in QUESTIONS if asked.name in chosen.measures):
            is_right = tell(bench, asked, engines, chosen.repeat) and is_right
    return 0 if is_right else 1


def tell(bench: Bench, asked: Asked, engines: list[str], repeat: int) -> bool:
    """One line of the table; False where the figures are not the same."""
    best: dict[str, float] = {}
    wrong: list[str] = []
    for _ in range(repeat):
        seconds, by_hand = bench.by_hand(asked)
        best["hand"] = min(seconds, best.get("hand", seconds))
        for engine in engines:
            seconds, rows = bench.measure(asked, engine)
            best[engine] = min(seconds, best.get(engine, seconds))
            wrong = wrong or differences(asked, rows, by_hand)
    roads = "".join(f"{best[engine]:9.2f}s{best[engine] / best['hand']:7.2f}" for engine in engines)
    missed = (
        " misses the target" if best["sqlite" if "sqlite" in engines else engines[0]] > TARGET * best["hand"] else ""
    )
    print(f"{asked.name:14}{best['hand']:9.2f}s{roads}{missed}", flush=True)
    for line in wrong[:5]:
        print(f"  not the same: {line}")
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
