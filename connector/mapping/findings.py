"""Collects every mistake of every file, so that one round trip mends them all."""

from __future__ import annotations

from collections.abc import Iterable

from connector.errors import Finding, MappingError, Place
from connector.suggestions import nearest

#: with more mistakes than these a file is of another kind, or made to keep somebody busy
MOST = 500
_LONGEST = 400
_SHOWN = 60


class Findings:
    """The mistakes met so far; the same one is kept once, and after ``MOST`` of them they are only counted."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}
        #: how many were noted, the uncounted repetitions and those beyond ``MOST`` included
        self.noted = 0

    @property
    def full(self) -> bool:
        """Whether a mistake more would not be told: a reader may stop here."""
        return self.noted > MOST

    def add(self, place: Place, message: str) -> None:
        """Notes one mistake."""
        self.noted += 1
        if len(self._found) < MOST:
            short = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
            self._found[Finding(place, short)] = None

    def unknown(self, place: Place, what: str, name: object, known: Iterable[str]) -> None:
        """Notes a name that does not exist, with the nearest that does, or all of them where none is near."""
        if self.full:
            self.noted += 1
            return
        names, given = sorted(known), str(name)
        hint = nearest(given, names) or (f"; known here: {', '.join(names)}" if names else "")
        self.add(place, f"unknown {what} {given if len(given) <= _SHOWN else given[:_SHOWN] + '...'!r}{hint}")

    def all(self) -> list[Finding]:
        """Every mistake, in the order of file, line and column."""
        found = sorted(self._found, key=lambda finding: finding.place)
        if len(found) < MOST:
            return found
        return [*found, Finding(found[-1].place, f"{MOST} mistakes were told, there may be more")]

    def raise_if_any(self) -> None:
        """Raises MappingError with everything that was found."""
        if self._found:
            raise MappingError(self.all())
