"""How the groups of ``--by`` are called and ordered in every measure. It must not know any measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.metrics.filters import NONE
from connector.metrics.people import People, fold


@dataclass(frozen=True)
class Grouping:
    """The groups of one question; a group's id is '' where its rows have none."""

    by: str | None
    people: People

    def name(self, group_id: str) -> str:
        """What to call a group: a person or team by name, everything else as it is."""
        if group_id == "":
            return NONE
        if self.by == "team":
            return self.people.teams.get(group_id, group_id)
        if self.by == "person":
            return self.people.name_of(group_id) or group_id
        return group_id

    def order(self, group_id: str) -> tuple[Any, ...]:
        """Sorts groups by name, those without one last; two of one name by id."""
        return (group_id == "", fold(self.name(group_id)), group_id)

    def columns(self, group_id: str) -> dict[str, str | None]:
        """The columns in front of a row; empty where rows are not grouped."""
        return {"group": None if self.by is None else self.name(group_id), "group_id": group_id or None}
