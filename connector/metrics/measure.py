"""What every measure is: rows with notes, and the records behind each row. It must not know any one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from connector.metrics.catalog import info
from connector.metrics.grouping import Grouping

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.metrics.notes import Note
    from connector.metrics.population import Population
    from connector.metrics.result import Contribution


class Measure(ABC):
    """One question to one measure; everything is computed when it is made.

    ``rows`` are keyed by the names in ``columns``; ``notes`` are sentences, with their parts for other languages
    (notes.py); a figure that is not knowable is None with a note. ``exit_code`` is 0 but for a measure that answers
    yes or no (8: the answer is no).
    """

    #: the name in the catalog, of its SQL file and of its word on the command line
    name: ClassVar[str]
    #: the grouping where --by is not given
    default_by: ClassVar[str | None] = None

    def __init__(self, population: Population, mappings: Mappings) -> None:
        self.population = population
        self.mappings = mappings
        self.space = population.space
        self.question = population.question
        self.grouping = Grouping(population.question.by, population.people)
        self.rows: list[dict[str, Any]] = []
        self.notes: list[Note] = []
        self.exit_code = 0
        self.compute()

    @abstractmethod
    def compute(self) -> None:
        """Fills ``rows`` and ``notes``."""

    @abstractmethod
    def contributions(self, index: int) -> list[Contribution]:
        """The records behind one row: over them, every additive column sums to the row's figure."""

    @property
    def assumed(self) -> Mapping[str, str]:
        """The measure's own flags that were left out, as it took them: part of what an answer says it was asked."""
        return {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the rows, in their order."""
        grouped = self.grouping.by is not None
        return tuple(each.name for each in info(self.name).columns if grouped or not each.is_only_grouped)

    def shown(self, group_id: str, figures: Mapping[str, Any]) -> dict[str, Any]:
        """A row: the group's columns and these figures, in the order of ``columns``."""
        known = {**figures, **self.grouping.columns(group_id)}
        return {name: known[name] for name in self.columns}

    @property
    def policies(self) -> dict[str, Any]:
        """What of the mapping files decided the figures, as JSON can carry it."""
        return {}
