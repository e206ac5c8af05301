"""What happened with customers, as of the day: temporary views of activities and answers, beside those of deals.

It must not know any measure.

===================  ======================================================================
``metric_activity``  activities that had happened, deleted ones left out
``metric_answer``    answers to satisfaction questions that had been given, likewise; with owner_id
===================  ======================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from connector.metrics.parameters import Question


def view_activities(space: Workspace, question: Question) -> None:
    """Creates ``metric_activity``."""
    space.view(
        "metric_activity",
        "SELECT a.id, a.source, a.source_id, COALESCE(a.source_object, 'activity') AS source_object, a.kind, "
        "a.direction, a.subject_hash, a.occurred_at, a.occurred_on, a.owner_id, a.opportunity_id, a.lead_id, "
        "a.contact_id, a.account_id, a.counterpart_email FROM activity a "
        f"WHERE COALESCE(a.is_deleted, 0) = 0 AND a.occurred_on <= {literal(question.as_of)}",
    )


def view_answers(space: Workspace, question: Question) -> None:
    """Creates ``metric_answer``."""
    space.view(
        "metric_answer",
        "SELECT s.id, s.source, s.source_id, COALESCE(s.source_object, 'satisfaction') AS source_object, s.score, "
        "s.score_max, s.given_on, s.owner_id, s.account_id FROM satisfaction s "
        f"WHERE COALESCE(s.is_deleted, 0) = 0 AND s.given_on <= {literal(question.as_of)}",
    )
