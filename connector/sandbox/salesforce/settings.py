"""What every org has before any business: its own record, users, a queue, stages; and how rows are loaded into it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connector.sandbox.salesforce.edits import stage_row
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.picklists import LEAD_STATUSES
from connector.sandbox.salesforce.values import store

CHUNK = 10_000

Row = dict[str, Any]


def fill_settings(org: Org, start: datetime, name: str) -> None:
    """What every org has: its own record, the integration user, a queue, its stages and statuses."""
    stamped = stamps(org, start)
    load(org, "Organization", [_organization(org, name, stamped)])
    if "User" in org.schema:
        user = user_row(
            org.user_id, "Integration", "User", "integration@quillmere.example", ForecastEnabled=False, **stamped
        )
        load(org, "User", [{"CurrencyIsoCode": "USD", "DefaultCurrencyIsoCode": "USD", **user}])
    queue = {"Id": org.queue_id, "Name": "Inbound Leads", "DeveloperName": "Inbound_Leads", "Type": "Queue", **stamped}
    load(org, "Group", [queue])
    names = [{"MasterLabel": name, "ApiName": name, "SortOrder": place} for place, name in enumerate(LEAD_STATUSES, 1)]
    load(
        org,
        "LeadStatus",
        (
            {"Id": make_id("01J", 500 + place), **row, "IsDefault": place == 0, "IsConverted": place == 2, **stamped}
            for place, row in enumerate(names)
        ),
    )
    load(
        org,
        "OpportunityStage",
        (
            {"Id": make_id("01J", place), **stage_row(stage, place), **stamped}
            for place, stage in enumerate(org.stages, 1)
        ),
    )
    org.records.reserve("01J", 1_000)


def load(org: Org, kind: str, rows: Iterable[Row]) -> None:
    """Adds rows to an object, leaving out what this org's object has not; rows share their keys."""
    sobject = org.schema.get(kind)
    if sobject is None:
        return
    columns: list[str] = []
    values = []
    for row in rows:
        columns = columns or [name for name in row if sobject.field(name)]
        values.append([store(row[name]) for name in columns])
        if len(values) == CHUNK:
            org.records.insert(sobject, columns, values)
            values = []
    if values:
        org.records.insert(sobject, columns, values)


def stamps(org: Org, created: datetime, modified: datetime | None = None) -> Row:
    """The five system fields."""
    modified = modified or created
    return {
        "CreatedDate": created,
        "CreatedById": org.user_id,
        "LastModifiedDate": modified,
        "LastModifiedById": org.user_id,
        "SystemModstamp": modified,
    }


def user_row(identity: str, first: str, last: str, email: str, **more: Any) -> Row:
    """A User record."""
    return {
        "Id": identity,
        "Username": f"{email}.acme",
        "LastName": last,
        "FirstName": first,
        "Name": f"{first} {last}",
        "Email": email,
        "IsActive": True,
        "TimeZoneSidKey": "Europe/Berlin",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "ProfileId": make_id("00e", 1),
        "UserType": "Standard",
        **more,
    }


def _organization(org: Org, name: str, stamped: Row) -> Row:
    return {
        "Id": org.id,
        "Name": name,
        "Country": "DE",
        "DefaultLocaleSidKey": "en_US",
        "TimeZoneSidKey": "Europe/Berlin",
        "LanguageLocaleKey": "en_US",
        "FiscalYearStartMonth": 1,
        "UsesStartDateAsFiscalYearName": False,
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "EU99",
        "IsSandbox": False,
        **stamped,
    }
