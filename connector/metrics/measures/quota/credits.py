"""Who is credited with which closed deal: its owner, or those among whom its splits divide it.

Reads the splits as they were on the as-of day. It must not know quotas.

===================  ===================================================================================
``quota_owned``      the deals of ``metric_deal`` that no revenue split divides, after the filters on people
``quota_divided``    the closed deals that revenue splits divide
``quota_part``       these deals once per person and team, each with its part of ``base_minor``; ``is_first`` in its row
``quota_overlay``    closed deals once per person and team, each with what overlay splits add to the overlay
===================  ===================================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from connector.metrics.asof import Version, attributes_on
from connector.metrics.measures.quota.splits import Split, added_up, divided, overlaid, share_of
from connector.metrics.workspace import literal

if TYPE_CHECKING:
    from connector.metrics.population import Population

#: the kinds of credit that count; a split without a kind is a revenue split
_REVENUE, _OVERLAY = "revenue", "overlay"
#: filters that ask whose credit it is, not which deal
OF_PEOPLE = ("person", "team")
_COLUMNS = (
    "id TEXT, source TEXT, source_id TEXT, source_object TEXT, status TEXT, close_on TEXT, amount_minor INTEGER, "
    "amount_is_later INTEGER, person_id TEXT, team_id TEXT, group_id TEXT, base_minor INTEGER, is_first INTEGER"
)

_READ = """
    SELECT s.id, s.owner_id, COALESCE(s.kind, 'revenue'), s.share, s.source_modified_at,
           d.id, d.source, d.source_id, d.source_object, d.status, d.close_on, d.amount_minor, d.amount_is_later,
           d.base_minor
    FROM opportunity_split s JOIN metric_deal d ON d.id = s.opportunity_id
    WHERE COALESCE(s.is_deleted, 0) = 0 AND d.status IN ('won', 'lost')
      AND d.close_on >= {first} AND d.close_on <= {last}
    ORDER BY s.opportunity_id, COALESCE(s.owner_id, ''), s.id
"""
#: what a person left out of a version put in by hand is as in the split
_VERSIONS = """
    SELECT v.id, COALESCE(v.owner_id, s.owner_id), COALESCE(v.kind, s.kind, 'revenue'), COALESCE(v.share, s.share),
           COALESCE(v.source_modified_at, v.known_from), v.known_to
    FROM opportunity_split_version v JOIN opportunity_split s ON s.id = v.id
    ORDER BY v.id, v.known_to, v.version_id
"""


@dataclass(frozen=True)
class Deal:
    """A closed deal with splits."""

    id: str
    source: str | None
    source_id: str | None
    source_object: str | None
    status: str
    close_on: str
    amount_minor: int | None
    amount_is_later: int
    base_minor: int | None


@dataclass(frozen=True)
class Undivided:
    """A deal whose revenue splits do not add up: the people they name, and the teams these were in on its close day."""

    deal: Deal
    #: what the shares add up to, as far as they are numbers from 0 to 1
    sum: Fraction
    people: frozenset[str | None]
    teams: frozenset[str | None]


@dataclass
class Credits:
    """What the splits of the closed deals could not tell."""

    undivided: list[Undivided] = field(default_factory=list)
    #: splits of won deals in the window that count for nothing: of another kind, or overlay by no share from 0 to 1
    ignored: int = 0
    #: owners of splits of won deals in the window who are no known users
    strangers: set[str | None] = field(default_factory=set)

    def are_in_doubt(self, person_id: str, start: str, end: str) -> bool:
        """Whether it cannot be told what somebody won in a period."""
        return any(
            person_id in each.people and each.deal.status == "won" and start <= each.deal.close_on <= end
            for each in self.undivided
        )


@dataclass(frozen=True)
class _Part:
    deal: Deal
    owner_id: str | None
    base_minor: int | None


def prepare_credits(population: Population, by: str, first: str) -> Credits:
    """Creates the tables for deals closed from ``first`` to the end of the window, grouped by ``by``."""
    question = population.question
    credits = Credits()
    parts: list[_Part] = []
    overlays: list[_Part] = []
    cut: list[str] = []
    for deal, splits in _read(population, first):
        counts = deal.status == "won" and question.from_on <= deal.close_on
        revenue = [split for split in splits if split.kind == _REVENUE]
        if revenue:
            cut.append(deal.id)
            parts += _divide(population, credits, deal, revenue)
        if counts:
            overlays += _overlays(credits, deal, splits)
            credits.strangers |= {s.owner_id for s in splits if s.owner_id not in population.people.users}
    population.space.fill("quota_divided", "id TEXT PRIMARY KEY", ((deal,) for deal in cut))
    population.space.fill("quota_part", _COLUMNS, _credited(population, by, parts))
    population.space.fill("quota_overlay", _COLUMNS, _credited(population, by, overlays))
    population.space.view("quota_owned", _owned(population, divides=bool(cut)))
    return credits


def _divide(population: Population, credits: Credits, deal: Deal, splits: Sequence[Split]) -> list[_Part]:
    """The parts of one deal; of one whose splits do not add up, all of it, and nobody's."""
    values = divided(deal.base_minor, splits)
    if values is None:
        people = population.people
        credits.undivided.append(
            Undivided(
                deal,
                added_up(splits),
                frozenset(people.person_of(split.owner_id) for split in splits),
                frozenset(people.team_on(split.owner_id, deal.close_on) for split in splits),
            )
        )
        return [_Part(deal, None, deal.base_minor)]
    return [_Part(deal, split.owner_id, value) for split, value in zip(splits, values, strict=True) if share_of(split)]


def _overlays(credits: Credits, deal: Deal, splits: Sequence[Split]) -> Iterator[_Part]:
    for split in splits:
        if split.kind == _OVERLAY and share_of(split) is not None:
            yield _Part(deal, split.owner_id, overlaid(deal.base_minor, split))
        elif split.kind != _REVENUE:
            credits.ignored += 1


def _credited(population: Population, by: str, parts: Iterable[_Part]) -> Iterator[tuple[Any, ...]]:
    """Rows of credit, one per deal, person and team, as far as the filters let these people through."""
    people, passing = population.people, population.filters.passing
    sums: dict[tuple[Deal, str | None, str | None], int | None] = {}
    for part in parts:
        person, team = people.person_of(part.owner_id), people.team_on(part.owner_id, part.deal.close_on)
        if any(who not in passing.get(key, (who,)) for key, who in zip(OF_PEOPLE, (person, team), strict=True)):
            continue
        known = sums.get((part.deal, person, team), 0)
        sums[part.deal, person, team] = None if known is None or part.base_minor is None else known + part.base_minor
    seen: set[tuple[str, str]] = set()
    for (deal, person, team), value in sums.items():
        group = {"person": person, "team": team}.get(by) or ""
        is_first = (deal.id, group) not in seen
        seen.add((deal.id, group))
        yield (
            deal.id, deal.source, deal.source_id, deal.source_object, deal.status, deal.close_on, deal.amount_minor,
            deal.amount_is_later, person, team, group, value, int(is_first),
        )  # fmt: skip


def _owned(population: Population, *, divides: bool) -> str:
    """Deals that count for their owner alone."""
    conditions = [population.filters.condition(key, f"d.{key}_id") for key in OF_PEOPLE]
    if divides:
        conditions.append("NOT EXISTS (SELECT 1 FROM quota_divided x WHERE x.id = d.id)")
    where = " AND ".join(condition for condition in conditions if condition is not None)
    return f"SELECT d.* FROM metric_deal d WHERE {where or '1 = 1'}"


def _read(population: Population, first: str) -> Iterator[tuple[Deal, list[Split]]]:
    """The closed deals that have splits, with these as they were on the as-of day."""
    if not population.space.rows("SELECT s.id FROM opportunity_split s LIMIT 1"):
        return
    rows = population.space.rows(_READ.format(first=literal(first), last=literal(population.question.to_on)))
    states = _states(population) if population.question.is_past and rows else {}
    found: dict[Deal, list[Split]] = defaultdict(list)
    for split_id, owner_id, kind, share, modified_at, *of_deal in rows:
        superseded = states.get(split_id, [])
        since = modified_at or (superseded[-1][1] if superseded else None)
        versions = [version for version, _ in superseded]
        now = Version(since, Split(split_id, owner_id, kind, share))
        held = attributes_on(population.question.as_of_end, now, versions) if versions else None
        found[Deal(*of_deal)].append(held or now.attributes)
    for deal, splits in found.items():
        yield deal, sorted(splits, key=lambda split: (split.owner_id or "", split.id))


def _states(population: Population) -> dict[str, list[tuple[Version[Split], str | None]]]:
    """What splits said before, each state with the instant at which it was replaced."""
    states: dict[str, list[tuple[Version[Split], str | None]]] = defaultdict(list)
    for split_id, owner_id, kind, share, since, until in population.space.rows(_VERSIONS):
        states[split_id].append((Version(since, Split(split_id, owner_id, kind, share)), until))
    return states
