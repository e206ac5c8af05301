"""One deal's stage history, told from its events: visits, the last open stage, the closing instant.

A pure function of events and meanings. It must not know the store, nor how events are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connector.mapping.stages import Meaning

COVERAGE = {"audit": "audited", "observed": "observed", "path": "path"}
CLOSED = ("won", "lost")

#: evidence that tells every move since the deal began, so that the deal's present stage adds nothing to it
COMPLETE = frozenset({"history", "audit"})

Key = tuple[str, str]


class Event(NamedTuple):
    """One row of ``stage_event``; ``status`` as it is stored, given or filled."""

    id: str
    occurred_at: str | None
    seq: int | None
    source_stage: str | None
    evidence: str | None
    status: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """What the source says of the deal now."""

    status: str | None
    crm_stage: str | None

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of a deal beside that; ``managed`` where a sync wrote it, and not a person."""

    source_stage: str | None
    stage: str | None
    closed_at: str | None
    managed: bool


@dataclass(slots=True)
class Visit:
    """One stay in one stage."""

    stage: str | None
    source_stage: str | None
    entered_at: str | None
    coverage: str
    left_at: str | None = None


@dataclass(slots=True)
class History:
    """What the events tell. ``statuses`` are by event id, of the events whose stage tells a status by itself."""

    visits: list[Visit] = field(default_factory=list)
    last_open: str | None = None
    process_stage: str | None = None
    closed_at: str | None = None
    ends_closed: bool = False
    statuses: dict[str, str | None] = field(default_factory=dict)


Means = Callable[[str], Meaning]


def tell(deal: Deal, events: Sequence[Event], means: Means) -> History:
    """Undated events come first, then dated ones in order; runs of one stage are one visit."""
    dated = sorted((event for event in events if event.occurred_at is not None), key=_moment)
    undated = sorted((event for event in events if event.occurred_at is None), key=_place)
    history = History()
    _fill_statuses(history, events, means)
    closing = {event.id: _closing(event, history) for event in dated}
    if dated and _closes_as_the_deal_says(dated[-1], deal, means, closing):
        closing[dated[-1].id] = deal.status
    _walk_undated(history, undated, dated, closing, means)
    _walk_dated(history, deal, dated, closing, means)
    _note_process_stage(history, dated, undated)
    _add_present(history, deal, events, means)
    return history


def settle(
    deal: Deal, held: Held, history: History, means: Means, *, has_events: bool
) -> tuple[str | None, str | None, str | None]:
    """The columns source_stage, stage and closed_at of a deal with this history."""
    source_stage, stage = held.source_stage, held.stage
    if held.managed:
        source_stage = _present_stage(deal, history, means)
        stage = means(source_stage).stage if source_stage is not None else None
    elif stage is None and source_stage is not None:
        stage = means(source_stage).stage
    keeps = not held.managed and (not has_events or deal.is_closed)
    return source_stage, stage, history.closed_at or (held.closed_at if keeps else None)


def _present_stage(deal: Deal, history: History, means: Means) -> str | None:
    """An open deal's active process stage, else what the source shows; a closed one's last open stage."""
    if not deal.is_closed:
        return history.process_stage or deal.crm_stage
    if history.last_open is None and deal.crm_stage is not None and means(deal.crm_stage).status == "open":
        return deal.crm_stage
    return history.last_open


def _moment(event: Event) -> tuple[str, int, str, str]:
    return event.occurred_at or "", event.seq or 0, event.source_id or event.id, event.id


def _place(event: Event) -> tuple[bool, str, int, str]:
    """Paths of several process instances one after the other, each in its order; what was first observed last."""
    instance = (event.source_id or event.id).rpartition(":")[0]
    return event.evidence == "observed", instance, event.seq or 0, event.id


def _fill_statuses(history: History, events: Sequence[Event], means: Means) -> None:
    """A stage value tells its status; where it does not, what was given as closed stays.

    Closing facts (evidence ``close``) and events without a stage speak for themselves.
    """
    for event in events:
        if event.evidence == "close" or event.source_stage is None:
            continue
        told = means(event.source_stage).status
        history.statuses[event.id] = told if told or event.status not in CLOSED else event.status


def _closing(event: Event, history: History) -> str | None:
    status = history.statuses.get(event.id, event.status)
    return status if status in CLOSED else None


def _closes_as_the_deal_says(event: Event, deal: Deal, means: Means, closing: dict[str, str | None]) -> bool:
    """Whether the last event entered an unknown value in which the deal, closed, still is: then that closed it."""
    if not deal.is_closed or closing[event.id] or event.source_stage is None or event.source_stage != deal.crm_stage:
        return False
    return means(event.source_stage).status is None


def _key(source_stage: str, means: Means) -> Key:
    stage = means(source_stage).stage
    return ("stage", stage) if stage else ("value", source_stage)


def _visit(event: Event, means: Means, coverage: str) -> Visit:
    assert event.source_stage is not None
    return Visit(means(event.source_stage).stage, event.source_stage, event.occurred_at, coverage)


def _visit_key(visit: Visit) -> Key:
    return ("stage", visit.stage) if visit.stage else ("value", visit.source_stage or "")


def _walk_undated(
    history: History, undated: list[Event], dated: list[Event], closing: dict[str, str | None], means: Means
) -> None:
    """A stage of a path that some dated event enters too is told by that event alone."""
    if not undated:
        return
    entered = {
        _key(event.source_stage, means) for event in dated if event.source_stage is not None and not closing[event.id]
    }
    for event in undated:
        if event.source_stage is None or history.statuses.get(event.id, event.status) in CLOSED:
            continue
        history.last_open = event.source_stage
        key = _key(event.source_stage, means)
        if key in entered or (history.visits and _visit_key(history.visits[-1]) == key):
            continue
        coverage = "current_only" if event.evidence == "observed" else "path"
        history.visits.append(_visit(event, means, coverage))


def _walk_dated(history: History, deal: Deal, dated: list[Event], closing: dict[str, str | None], means: Means) -> None:
    trailing = _process_tail(deal, dated, closing)
    closed_as: str | None = None
    is_staying = bool(history.visits)
    for index, event in enumerate(dated):
        now_closed = closing[event.id]
        if now_closed:
            if is_staying:
                history.visits[-1].left_at = event.occurred_at
            if now_closed != closed_as:
                history.closed_at = event.occurred_at
            closed_as, is_staying = now_closed, False
            continue
        if event.source_stage is None:
            continue
        history.last_open = event.source_stage
        if is_staying and _visit_key(history.visits[-1]) == _key(event.source_stage, means):
            continue
        if is_staying:
            history.visits[-1].left_at = event.occurred_at
        visit = _visit(event, means, COVERAGE.get(event.evidence or "", "recorded"))
        history.visits.append(visit)
        if index >= trailing:
            visit.left_at = visit.entered_at
        else:
            closed_as, is_staying = None, True
    history.ends_closed = closed_as is not None
    if not deal.is_closed:
        history.closed_at = None


def _process_tail(deal: Deal, dated: list[Event], closing: dict[str, str | None]) -> int:
    """Place of the first of the process events that follow the last closing one of a deal that is closed still.

    The close dialog of Dynamics dates the close by the day, so a process stage entered earlier that day seems to
    follow it. Such a move reopens nothing.
    """
    last = max((index for index, event in enumerate(dated) if closing[event.id]), default=len(dated))
    tail = dated[last + 1 :]
    if deal.is_closed and tail and all(event.evidence == "process" for event in tail):
        return last + 1
    return len(dated)


def _note_process_stage(history: History, dated: list[Event], undated: list[Event]) -> None:
    """The stage in which the process that moved last stands now."""
    for event in (*undated, *dated):
        if event.evidence == "process" and event.source_stage is not None:
            history.process_stage = event.source_stage


def _add_present(history: History, deal: Deal, events: Sequence[Event], means: Means) -> None:
    """An open deal stands somewhere now, also where no event says when it came there.

    Where the source tells every move, its events are believed: the deal itself may have been read before them.
    """
    present = history.process_stage or deal.crm_stage
    evidence = {event.evidence for event in events}
    if deal.is_closed or present is None or evidence & COMPLETE:
        return
    meaning = means(present)
    if not meaning.may_be_open:
        return
    stays = bool(history.visits) and not history.ends_closed
    if stays and (history.process_stage is not None or _visit_key(history.visits[-1]) == _key(present, means)):
        return
    history.visits.append(Visit(meaning.stage, present, None, "current_only"))
