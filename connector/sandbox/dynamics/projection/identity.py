"""GUIDs of the made-up business: a function of kind and key, unlike their order, alike in every run."""

from __future__ import annotations

from datetime import datetime

_KINDS = {
    name: place
    for place, name in enumerate(
        (
            "account", "contact", "lead", "opportunity", "opportunityclose", "systemuser", "team", "businessunit",
            "goal", "metric", "transactioncurrency", "workflow", "processstage", "opportunitysalesprocess",
            "leadtoopportunitysalesprocess", "email", "phonecall", "appointment", "task", "campaign",
        ),
        start=1,
    )
}  # fmt: skip
_MIX = 2_654_435_761


def guid(kind: str, key: int) -> str:
    """The GUID of a record; shaped like Dataverse's sequential ones."""
    return f"{key * _MIX & 0xFFFFFFFF:08x}-{_KINDS[kind]:04x}-ed11-b83e-000d3a372421"


def maybe(kind: str, key: int | None) -> str | None:
    """The same for a reference that may be absent."""
    return None if key is None else guid(kind, key)


def spelt(at: datetime) -> str:
    """A UTC datetime as Dataverse spells it."""
    return at.isoformat()[:19] + "Z"
