"""What a stage value of a source means: which canonical stage it falls into, and whether a deal in it is closed.

The meaning of a value depends on funnel.yaml, on what the source declares, and on the pipeline that the deal is in. It
must not know the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connector.mapping.funnel import Funnel
from connector.mapping.pipelines import Funnels

#: kinds whose stage values may be claimed by a number: the stage category of Dataverse (wire facts, processstage)
BY_CATEGORY = frozenset({"dynamics"})

#: closed values as Salesforce delivers them, and the plain words; they count where nothing else tells
STANDARD_CLOSED = {"closed won": "won", "closed lost": "lost", "won": "won", "lost": "lost"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """``status`` is None where nothing tells; ``ambiguous`` where stages of one name fall into several entries."""

    stage: str | None
    status: str | None
    ambiguous: bool = False

    @property
    def may_be_open(self) -> bool:
        return self.status in (None, "open")


@dataclass(frozen=True, slots=True)
class Declared:
    """A stage value as its source declares it."""

    position: int | None
    is_won: int | None
    is_closed: int | None

    @property
    def status(self) -> str | None:
        if self.is_won:
            return "won"
        if self.is_closed is None:
            return None
        return "lost" if self.is_closed else "open"


class StageBook:
    """Answers what a value of a source means; remembers its answers.

    ``kinds`` maps each configured source to its kind; ``declared`` are (source, value, declaration, is deleted).
    """

    def __init__(
        self,
        funnels: Funnels,
        kinds: Mapping[str, str],
        declared: Iterable[tuple[str | None, str, Declared, bool]] = (),
    ) -> None:
        self.funnels = funnels
        self._kinds = kinds
        self._every_kind = sorted({"salesforce", "dynamics", *kinds.values()})
        self._live: dict[tuple[str | None, str], list[Declared]] = {}
        self._deleted: dict[tuple[str | None, str], list[Declared]] = {}
        for source, value, row, is_deleted in declared:
            (self._deleted if is_deleted else self._live).setdefault((source, value), []).append(row)
        self._known: dict[tuple[str | None, str, str | None], Meaning] = {}

    def meaning(self, source: str | None, value: str, pipeline: str | None) -> Meaning:
        """What a value means to a deal of a pipeline.

        A declared closed value has no canonical stage, whatever the funnel claims.
        """
        key = (source, value, pipeline)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(source, value, self.funnels.of(pipeline))
        return known

    def declared(self) -> list[tuple[str | None, str]]:
        """Source and value of all that is declared: what changes when ``source_stage`` changes."""
        return list(dict.fromkeys((*self._live, *self._deleted)))

    def stage_of_row(self, source: str | None, value: str, row: Declared) -> str | None:
        """The canonical stage of one declared row by its own position, also where its name is ambiguous.

        The default funnel's claim goes first; of the others those count that agree.
        """
        if row.status in ("won", "lost"):
            return None
        by_default = self._claim(source, value, row.position, self.funnels.default)
        others = {self._claim(source, value, row.position, funnel) for funnel in self.funnels.own.values()} - {None}
        return by_default or (others.pop() if len(others) == 1 else None)

    def _find(self, source: str | None, value: str, funnel: Funnel) -> Meaning:
        rows = self._live.get((source, value)) or self._deleted.get((source, value)) or []
        told = {row.status for row in rows} - {None}
        status = told.pop() if len(told) == 1 else None
        if status in ("won", "lost"):
            return Meaning(None, status)
        places = {row.position for row in rows} or {None}
        claims = {self._claim(source, value, position, funnel) for position in places}
        if len(claims) > 1:
            return Meaning(None, "open", ambiguous=True)
        stage = claims.pop()
        if stage is None and status is None:
            return Meaning(None, STANDARD_CLOSED.get(value.strip().casefold()))
        return Meaning(stage, "open")

    def _claim(self, source: str | None, value: str, position: int | None, funnel: Funnel) -> str | None:
        """A source that is not configured any more may be of any kind: its value counts where all claims agree."""
        kind = self._kinds.get(source or "")
        kinds = [kind] if kind else self._every_kind
        found = {_claim_as(each, value, position, funnel) for each in kinds} - {None}
        return found.pop() if len(found) == 1 else None


def _claim_as(kind: str, value: str, position: int | None, funnel: Funnel) -> str | None:
    if kind not in BY_CATEGORY:
        return funnel.claim(kind, value, None)
    if position is None and value.isascii() and value.isdigit():
        position = int(value)
    return funnel.claim(kind, value, position)
