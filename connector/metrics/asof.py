"""What a deal was at the end of a day, from its events and superseded versions: pure functions, no SQL.

It must not know measures or tables; population.py reads what it needs and stores what it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

CLOSED = ("won", "lost")
Held = TypeVar("Held")


@dataclass(frozen=True)
class Event:
    """One dated fact of a deal's history: it stood in ``status`` from this day on.

    One that does not ``tell`` is an unknown stage value, or a process that moved on: taken for open, but no word of it.
    """

    occurred_on: str
    status: str
    tells: bool = True


@dataclass(frozen=True)
class Attributes:
    """What a deal carried beside its stage: the columns that change by being edited."""

    owner_id: str | None
    pipeline: str | None
    type: str | None
    lead_source: str | None
    region: str | None
    stage: str | None
    amount_minor: int | None
    currency: str | None
    probability: float | None = None
    forecast_category: str | None = None


@dataclass(frozen=True)
class Version(Generic[Held]):
    """What held from an instant on; ``since`` None where that is unknown."""

    since: str | None
    attributes: Held


@dataclass(frozen=True)
class Standing:
    """Open, won or lost, and the close day where closed."""

    status: str
    close_on: str | None


def standing_on(
    day: str,
    now: Standing,
    closed_on: str | None,
    events: Sequence[Event],
    *,
    now_since: str | None = "",
    by_hand: bool = False,
) -> Standing:
    """The standing at the end of ``day``.

    ``now`` is the standing in the store, held since the day ``now_since`` (empty: since ever, None: not known),
    ``closed_on`` the day of its closing instant where that is known, ``events`` are the dated ones in order. A deal
    whose last event is past is as it is now; one that has later events is as its last event on or before the day left
    it, and so is one that is open now, nobody knows since when, or since a later day. A closed deal without a close
    day closed on the day of its closing instant. What a source says of its own deal is newer than its history; of one
    put in ``by_hand`` a history that tells its closes is believed, also where it reopened the deal last.
    """
    if now.status in CLOSED and now.close_on is None:
        now = replace(now, close_on=closed_on)
    before = [event for event in events if event.occurred_on <= day]
    if len(before) < len(events):
        return _before_later_events(now, before, events[len(before) :])
    if now.status not in CLOSED and before and _is_news(now_since, before[-1], day):
        return _before_later_events(now, before, ())
    if now.status not in CLOSED or (before and before[-1].status in CLOSED):
        return now
    if by_hand and is_reopened(before):
        return replace(now, status="open")
    # the instant of a closing event that a later event undid says nothing about the close that stands now
    was_undone = any(event.status in CLOSED for event in before)
    close_day = now.close_on if was_undone else closed_on or now.close_on
    if close_day is None or close_day <= day:
        return now
    return replace(now, status="open")


def is_reopened(events: Sequence[Event]) -> bool:
    """Whether the last event that tells anything tells of an open deal, after one that closed it."""
    told = [event.status for event in events if event.tells]
    return bool(told) and told[-1] not in CLOSED and any(status in CLOSED for status in told)


def _is_news(now_since: str | None, last: Event, day: str) -> bool:
    """Whether the standing of now began after the day, or nobody knows when; a change before the last event is none."""
    return now_since is None or now_since > day or "" < now_since <= last.occurred_on


def _before_later_events(now: Standing, before: Sequence[Event], later: Sequence[Event]) -> Standing:
    status = before[-1].status if before else "open"
    if status not in CLOSED:
        return replace(now, status="open")
    entered = before[-1]
    for event in reversed(before):
        if event.status != status:
            break
        entered = event
    undone = now.status != status or any(event.status != status for event in later)
    return Standing(status, entered.occurred_on if undone or now.close_on is None else now.close_on)


def moves_seen(states: Sequence[tuple[str | None, str]]) -> list[Event]:
    """What the states of a deal, (day on which it began, status) in order, show of a close that did not last.

    Where no dated event tells it, this is all that is known of it. Empty for a deal whose closes all stand: of those
    the close day says more than the day on which the source was changed.
    """
    known = [(began_on, status) for began_on, status in states if began_on is not None]
    if not any(status in CLOSED and later != status for (_, status), (_, later) in pairwise(known)):
        return []
    moves = [Event(began_on, status) for (_, before), (began_on, status) in pairwise(known) if status != before]
    first_on, first = known[0]
    return [Event(first_on, first), *moves] if first in CLOSED else moves


def attributes_on(end: str, now: Version[Held], superseded: Sequence[Version[Held]]) -> Held | None:
    """What was in force just before the instant ``end``; None where no version so old is known.

    ``superseded`` are in the order in which they were replaced. A version whose beginning is unknown is
    never taken for an old one.
    """
    found: Version[Held] | None = None
    for version in (*superseded, now):
        if (
            version.since is not None
            and version.since < end
            and (found is None or version.since >= (found.since or ""))
        ):
            found = version
    return None if found is None else found.attributes
