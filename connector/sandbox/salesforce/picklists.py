"""The picklists of one org: its stages with what they imply, and the values of all others. Knows no object."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class StageSetting:
    """One value of the stage picklist and what it implies."""

    name: str
    probability: int
    forecast: str
    is_closed: bool = False
    is_won: bool = False


#: the ten stages that a new org has (recorded), with the defaults of the setup page
STAGES = (
    StageSetting("Prospecting", 10, "Pipeline"),
    StageSetting("Qualification", 10, "Pipeline"),
    StageSetting("Needs Analysis", 20, "Pipeline"),
    StageSetting("Value Proposition", 50, "Pipeline"),
    StageSetting("Id. Decision Makers", 60, "Pipeline"),
    StageSetting("Perception Analysis", 70, "Pipeline"),
    StageSetting("Proposal/Price Quote", 75, "Pipeline"),
    StageSetting("Negotiation/Review", 90, "Pipeline"),
    StageSetting("Closed Won", 100, "Closed", is_closed=True, is_won=True),
    StageSetting("Closed Lost", 0, "Omitted", is_closed=True),
)
LEAD_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted")

PICKLISTS: Mapping[str, Sequence[str]] = {
    "stage": [stage.name for stage in STAGES],
    "forecast": ["Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed"],
    "forecast_name": ["Omitted", "Pipeline", "Best Case", "Commit", "Closed"],
    "lead_status": LEAD_STATUSES,
    "type": ["Existing Customer - Upgrade", "Existing Customer - Replacement", "New Customer"],
    "source": ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"],
    "account_type": ["Prospect", "Customer - Direct", "Channel Partner / Reseller", "Other"],
    "industry": [
        "Agriculture",
        "Apparel",
        "Chemicals",
        "Electronics",
        "Energy",
        "Engineering",
        "Shipping",
        "Utilities",
    ],
    "rating": ["Hot", "Warm", "Cold"],
    "salutation": ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."],
    "ownership": ["Public", "Private", "Subsidiary", "Other"],
    "geocode": [
        "Address",
        "NearAddress",
        "Block",
        "Street",
        "ExtendedZip",
        "Zip",
        "Neighborhood",
        "City",
        "County",
        "State",
        "Unknown",
    ],
    "clean_status": [
        "Matched",
        "Different",
        "Acknowledged",
        "NotFound",
        "Inactive",
        "Pending",
        "SelectMatch",
        "Skipped",
    ],
    "case_type": ["Mechanical", "Electrical", "Electronic", "Structural", "Other"],
    "case_status": ["New", "Working", "Escalated", "Closed"],
    "case_reason": ["Installation", "Performance", "Breakdown", "Feedback", "Other"],
    "case_origin": ["Phone", "Email", "Web"],
    "priority": ["High", "Medium", "Low"],
    "task_status": ["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"],
    "task_subtype": ["Task", "Email", "ListEmail", "Call", "Cadence", "LinkedIn"],
    "call_type": ["Internal", "Inbound", "Outbound"],
    "task_priority": ["High", "Normal", "Low"],
    "tracked_field": ["Amount", "CloseDate", "created", "Owner", "StageName"],
    "data_type": ["Currency", "Date", "EntityId", "Text"],
    "subject": ["Call", "Email", "Meeting", "Send Letter/Quote", "Other"],
    "show_as": ["Busy", "OutOfOffice", "Free"],
    "event_subtype": ["Event"],
    "group_event_type": ["0", "1", "2", "3"],
    "recurrence_type": [
        "RecursDaily",
        "RecursEveryWeekday",
        "RecursMonthly",
        "RecursMonthlyNth",
        "RecursWeekly",
        "RecursYearly",
        "RecursYearlyNth",
    ],
    "recurrence_instance": ["First", "Second", "Third", "Fourth", "Last"],
    "recurrence_pattern": ["1", "2"],
    "month": list(calendar.month_name)[1:],
    "time_zone": ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"],
    "region": ["North", "South", "East", "West"],
    "currency": ["USD", "EUR", "GBP", "JPY", "KWD"],
}

#: by picklist, where users read something else than what is stored
PICKLIST_LABELS: Mapping[str, Mapping[str, str]] = {
    "forecast": {"BestCase": "Best Case", "MostLikely": "Most Likely", "Forecast": "Commit"},
    "clean_status": {
        "Matched": "In Sync",
        "Acknowledged": "Reviewed",
        "NotFound": "Not Found",
        "Pending": "Not Compared",
        "SelectMatch": "Select Match",
    },
    "show_as": {"OutOfOffice": "Out of Office"},
    "group_event_type": {
        "0": "Non-group Event",
        "1": "Group Event",
        "2": "Proposed Event",
        "3": "IsRecurrence2 Series Pattern",
    },
    "recurrence_type": {
        "RecursDaily": "Recurs Daily",
        "RecursEveryWeekday": "Recurs Every Weekday",
        "RecursMonthly": "Recurs Monthly",
        "RecursMonthlyNth": "Recurs Monthly Nth",
        "RecursWeekly": "Recurs Weekly",
        "RecursYearly": "Recurs Yearly",
        "RecursYearlyNth": "Recurs Yearly Nth",
    },
    "recurrence_instance": {"First": "1st", "Second": "2nd", "Third": "3rd", "Fourth": "4th", "Last": "last"},
    "recurrence_pattern": {"1": "RFC 5545 v4 RRULE", "2": "RFC 5545 v4_2 RRULE"},
}
