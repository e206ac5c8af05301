"""``--known-at``: for the time of one question every table holds, under its plain name, what the store knew then.

Temporary views stand before the store's tables of the same name, so that no measure and no other file knows of
it. What was known is told by the rows, their superseded states and the instants at which both came; what is computed
from rows (visits, stages, persons) is computed again from those, by the mapping files of today. It must not know any
measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from connector.metrics.known.deals import RETOLD, recall_deals
from connector.metrics.known.ledger import recall_ledger
from connector.metrics.known.limits import limits, refuse_what_was_dropped
from connector.metrics.known.people import recall_people
from connector.metrics.known.shadows import Moment, Shadows
from connector.store.tables import VERSIONS

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.metrics.notes import Note
    from connector.metrics.parameters import Question
    from connector.metrics.workspace import Workspace
    from connector.settings import ReportSettings


@contextmanager
def as_known(space: Workspace, question: Question, mappings: Mappings, report: ReportSettings) -> Iterator[list[Note]]:
    """Puts the views up where the question has a known-at day, and takes them down at the end.

    Yields notes on what cannot be known of that day. UsageError where the states of that day were dropped.
    """
    if question.known_at is None:
        yield []
        return
    moment = Moment(question.known_at, question.known_at_end)
    refuse_what_was_dropped(space, moment)
    shadows = Shadows(space, moment)
    try:
        for table in VERSIONS:
            shadows.find(table)
        recall_people(shadows, mappings.people)
        shadows.raise_the_rest(but=RETOLD)
        recall_ledger(shadows)
        recall_deals(shadows, question, mappings, report)
        yield limits(space, moment)
    finally:
        shadows.drop()
