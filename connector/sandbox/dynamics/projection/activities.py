"""Mails, calls, meetings and tasks of the made-up business as the activities of an organization."""

from __future__ import annotations

from datetime import timedelta

from connector.sandbox.business.activities import BODY, activities
from connector.sandbox.business.model import Activity, Business
from connector.sandbox.dynamics.projection.identity import guid, spelt
from connector.sandbox.dynamics.projection.parties import Row, owned_by

TABLE_OF = {"email": "email", "call": "phonecall", "meeting": "appointment", "task": "task"}
#: (state, status) of what is done, by direction where there is one, and of what is planned
_DONE: dict[str, dict[str | None, tuple[int, int]]] = {
    "email": {"out": (1, 3), "in": (1, 4)}, "call": {"out": (1, 2), "in": (1, 4)}, "meeting": {None: (3, 5)},
    "task": {None: (1, 5)},
}  # fmt: skip
_PLANNED = {"email": (0, 1), "call": (0, 1), "meeting": (3, 5), "task": (0, 2)}
_OURS = "sales@quillmere.example"
_HOUR = timedelta(hours=1)


def activity_rows(business: Business) -> dict[str, list[tuple[Row, bool]]]:
    """Rows by table, each with whether it is still there."""
    found: dict[str, list[tuple[Row, bool]]] = {table: [] for table in TABLE_OF.values()}
    for activity in activities(business, "dynamics"):
        found[TABLE_OF[activity.kind]].append((_row(activity), not activity.is_deleted))
    return found


def activity_guid(activity: Activity) -> str:
    """The GUID of the record that renders an activity."""
    return guid(TABLE_OF[activity.kind], activity.key)


def regarding(activity: Activity) -> tuple[str, str] | None:
    """Table and GUID of the one record that the activity is about."""
    about = {
        "opportunity": activity.deal, "lead": activity.lead, "account": activity.company, "contact": activity.person,
    }  # fmt: skip
    return next(((table, guid(table, key)) for table, key in about.items() if key is not None), None)


def _row(activity: Activity) -> Row:
    state, status = _DONE[activity.kind][activity.direction] if activity.done else _PLANNED[activity.kind]
    table, key = regarding(activity) or (None, None)
    written = spelt(activity.at if activity.done else activity.at - 21 * 24 * _HOUR)
    return {
        "activityid": activity_guid(activity), "subject": activity.subject, "description": BODY,
        "_regardingobjectid_value": key, "_regardingobjectid_value:type": table, "prioritycode": 1,
        "actualend": spelt(activity.at) if activity.done and activity.kind != "meeting" else None,
        "scheduledstart": spelt(activity.at), "scheduledend": spelt(activity.at + _HOUR), "isworkflowcreated": 0,
        "createdon": written, "modifiedon": written, "statecode": state, "statuscode": status,
        **owned_by(activity.owner), **_own(activity),
    }  # fmt: skip


def _own(activity: Activity) -> Row:
    """What only a table of the kind has."""
    out = int(activity.direction == "out")
    if activity.kind == "email":
        theirs = f"{activity.address};" if activity.address else None
        return {
            "directioncode": out, "senton": spelt(activity.at), "sender": _OURS if out else activity.address,
            "torecipients": theirs if out else f"{_OURS};", "messageid": f"<{activity.key}@quillmere.example>",
        }  # fmt: skip
    if activity.kind == "call":
        return {"directioncode": out}
    return {"isalldayevent": 0} if activity.kind == "meeting" else {}
