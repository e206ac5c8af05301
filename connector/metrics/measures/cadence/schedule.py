"""The schedule of cadence.yaml applied to the mails of one person: pure functions on days. Knows no store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connector.mapping.cadence import Cadence, Span

#: how far ahead a free day is looked for: beyond that, the schedule allows none
_HORIZON_DAYS = 10_000


class Mail(NamedTuple):
    """One mail: its day (as ``epoch_day``) and its subject's hash, None where that is not known."""

    day: int
    subject: str | None


@dataclass(frozen=True)
class Person:
    """What one person got, in order, counted from day ``since``; ``opted_out`` is the day it surely held from."""

    mails: Sequence[Mail]
    since: int
    opted_out: int | None = None


def violations(cadence: Cadence, person: Person, today: int) -> Iterator[tuple[int, str]]:
    """(day, kind) of every rule broken until ``today``, in order of days."""
    found = [*_of_mails(cadence, person), *((day, "under") for day, _, _ in short(cadence, person, today))]
    yield from sorted(found)


def next_allowed(cadence: Cadence, person: Person, today: int) -> int | None:
    """The first day from ``today`` on which one more mail breaks no rule; None where there is none."""
    if person.opted_out is not None:
        return None
    sent = _by_span(cadence, person)
    day = max(today, person.since)
    while day <= today + _HORIZON_DAYS:
        span = cadence.span_of(day - person.since)
        if span is None or sent[span.first] < span.most:
            return day
        day = person.since + span.last + 1
    return None


def kind_of(span: Span) -> str:
    """The word for a mail beyond the most of this span."""
    if span.repeats:
        return "over_monthly"
    return "over_week1" if span.first == 0 else "over_weekly"


def _of_mails(cadence: Cadence, person: Person) -> Iterator[tuple[int, str]]:
    sent: dict[int, int] = defaultdict(int)
    seen: set[str] = set()
    for mail in person.mails:
        span = cadence.span_of(mail.day - person.since)
        if span is not None:
            sent[span.first] += 1
            if sent[span.first] > span.most:
                yield mail.day, kind_of(span)
        if cadence.never_repeat and mail.subject in seen:
            yield mail.day, "repeat_message"
        if mail.subject is not None:
            seen.add(mail.subject)
        if person.opted_out is not None and mail.day >= person.opted_out:
            yield mail.day, "opted_out"


def short(cadence: Cadence, person: Person, today: int) -> Iterator[tuple[int, str, int]]:
    """(last day, word, mails) of every span over by ``today`` with fewer mails than it asks for."""
    if person.opted_out is not None:
        return
    sent = _by_span(cadence, person)
    for span in cadence.demands_until(today - person.since):
        if sent[span.first] < span.least:
            yield person.since + span.last, kind_of(span).removeprefix("over_"), sent[span.first]


def _by_span(cadence: Cadence, person: Person) -> dict[int, int]:
    """How many mails lie in each span, by its first day."""
    sent: dict[int, int] = defaultdict(int)
    for mail in person.mails:
        span = cadence.span_of(mail.day - person.since)
        if span is not None:
            sent[span.first] += 1
    return sent
