"""cadence.yaml: how many messages a person may get when. Counting messages against it is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries, Items, Scalar, spelt
from connector.mapping.shapes import entries_of, flag_of, list_of, unknown_keys, whole_of

#: no upper bound on the number of messages
UNBOUNDED = 10**9


@dataclass(frozen=True)
class Span:
    """Days ``first`` to ``last`` since the first message, both included: ``least`` to ``most`` messages."""

    first: int
    last: int
    least: int
    most: int
    #: a block of those that repeat
    repeats: bool = False


@dataclass(frozen=True)
class Repeating:
    """From day ``first`` on, in every block of ``days`` days ``least`` to ``most`` messages."""

    first: int
    days: int
    least: int
    most: int


@dataclass(frozen=True)
class Cadence:
    """The schedule in the order of its days."""

    spans: tuple[Span, ...]
    repeating: Repeating | None
    never_repeat: bool
    #: the spans of days that were asked for before: the same few days are asked for with every mail
    _asked: dict[int, Span | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def span_of(self, day: int) -> Span | None:
        """The span in which a day (from 0) lies; None where the schedule says nothing of it."""
        if day not in self._asked:
            self._asked[day] = self._find(day)
        return self._asked[day]

    def _find(self, day: int) -> Span | None:
        every = self.repeating
        if every is not None and day >= every.first:
            first = day - (day - every.first) % every.days
            return Span(first, first + every.days - 1, every.least, every.most, repeats=True)
        return next((span for span in self.spans if span.first <= day <= span.last), None)

    def demands_until(self, last_day: int) -> Iterator[Span]:
        """The spans that ask for a message and end on or before a day, in order."""
        yield from (span for span in self.spans if span.least and span.last <= last_day)
        every = self.repeating
        if every is not None and every.least:
            for first in range(every.first, last_day - every.days + 2, every.days):
                yield Span(first, first + every.days - 1, every.least, every.most, repeats=True)


def read_cadence(tree: Entries, findings: Findings) -> Cadence:
    """cadence.yaml; the spans follow each other without overlap."""
    unknown_keys(tree, ("version", "extends", "schedule", "never_repeat"), findings)
    spans: list[Span] = []
    repeating: Repeating | None = None
    for node in list_of(tree, "schedule", findings):
        entry = entries_of(node, "an entry of the schedule", findings)
        if entry is None:
            continue
        if repeating is not None:
            findings.add(entry.place, "nothing can follow every_days, which never ends")
        unknown_keys(entry, ("days", "every_days", "from_day", "min", "max"), findings)
        if ("days" in entry.values) == ("every_days" in entry.values):
            findings.add(entry.place, "an entry says days: [first, last], or every_days with from_day")
        elif "days" in entry.values:
            span = _read_span(entry, spans, findings)
            spans += [span] if span is not None else []
        else:
            repeating = _read_repeating(entry, spans, findings)
    return Cadence(tuple(spans), repeating, flag_of(tree, "never_repeat", findings, default=True))


def _read_span(entry: Entries, before: list[Span], findings: Findings) -> Span | None:
    days = _days(entry, findings)
    if days is None:
        return None
    first, last = days
    if last < first:
        findings.add(entry.values["days"].place, f"days [{first}, {last}] end before they begin")
    if before and first <= before[-1].last:
        findings.add(
            entry.values["days"].place, f"day {first} lies in the entry before, which ends on {before[-1].last}"
        )
    return Span(first, last, *_bounds(entry, findings))


def _read_repeating(entry: Entries, before: list[Span], findings: Findings) -> Repeating:
    earliest = before[-1].last + 1 if before else 0
    first = whole_of(entry, "from_day", findings, default=earliest)
    if first < earliest:
        findings.add(entry.keys["from_day"], f"day {first} lies in the entry before, which ends on {earliest - 1}")
    return Repeating(first, whole_of(entry, "every_days", findings, default=1, least=1), *_bounds(entry, findings))


def _days(entry: Entries, findings: Findings) -> tuple[int, int] | None:
    node = entry.values["days"]
    values = (
        [item.value if isinstance(item, Scalar) else None for item in node.items] if isinstance(node, Items) else []
    )
    whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool) and value >= 0]
    if len(values) != 2 or len(whole) != 2:
        findings.add(node.place, f"days is [first, last], two whole numbers from 0, not {spelt(node)}")
        return None
    return whole[0], whole[1]


def _bounds(entry: Entries, findings: Findings) -> tuple[int, int]:
    least = whole_of(entry, "min", findings, default=0)
    most = whole_of(entry, "max", findings, default=UNBOUNDED)
    if most < least:
        findings.add(entry.keys["max"], f"max {most} is below min {least}")
    return least, most
