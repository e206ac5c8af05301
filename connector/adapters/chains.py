"""Whether a chain of pages still leads on. Knows no vendor's links: only that none may come twice."""

from __future__ import annotations

#: empty pages in a row, beyond which nobody believes that records will follow
MOST_EMPTY = 1_000


class Chain:
    """The links followed so far; where they lead nowhere new, a read would go on for ever."""

    def __init__(self, first: str | None = None) -> None:
        self._followed = {first}
        self._empty = 0

    def trouble(self, link: str | None, records: int) -> str | None:
        """Why the chain must not be followed from a page of ``records`` to ``link`` (None: it is the last), or None."""
        if link is None:
            return None
        if link in self._followed:
            return "a next link leads back to a page that was read already"
        self._followed.add(link)
        self._empty = 0 if records else self._empty + 1
        if self._empty > MOST_EMPTY:
            return f"{self._empty} empty pages came in a row, each with a next link"
        return None
