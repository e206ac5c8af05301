"""Which team a CRM user belonged to, from a day to a day, told from the team that the user has now.

The first team seen holds for all the past; a later change holds from the day on which the source changed the
user. Memberships put in by hand are only ever added to. What a move replaces is kept, with the instant at which the
move came into the store. A user who came with a team needs none: it is known as soon as its user is.
"""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.versions import supersede
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch, run_many

#: users with a team that no membership mentions
_NEW = """
    SELECT id, team_id,
           CASE WHEN EXISTS (SELECT 1 FROM crm_user_version AS v WHERE v.id = crm_user.id) THEN synced_at END
    FROM crm_user
    WHERE team_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM membership WHERE membership.crm_user_id = crm_user.id)
"""
#: users of a sync whose team is not the one of their open membership
_MOVED = """
    SELECT u.id, u.team_id, u.source_modified_at, u.synced_at, m.id, m.valid_from
    FROM crm_user AS u
    LEFT JOIN membership AS m ON m.crm_user_id = u.id AND m.valid_to IS NULL
    WHERE u.source_object IS NOT NULL AND u.team_id IS NOT m.team_id
      AND EXISTS (SELECT 1 FROM membership AS known WHERE known.crm_user_id = u.id)
      AND NOT EXISTS (SELECT 1 FROM membership AS same
                      WHERE same.crm_user_id = u.id AND same.valid_to IS NULL AND same.team_id = u.team_id)
    ORDER BY u.id
"""
_INSERT = (
    "INSERT OR REPLACE INTO membership (id, crm_user_id, team_id, valid_from, valid_to, synced_at) "
    "VALUES (?, ?, ?, ?, NULL, ?)"
)


def derive_memberships(conn: Connection, context: DeriveContext) -> None:
    """Adds and closes memberships where users came or moved; a replay finds nothing to do."""
    moved = list(fetch(conn, _MOVED))
    run_many(conn, _INSERT, ((f"{user}@", user, team, None, seen) for user, team, seen in list(fetch(conn, _NEW))))
    for row in moved:
        _move(conn, context, row)


def _move(conn: Connection, context: DeriveContext, row: Row) -> None:
    user, team, modified_at, synced_at, open_id, open_from = row
    day, seen_at = context.day(modified_at) or context.today, synced_at or context.now
    if open_id is not None:
        supersede(conn, "membership", [open_id], known_to=seen_at)
    if open_id is not None and open_from is not None and day <= open_from:
        # moved again before the day of the last move was over: the last word of a day holds
        run_many(conn, "DELETE FROM membership WHERE id = ?", [(open_id,)])
        day = open_from
    elif open_id is not None:
        run_many(conn, "UPDATE membership SET valid_to = ?, synced_at = ? WHERE id = ?", [(day, seen_at, open_id)])
    if team is not None:
        supersede(conn, "membership", [f"{user}@{day}"], known_to=seen_at)
        run_many(conn, _INSERT, [(f"{user}@{day}", user, team, day, seen_at)])
