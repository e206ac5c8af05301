"""The neutral business as data: who sells what to whom, with every dated move. Knows no CRM and no wire format.

Keys are whole numbers, unique per class across both systems; a reference holds the key of the record it means.
Every instant is an aware UTC datetime on a whole second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

System = Literal["salesforce", "dynamics"]
SYSTEMS: tuple[System, ...] = ("salesforce", "dynamics")

Stage = Literal["qualify", "develop", "propose", "close", "won", "lost"]
OPEN_STAGES: tuple[Stage, ...] = ("qualify", "develop", "propose", "close")
CLOSED_STAGES: tuple[Stage, ...] = ("won", "lost")
Status = Literal["open", "won", "lost"]
ActivityKind = Literal["email", "call", "meeting", "task"]
LeadStatus = Literal["open", "qualified", "disqualified"]


@dataclass(frozen=True, slots=True)
class Deletion:
    """When a record went away. ``hard``: not even the recycle bin of a system that has one keeps it."""

    at: datetime
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency with its undated rate: units of it for one US dollar."""

    code: str
    name: str
    symbol: str
    exponent: int
    units_per_usd: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """A dated rate, half open: valid on ``valid_from`` and up to, but not on, ``valid_to`` (None: for ever)."""

    currency: str
    valid_from: date
    valid_to: date | None
    units_per_usd: Decimal


@dataclass(frozen=True, slots=True)
class Team:
    """A sales team; ``parent`` is the team above. One of the same key and name in each of ``systems``."""

    key: int
    name: str
    parent: int | None
    systems: frozenset[System]


@dataclass(frozen=True, slots=True)
class Rep:
    """A CRM user. One with both ``systems`` has an account, with the same e-mail address, in each."""

    key: int
    first_name: str
    last_name: str
    email: str
    title: str
    team: int
    manager: int | None
    systems: frozenset[System]
    active: bool
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Company:
    """An account."""

    key: int
    system: System
    name: str
    website: str | None
    industry: str | None
    country: str | None
    city: str | None
    owner: int
    parent: int | None
    created_at: datetime
    modified_at: datetime
    deleted: Deletion | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A contact at a company."""

    key: int
    system: System
    company: int
    first_name: str | None
    last_name: str
    email: str | None
    phone: str | None
    title: str | None
    owner: int
    opted_out: bool
    created_at: datetime
    modified_at: datetime
    deleted: Deletion | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """Someone nobody has qualified yet. ``owner`` None: it waits in a queue.

    A qualified lead names the company, person and (mostly) deal that it became.
    """

    key: int
    system: System
    first_name: str | None
    last_name: str
    email: str | None
    phone: str | None
    company_name: str
    title: str | None
    owner: int | None
    source: str | None
    country: str | None
    status: LeadStatus
    created_at: datetime
    modified_at: datetime
    closed_at: datetime | None = None
    company: int | None = None
    person: int | None = None
    deal: int | None = None
    deleted: Deletion | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The state of a deal from ``at`` on. Two neighbours of equal stage differ in amount or close day only.

    ``detail`` picks among the stage names that a system has within one stage (0, 1, ...).
    """

    at: datetime
    stage: Stage
    amount: Decimal | None
    close_on: date
    detail: int = 0


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity with its whole history; the first move is its creation, the last one its present state.

    ``amount`` is the present estimate, ``actual`` what a won deal really brought (it may differ from it).
    A deal generated without history has just its creation and, if closed, its closing move.
    """

    key: int
    system: System
    name: str
    company: int
    person: int | None
    lead: int | None
    owner: int
    type: str | None
    source: str | None
    region: str | None
    currency: str
    amount: Decimal | None
    actual: Decimal | None
    close_on: date
    next_step: str | None
    description: str | None
    created_at: datetime
    modified_at: datetime
    moves: tuple[Move, ...]
    deleted: Deletion | None = None

    @property
    def stage(self) -> Stage:
        return self.moves[-1].stage

    @property
    def status(self) -> Status:
        stage = self.moves[-1].stage
        return stage if stage in ("won", "lost") else "open"

    @property
    def closed_at(self) -> datetime | None:
        return self.moves[-1].at if self.status != "open" else None

    @property
    def open_stage(self) -> Stage | None:
        """The last open stage it stood in; None where it was born closed."""
        return next((move.stage for move in reversed(self.moves) if move.stage in OPEN_STAGES), None)


@dataclass(frozen=True, slots=True)
class Activity:
    """A mail, call, meeting or task, about one deal, lead, person or company. Not ``done``: planned for ``at``.

    ``person`` is whom it was held with, where that is known; ``address`` is that of the other side of a mail.
    """

    key: int
    system: System
    kind: ActivityKind
    direction: Literal["in", "out"] | None
    subject: str
    at: datetime
    owner: int
    done: bool = True
    deal: int | None = None
    lead: int | None = None
    person: int | None = None
    company: int | None = None
    address: str | None = None

    @property
    def is_deleted(self) -> bool:
        """A few were deleted."""
        return self.key % 61 == 7


@dataclass(frozen=True, slots=True)
class Campaign:
    """A marketing campaign; both days inclusive. ``cost`` is in US dollars, None where nobody entered it."""

    key: int
    system: System
    name: str
    kind: str
    starts_on: date
    ends_on: date
    cost: Decimal | None
    owner: int


@dataclass(frozen=True, slots=True)
class CampaignMember:
    """A lead or a person whom a campaign reached."""

    key: int
    campaign: int
    responded: bool
    email: str | None
    lead: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """What one rep is credited with of a deal: a part of its revenue, or an overlay on top of it."""

    key: int
    deal: int
    owner: int
    kind: Literal["revenue", "overlay"]
    percent: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What a rep is to sell in a period (both days inclusive). A manager's covers those of the reps below."""

    key: int
    system: System
    rep: int
    period_start: date
    period_end: date
    amount: Decimal
    currency: str
    is_manager: bool = False


@dataclass(frozen=True, slots=True)
class TransitionMatrix:
    """The odds by which deals move, known because the generator drew from them.

    ``odds[a][b]`` is the chance that the next stage after ``a`` is ``b``; rows of open stages sum to 1. Rows of
    closed stages name only the chance of being reopened. ``born_closed`` is the chance that a deal is entered
    when it is already won or lost. ``mean_days`` is the mean stay in a stage.
    """

    odds: Mapping[Stage, Mapping[Stage, float]]
    start: Mapping[Stage, float]
    mean_days: Mapping[Stage, float]
    born_closed: float


class Deals(Protocol):
    """Deals, in order of their keys; iterating twice gives the same ones. Large sets are never all in memory."""

    def __iter__(self) -> Iterator[Deal]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Business:
    """Everything there is on ``today``. ``history``: whether deals carry all their moves."""

    seed: int
    today: date
    opened_on: date
    history: bool
    transitions: TransitionMatrix
    currencies: Sequence[Currency]
    rates: Sequence[Rate]
    teams: Sequence[Team]
    reps: Sequence[Rep]
    companies: Sequence[Company]
    people: Sequence[Person]
    leads: Sequence[Lead]
    deals: Deals
    quotas: Sequence[Quota]
    organization: str = "Quillmere Instruments"

    def reps_of(self, system: System) -> list[Rep]:
        return [rep for rep in self.reps if system in rep.systems]

    def teams_of(self, system: System) -> list[Team]:
        return [team for team in self.teams if system in team.systems]

    def deals_of(self, system: System) -> Iterator[Deal]:
        return (deal for deal in self.deals if deal.system == system)
