"""Collects every mistake of every file, so that one round trip mends them all."""

from __future__ import annotations

from collections.abc import Iterable

from connector.errors import Finding, MappingError, Place
from connector.suggestions import nearest


class Findings:
    """The mistakes met so far; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, place: Place, message: str) -> None:
        """Notes one mistake."""
        self._found[Finding(place, message)] = None

    def unknown(self, place: Place, what: str, name: object, known: Iterable[str]) -> None:
        """Notes a name that does not exist, with the nearest that does, or all of them where none is near."""
        names = sorted(known)
        hint = nearest(str(name), names) or (f"; known here: {', '.join(names)}" if names else "")
        self.add(place, f"unknown {what} {str(name)!r}{hint}")

    def all(self) -> list[Finding]:
        """Every mistake, in the order of file, line and column."""
        return sorted(self._found, key=lambda finding: finding.place)

    def raise_if_any(self) -> None:
        """Raises MappingError with everything that was found."""
        if self._found:
            raise MappingError(self.all())
