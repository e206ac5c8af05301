"""What happened with customers, as of the day: temporary views of activities and answers, beside those of deals.

It must not know any measure.

===================  ======================================================================
``metric_activity``  activities that had happened, deleted ones left out
``metric_message``   mails that had been sent, filtered; ``address`` as the record has it
``metric_answer``    answers to satisfaction questions that had been given, likewise; filtered and grouped
===================  ======================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.metrics.population import JOIN_PERSON, PERSON, join_team
from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from connector.metrics.parameters import Question
    from connector.metrics.population import Population


def view_activities(space: Workspace, question: Question) -> None:
    """Creates ``metric_activity``."""
    occurred_on = space.days("activity", "a", "occurred_on", "", question.as_of)
    space.view(
        "metric_activity",
        "SELECT a.id, a.source, a.source_id, COALESCE(a.source_object, 'activity') AS source_object, a.kind, "
        "a.direction, a.subject_hash, a.occurred_at, a.occurred_on, a.owner_id, a.opportunity_id, a.lead_id, "
        "a.contact_id, a.account_id, a.counterpart_email FROM activity a "
        f"WHERE COALESCE(a.is_deleted, 0) = 0 AND {occurred_on} <= {literal(question.as_of)}",
    )


def view_messages(population: Population) -> None:
    """Creates ``metric_message``; the address is the mail's own, else that of its contact or lead."""
    expressions = {"source": "d.source", "person": PERSON, "team": "t.team_id"}
    used = set(population.filters.passing)
    joins = [join for key, join in (("person", JOIN_PERSON), ("team", join_team("d.occurred_on"))) if key in used]
    # a mail of which nobody says where it went was sent: of what is not known, no more than is allowed may come
    conditions = ["d.kind = 'email'", "(d.direction = 'out' OR COALESCE(LOWER(d.direction), '') NOT LIKE 'in%')"]
    conditions += [c for key, e in expressions.items() if (c := population.filters.condition(key, e)) is not None]
    population.space.view(
        "metric_message",
        "SELECT d.id, d.source, d.source_id, d.source_object, d.occurred_at, d.occurred_on, d.subject_hash, "
        "COALESCE(d.counterpart_email, c.email, l.email) AS address FROM metric_activity d "
        "LEFT JOIN contact c ON c.id = d.contact_id LEFT JOIN lead l ON l.id = d.lead_id "
        f"{' '.join(joins)} WHERE {' AND '.join(conditions)}",
    )


def view_answers(population: Population, group: str | None) -> None:
    """Creates ``metric_answer``; ``group`` is one of the keys that answers have."""
    day = literal(population.question.as_of)
    expressions = {"source": "d.source", "person": PERSON, "team": "t.team_id", "account": "d.account_id"}
    used = {*population.filters.passing, group}
    joins = [join for key, join in (("person", JOIN_PERSON), ("team", join_team("d.given_on"))) if key in used]
    conditions = ["COALESCE(d.is_deleted, 0) = 0", f"d.given_on <= {day}"]
    conditions += [c for key, e in expressions.items() if (c := population.filters.condition(key, e)) is not None]
    group_id = "''" if group is None else f"COALESCE({expressions[group]}, '')"
    population.space.view(
        "metric_answer",
        "SELECT d.id, d.source, d.source_id, COALESCE(d.source_object, 'satisfaction') AS source_object, d.score, "
        f"d.score_max, d.given_on, {group_id} AS group_id FROM satisfaction d {' '.join(joins)} "
        f"WHERE {' AND '.join(conditions)}",
    )
