"""What surrounds the deals of the made-up business, as tasks and events of a Salesforce org. Knows no HTTP.

Beside the activities themselves there is what must not be counted: copies of events for those invited (IsChild),
and the masters of recurring series. What is over for a year is archived.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from connector.sandbox.business.activities import BODY, activities
from connector.sandbox.business.model import Activity, Business
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.settings import Row, load, stamps
from connector.sandbox.salesforce.values import store

_PREFIXES = {name: sobject.prefix for name, sobject in standard_schema().items()}
#: closed tasks and past events are archived after so long (Salesforce help: archived activities)
_KEPT = timedelta(days=365)
_HOUR = timedelta(hours=1)
_SUBTYPES = {"email": "Email", "call": "Call", "task": "Task"}
_CALL_TYPES = {"in": "Inbound", "out": "Outbound"}
#: numbers of the records that are no activity of the business lie above all others
_EXTRA = 5_000_000_000


def load_activities(org: Org, business: Business) -> None:
    """Adds all tasks and events of the business."""
    rendering = _Rendering(org, business)
    found = list(activities(business, "salesforce"))
    load(org, "Task", (row for one in found if one.kind != "meeting" for row in rendering.tasks(one)))
    load(org, "Event", (row for one in found if one.kind == "meeting" for row in rendering.events(one)))
    gone = [(_object(one), activity_id(one), str(store(one.at + _HOUR))) for one in found if one.is_deleted]
    org.records.log_deletes(gone)


def activity_id(activity: Activity) -> str:
    """The id of the record that renders an activity."""
    return make_id(_PREFIXES[_object(activity)], activity.key)


def _object(activity: Activity) -> str:
    return "Event" if activity.kind == "meeting" else "Task"


class _Rendering:
    """Rows of one org; rows of one object have the same keys."""

    def __init__(self, org: Org, business: Business) -> None:
        self._org = org
        self._archived_before = datetime.combine(business.today, time(), UTC) - _KEPT
        self._companies = {deal.key: deal.company for deal in business.deals_of("salesforce")}

    def tasks(self, activity: Activity) -> Iterator[Row]:
        """The task, and with a few planned ones the master of a series."""
        row = self._common(activity) | {
            "Status": "Completed" if activity.done else "Not Started",
            "Priority": "Normal",
            "IsClosed": activity.done,
            "ActivityDate": activity.at.date(),
            "CallType": _CALL_TYPES.get(activity.direction or "") if activity.kind == "call" else None,
            "TaskSubtype": _SUBTYPES[activity.kind],
            "CompletedDateTime": activity.at if activity.done and activity.key % 5 else None,
            "IsRecurrence": False,
        }
        yield row
        if activity.kind == "task" and activity.key % 9 == 0:
            yield row | self._beside("Task", activity) | {"IsRecurrence": True, "CompletedDateTime": None}

    def events(self, activity: Activity) -> Iterator[Row]:
        """The event; every third one has a copy for whoever was invited."""
        all_day = activity.key % 8 == 0
        ends = activity.at + _HOUR
        row = self._common(activity) | {
            "IsAllDayEvent": all_day,
            "StartDateTime": datetime.combine(activity.at.date(), time(), UTC) if all_day else activity.at,
            "ActivityDateTime": None if all_day else activity.at,
            "ActivityDate": activity.at.date(),
            "EndDateTime": datetime.combine(activity.at.date(), time(), UTC) if all_day else ends,
            "EndDate": ends.date(),
            "DurationInMinutes": 1440 if all_day else 60,
            "IsChild": False,
            "IsGroupEvent": activity.key % 3 == 0,
            "GroupEventType": "1" if activity.key % 3 == 0 else "0",
            "IsRecurrence": False,
            "EventSubtype": "Event",
        }
        yield row
        if activity.key % 3 == 0:
            yield row | self._beside("Event", activity) | {"IsChild": True}

    def _common(self, activity: Activity) -> Row:
        about = ("Opportunity", activity.deal) if activity.deal is not None else ("Account", activity.company)
        who = ("Lead", activity.lead) if activity.lead is not None else ("Contact", activity.person)
        company = activity.company if activity.company is not None else self._companies.get(activity.deal or 0)
        written = min(activity.at, self._org.now()) if activity.done else self._org.now() - _HOUR
        return {
            "Id": activity_id(activity),
            "WhatId": _id(*about),
            "WhoId": _id(*who),
            "AccountId": _id("Account", company),
            "Subject": activity.subject,
            "Description": BODY,
            "OwnerId": _id("User", activity.owner),
            "IsDeleted": activity.is_deleted,
            "IsArchived": activity.done and activity.at < self._archived_before,
            **stamps(self._org, written),
        }

    def _beside(self, kind: str, activity: Activity) -> Row:
        return {"Id": make_id(_PREFIXES[kind], _EXTRA + activity.key), "IsDeleted": False}


def _id(kind: str, key: int | None) -> str | None:
    return None if key is None else make_id(_PREFIXES[kind], key)
