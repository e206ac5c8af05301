"""The measure ``cycle``: counting is SQL's (sql/cycle*.sql); here are quantiles, Kaplan-Meier, velocity, log-rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from connector.metrics.amount_notes import amount_notes
from connector.metrics.measure import Measure
from connector.metrics.notes import Figure, Name, Note
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.scope import stages_told
from connector.metrics.statistics.logrank import log_rank_p
from connector.metrics.statistics.quantiles import quantile
from connector.metrics.statistics.survival import Stay, median_days, restricted_mean_days
from connector.metrics.window_notes import nothing_created
from connector.metrics.workspace import statement

_COUNTS = {"won": "n_won", "lost": "n_lost", "open": "n_open"}


@dataclass(frozen=True)
class _Deals:
    """The deals of one group with one status and one length; ``days`` None where the close day is not known."""

    status: str
    days: int | None
    is_excluded: bool
    count: int
    valued: int
    base_minor: int


@dataclass(frozen=True)
class _Stage:
    """How long visits to one stage lasted."""

    name: Note
    median: int | None
    mean: float | None
    visits: int


class CycleMeasure(Measure):
    """One question about cycle lengths."""

    name = "cycle"

    def compute(self) -> None:
        prepare(self.population, group=self.question.by)
        self.space.keep("cycle_deal", statement("cycle_deals"))
        cohort = self._cohort()
        closed = [each.days for deals in cohort.values() for each in deals if _is_closed(each)]
        self._oldest_close = max((days for days in closed if days is not None), default=None)
        stages = self._stages()
        self.group_ids = sorted(cohort, key=self.grouping.order)
        self.rows = [self._row(key, cohort[key], stages.get(key, [])) for key in self.group_ids]
        self.notes = [*nothing_created(self.space, "cycle_deal"), *self._notes(cohort, stages)]

    def _cohort(self) -> dict[str, list[_Deals]]:
        cohort: dict[str, list[_Deals]] = {
            key: [] for (key,) in self.space.rows("SELECT group_id FROM metric_everyone")
        }
        for key, status, days, is_excluded, *sums in self.space.rows(statement("cycle")):
            cohort.setdefault(key, []).append(_Deals(status, days, bool(is_excluded), *sums))
        return cohort

    def _stages(self) -> dict[str, list[_Stage]]:
        """Per group the stages in their order."""
        stays: dict[tuple[str, str, int], list[Stay]] = defaultdict(list)
        for key, funnel, position, days, ended, visits in self.space.rows(statement("cycle_stays")):
            stays[key, funnel, position].append((days, bool(ended), visits))
        stages = self.space.rows("SELECT funnel, position, stage FROM metric_stage")
        names = {(funnel, position): stage for funnel, position, stage in stages}
        found: dict[str, list[_Stage]] = defaultdict(list)
        for (key, funnel, position), known in sorted(stays.items()):
            visits = sum(count for *_, count in known)
            name = self._stage_name(funnel, names[funnel, position])
            found[key].append(_Stage(name, median_days(known), restricted_mean_days(known), visits))
        return found

    def _stage_name(self, funnel: str, stage: str) -> Note:
        """A stage by its key, and by its pipeline too where the rows may show stages of one key of several."""
        having = [each for each in self.mappings.funnels if each.position(stage) is not None]
        called = self.population.scope.called(stage, funnel)
        if len(having) == 1 or self.population.scope.one is None:
            return Note("{stage}", stage=called)
        return Note("{stage} ({pipeline})", stage=called, pipeline=Name(funnel))

    def _row(self, key: str, deals: Sequence[_Deals], stages: Sequence[_Stage]) -> dict[str, Any]:
        kept = [each for each in deals if not each.is_excluded]
        won = [(each.days, each.count) for each in kept if each.status == "won" and each.days is not None]
        slowest = max((s for s in stages if s.median is not None), key=lambda s: s.median or 0, default=None)
        counts = {column: sum(d.count for d in kept if d.status == status) for status, column in _COUNTS.items()}
        stale = sum(each.count for each in kept if self._is_stale(each.status, each.days))
        mean_days = Fraction(sum(d * n for d, n in won), sum(n for _, n in won)) if won else None
        return self.shown(key, {
            **counts,
            "median_days_to_won": quantile(won, Fraction(1, 2)),
            "p25": quantile(won, Fraction(1, 4)),
            "p75": quantile(won, Fraction(3, 4)),
            "km_median_days_to_close": median_days(_lengths(kept)),
            "slowest_stage": slowest and slowest.name,
            "slowest_stage_median_days": slowest and slowest.median,
            "velocity_minor_per_day": _velocity(kept, counts["n_open"] - stale, mean_days),
            "mean_days_to_won": None if mean_days is None else float(mean_days),
            "n_excluded": sum(each.count for each in deals if each.is_excluded),
            "n_stale": stale,
            "slowest_stage_restricted_mean_days": slowest and slowest.mean,
        })  # fmt: skip

    def _is_stale(self, status: str, days: int | None) -> bool:
        return status == "open" and self._oldest_close is not None and days is not None and days > self._oldest_close

    def _notes(self, cohort: dict[str, list[_Deals]], stages: dict[str, list[_Stage]]) -> Iterator[Note]:
        excluded = sum(row["n_excluded"] for row in self.rows)
        if excluded:
            yield Note("{deals} excluded: closed before the day of creation.", deals=counted(excluded, "deal"))
        (found,) = self.space.records(statement("cycle_notes"))
        if found["no_close_day"]:
            closed = counted(found["no_close_day"], "closed deal")
            yield Note("{deals} without a close day: counted, without a length.", deals=closed)
        yield from amount_notes(found, "won deal", self.population.rates.base_currency)
        for row, key in zip(self.rows, self.group_ids, strict=True):
            of_group = Note("")
            if self.grouping.by is not None:
                of_group = Note(" of {group}", group=Name(self.grouping.name(key)))
            for stage in stages.get(key, []):
                yield Note(
                    "Stage {stage}{of_group}: median {median}, restricted mean {mean} days, over {visits}.",
                    stage=stage.name,
                    of_group=of_group,
                    median=Note("not reached") if stage.median is None else counted(stage.median, "day"),
                    mean=Figure(f"{stage.mean:.6g}"),
                    visits=counted(stage.visits, "timed visit"),
                )
            if row["mean_days_to_won"] == 0:
                yield Note("No velocity{of_group}: the won deals took no day at all.", of_group=of_group)
        p = log_rank_p({key: _lengths(d for d in deals if not d.is_excluded) for key, deals in cohort.items()})
        if p is not None:
            yield Note("Log-rank test of equal speed over the groups: p = {p}.", p=Figure(f"{p:.6g}"))

    def contributions(self, index: int) -> list[Contribution]:
        """The deals of one row."""
        ledger = Ledger()
        for deal in self.space.records("SELECT * FROM cycle_deal ORDER BY id"):
            if deal["group_id"] != self.group_ids[index]:
                continue
            column = "n_excluded" if deal["is_excluded"] else _COUNTS[deal["status"]]
            ledger.add(deal, **{column: 1}, n_stale=int(self._is_stale(deal["status"], deal["days"])))
        return ledger.contributions()

    @property
    def policies(self) -> dict[str, Any]:
        """The stages."""
        return stages_told(self.mappings.funnels)


def _is_closed(deals: _Deals) -> bool:
    return deals.status != "open" and not deals.is_excluded


def _lengths(deals: Iterator[_Deals] | Sequence[_Deals]) -> list[Stay]:
    return [(each.days, each.status != "open", each.count) for each in deals if each.days is not None]


def _velocity(deals: Sequence[_Deals], n_open: int, mean_days: Fraction | None) -> float | None:
    """Minor units a day, not rounded: a pace is no sum. None where a rate, a value or a length is not known or zero."""
    won = [each for each in deals if each.status == "won"]
    decided = sum(each.count for each in deals if each.status != "open")
    valued = sum(each.valued for each in won)
    if not mean_days or not decided or not valued:
        return None
    rate = Fraction(sum(each.count for each in won), decided)
    return float(n_open * rate * Fraction(sum(each.base_minor for each in won), valued) / mean_days)
