"""The closed deals added up by person, team and span, so that each is read once: a quota period is some whole spans.

A span lasts until a period begins or a period has ended, anybody's. It must not know what the sums lead to.

===================  ===================================================================================
``quota_span``       the first day of each span
``quota_sum``        the deals that no revenue split divides, added up by owner, team, status and span
``quota_tally``      credit: these sums by person, and each part of a divided deal by itself
===================  ===================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from connector.metrics.calendar import ordinal, spelled
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.population import Population

_GROUPS = {"person": "COALESCE(c.person_id, '')", "team": "COALESCE(c.team_id, '')"}


def add_up(population: Population, by: str, first: str, periods: Iterable[tuple[str, str]]) -> None:
    """Adds up what closed from ``first`` to the end of the window; ``periods`` are first and last days.

    By owner first, whose ids are short: what is sorted is what this costs.
    """
    question, space = population.question, population.space
    starts = {first, question.from_on}
    for start, end in periods:
        starts.add(start)
        if end < question.to_on:
            starts.add(spelled(ordinal(end) + 1))
    space.lookup("quota_span", "since TEXT PRIMARY KEY", ((since,) for since in sorted(starts)))
    space.keep("quota_sum", statement("quota_sums"))
    group = _GROUPS.get(by, "''")
    credit = f"SELECT c.*, {group} AS group_id FROM ({statement('quota_credits')}) AS c"
    space.keep("quota_tally", credit, index="person_id, since")
