"""One made-up business and one past day: what the product foretold, what simpler forecasts would have, and what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connector.metrics.statistics.hazards import Layout, fit
from connector.metrics.statistics.passage import Passage
from connector.sandbox.business.model import OPEN_STAGES
from tests.metrics.calibration.businesses import PROBABILITY, TODAY, Truth
from tests.metrics.stores import World

HORIZON = 90
#: as-of days are this far apart, so that neighbours share no horizon
APART = 90


@dataclass(frozen=True)
class Trial:
    """Money in minor units of the base currency; ``low`` and ``high`` are p10 and p90."""

    seed: int
    as_of: str
    open_count: int
    expected: int
    low: int
    high: int
    by_crm: int
    by_age: int
    actual: int

    @property
    def is_covered(self) -> bool:
        """Whether the outcome lies in the interval."""
        return self.low <= self.actual <= self.high


def days_of(count: int) -> list[date]:
    """As-of days, the last one whose horizon is over first."""
    return [TODAY - timedelta(days=HORIZON + APART * back) for back in range(count)]


def trials(world: World, seed: int, deals: Sequence[Truth], as_of_days: Sequence[date]) -> Iterator[Trial]:
    """Asks the product on each day; the outcome is told by the business itself, not by the store that holds it."""
    for day in as_of_days:
        asked = {"as_of": str(day), "window": ("2024-01-01", "2026-12-31"), "own": {"horizon": str(HORIZON)}}
        *_, row = world.ask("forecast", **asked).rows
        standing = [(deal, *found) for deal in deals if (found := deal.at(day)) and found[0] in OPEN_STAGES]
        assert row["open_count"] == len(standing)
        by_crm = sum(amount * PROBABILITY[stage] for _, stage, amount in standing)
        assert abs(row["weighted_minor"] - by_crm) < 1
        yield Trial(
            seed=seed,
            as_of=str(day),
            open_count=row["open_count"],
            expected=row["expected_minor"],
            low=row["p10_minor"],
            high=row["p90_minor"],
            by_crm=row["weighted_minor"],
            by_age=round(_by_age(deals, day)),
            actual=sum(deal.final for deal, *_ in standing if deal.won_within(day, HORIZON)),
        )


def _by_age(deals: Sequence[Truth], day: date) -> float:
    """The baseline: chances by the age of the deal alone, whatever its stage, from what was known on the day."""
    layout = Layout(("deal",), ("won", "lost"))
    counts = layout.empty()
    ages = []
    for deal in deals:
        found = deal.at(day)
        if found is None:
            continue
        stage, amount = found
        closed = next((on for on, each, _ in deal.moves if each in ("won", "lost")), None)
        if stage in OPEN_STAGES:
            ages.append(((day - deal.created_on).days, amount))
        if closed is None or closed > day:
            layout.add(counts, "deal", (day - deal.created_on).days, None)
        else:
            layout.add(counts, "deal", (closed - deal.created_on).days, stage if stage in ("won", "lost") else None)
    passage = Passage(layout, fit(layout, counts), "won", HORIZON)
    return sum(amount * passage.chance("deal", age) for age, amount in ages)
