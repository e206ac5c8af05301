"""Which objects refer to one, as describe tells of it. Knows no record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.salesforce.objects import SObject

#: how a parent's children are called, by child and field, as recorded describes name them
_NAMES = {
    ("Account", "ParentId"): "ChildAccounts",
    ("CampaignMember", "ContactId"): "CampaignMembers",
    ("CampaignMember", "LeadId"): "CampaignMembers",
    ("Case", "AccountId"): "Cases",
    ("Case", "ContactId"): "Cases",
    ("Case", "ParentId"): "Cases",
    ("Contact", "AccountId"): "Contacts",
    ("Event", "RecurrenceActivityId"): "RecurringEvents",
    ("Event", "WhatId"): "Events",
    ("Event", "WhoId"): "Events",
    ("Opportunity", "AccountId"): "Opportunities",
    ("Opportunity", "ContactId"): "Opportunities",
    ("OpportunityFieldHistory", "OpportunityId"): "Histories",
    ("OpportunityHistory", "OpportunityId"): "OpportunityHistories",
    ("Task", "WhatId"): "Tasks",
    ("Task", "WhoId"): "Tasks",
}
_CASCADING = frozenset(
    {
        ("CampaignMember", "ContactId"),
        ("CampaignMember", "LeadId"),
        ("Contact", "AccountId"),
        ("Event", "WhatId"),
        ("Event", "WhoId"),
        ("Opportunity", "AccountId"),
        ("OpportunityFieldHistory", "OpportunityId"),
        ("OpportunityHistory", "OpportunityId"),
        ("Task", "WhatId"),
        ("Task", "WhoId"),
    }
)
_RESTRICTING = frozenset({("Case", "AccountId"), ("Case", "ContactId")})


def child_relationships(parent: str, schema: Mapping[str, SObject]) -> list[dict[str, Any]]:
    """An entry for every reference to ``parent``; merge losers are not told as children of their master."""
    return [
        {
            "cascadeDelete": (child.name, field.name) in _CASCADING,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": _NAMES.get((child.name, field.name)),
            "restrictedDelete": (child.name, field.name) in _RESTRICTING,
        }
        for _, child in sorted(schema.items())
        for field in child.fields
        if parent in field.targets and field.name != "MasterRecordId"
    ]
