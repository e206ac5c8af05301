"""A made-up business of the sandbox as rows of a store, with every move and every amount that a sync would have seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.business.generator import generate
from connector.sandbox.business.model import OPEN_STAGES, Deal
from tests.metrics.stores import World, funnel_of

TODAY = date(2026, 1, 1)
#: the probability that the sandbox's Salesforce org gives each stage
PROBABILITY = {"qualify": 0.10, "develop": 0.20, "propose": 0.75, "close": 0.90, "won": 1.0, "lost": 0.0}
#: the store holds US dollars, by the undated rates
_DEAL = (
    "id source source_id name pipeline created_on currency status probability amount_minor base_minor close_on "
    "closed_at source_modified_at"
).split()
_EVENT = "id source source_id opportunity_id occurred_at seq source_stage evidence".split()
_VERSION = "id known_from known_to source_modified_at status probability amount_minor currency is_deleted".split()


@dataclass(frozen=True)
class Truth:
    """One deal as it really went: (day, stage, amount in minor units of the base currency), and what it brought."""

    id: str
    created_on: date
    moves: tuple[tuple[date, str, int], ...]
    final: int

    def at(self, day: date) -> tuple[str, int] | None:
        """Stage and amount at the end of a day; None before its first."""
        begun = [(stage, amount) for on, stage, amount in self.moves if on <= day]
        return begun[-1] if begun else None

    def won_within(self, day: date, horizon: int) -> bool:
        """Whether it was won after a day, and no later than the horizon."""
        return any(stage == "won" and day < on <= day + timedelta(days=horizon) for on, stage, _ in self.moves)


def truths(seed: int, deals: int) -> list[Truth]:
    """The deals of a made-up business; deleted ones never were."""
    business = generate(seed, deals, today=TODAY, systems=("salesforce",))
    per_dollar = {currency.code: currency.units_per_usd for currency in business.currencies}
    return [_truth(deal, per_dollar[deal.currency]) for deal in business.deals if deal.deleted is None]


def _truth(deal: Deal, units: Decimal) -> Truth:
    def minor(amount: Decimal | None) -> int:
        return 0 if amount is None else int((amount / units * 100).to_integral_value())

    moves = tuple((move.at.date(), str(move.stage), minor(move.amount)) for move in deal.moves)
    final = minor(deal.actual if deal.actual is not None else deal.moves[-1].amount)
    return Truth(f"acme:{deal.key}", deal.created_at.date(), moves, final)


def put(world: World, deals: Sequence[Truth]) -> None:
    """Fills a store: deals as they stand at the end, their stage events, and the states that were replaced."""
    world.mapped(funnel=funnel_of(*OPEN_STAGES))
    for value, won in (("won", 1), ("lost", 0)):
        world.put("source_stage", source="acme", value=value, name=value, is_won=won, is_closed=1, position=9)
    _insert(world, "opportunity", _DEAL, (_row(deal) for deal in deals))
    _insert(world, "stage_event", _EVENT, (event for deal in deals for event in _events(deal)))
    _insert(world, "opportunity_version", _VERSION, (version for deal in deals for version in _versions(deal)))
    world.derive(now=f"{TODAY}T00:00:00Z")


def _insert(world: World, table: str, columns: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(columns))
    batch = list(rows)
    if batch:
        world.conn.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", batch)


def _row(deal: Truth) -> tuple[Any, ...]:
    last_on, stage, amount = deal.moves[-1]
    status = stage if stage in ("won", "lost") else "open"
    value = deal.final if status == "won" else amount
    closed = None if status == "open" else str(last_on)
    return (
        deal.id, "acme", deal.id.removeprefix("acme:"), deal.id, "default", str(deal.created_on), "USD", status,
        PROBABILITY[stage], value, value, closed, closed and f"{closed}T10:00:00Z", f"{last_on}T10:00:00Z",
    )  # fmt: skip


def _events(deal: Truth) -> Iterator[tuple[Any, ...]]:
    before = None
    for place, (on, stage, _) in enumerate(deal.moves):
        if stage != before:
            own = f"{deal.id.removeprefix('acme:')}-{place}"
            yield f"acme:{own}", "acme", own, deal.id, f"{on}T10:00:{place % 60:02d}Z", place, stage, "history"
        before = stage


def _versions(deal: Truth) -> Iterator[tuple[Any, ...]]:
    for (on, stage, amount), (until, _, _) in zip(deal.moves, deal.moves[1:], strict=False):
        status = stage if stage in ("won", "lost") else "open"
        since = f"{on}T10:00:00Z"
        yield deal.id, since, f"{until}T10:00:00Z", since, status, PROBABILITY[stage], amount, "USD", 0
