"""What the runner tells while it works; how it shows is a matter of the faces."""

from __future__ import annotations

from typing import Protocol

from connector.sync.summary import ObjectSummary


class Progress(Protocol):
    """Listens to a run."""

    def advanced(self, source: str, summary: ObjectSummary) -> None:
        """Another page of an object is committed."""

    def ended(self, source: str, summary: ObjectSummary) -> None:
        """An object is done, absent or failed."""


class Silent:
    """Listens and says nothing."""

    def advanced(self, source: str, summary: ObjectSummary) -> None:
        pass

    def ended(self, source: str, summary: ObjectSummary) -> None:
        pass
