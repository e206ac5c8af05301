"""People as they were known: users with the person that today's people.yaml sees in them, and memberships of users only
who had come. It must not know deals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connector.mapping.identity import identified
from connector.metrics.known.shadows import Shadows

if TYPE_CHECKING:
    from connector.mapping.people import People

_USERS = """
    SELECT v.id, v.email, v.person_id, v.source_object
    FROM known_crm_user c JOIN {store}.crm_user_version v ON v.version_id = c.version_id
"""
_PERSON = "COALESCE((SELECT p.person_id FROM known_identity p WHERE p.id = v.id), v.person_id)"
#: users who came later: nothing that is computed of them was known
_NOT_YET = "SELECT id FROM known_crm_user WHERE version_id IS NULL"


def recall_people(shadows: Shadows, people: People) -> None:
    """Puts up the views of users, memberships and quotas where any user was not known as now."""
    if "crm_user" not in shadows.found:
        return
    shadows.keep("known_identity", "id TEXT PRIMARY KEY, person_id TEXT", _identities(shadows, people))
    shadows.show("crm_user", past={"person_id": _PERSON})
    shadows.show("membership", present_only_if=f"(m.crm_user_id IS NULL OR m.crm_user_id NOT IN ({_NOT_YET}))")
    orphaned = f"CASE WHEN {{row}}.source_object IS NOT NULL AND {{row}}.owner_id IN ({_NOT_YET}) THEN NULL"
    shadows.show(
        "quota",
        present={"person_id": f"{orphaned} ELSE m.person_id END".format(row="m")},
        past={"person_id": f"{orphaned} ELSE COALESCE(v.person_id, m.person_id) END".format(row="v")},
    )


def _identities(shadows: Shadows, people: People) -> Iterator[tuple[str, str]]:
    for user, email, stored, made_from in shadows.space.rows(_USERS.format(store=shadows.space.store)):
        person = identified(people, user, email, stored, by_hand=made_from is None)
        if person is not None:
            yield user, person
