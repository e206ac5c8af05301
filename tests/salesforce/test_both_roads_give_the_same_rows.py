"""A record is the same canonical row by REST and by Bulk, whatever its kinds, awkward text included."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.adapters.base import Wanted
from tests.salesforce.conftest import Replica

OBJECTS = (
    "Opportunity", "Lead", "Account", "Contact", "User", "UserRole", "OpportunityHistory", "ForecastingQuota", "Task",
    "Event",
)  # fmt: skip


def every_field(running, name: str) -> Wanted:
    fields = running.salesforce.org.schema[name].fields
    return Wanted(name, tuple(field.name for field in fields if field.type not in ("address", "location")))


@pytest.mark.parametrize("name", OBJECTS)
def test_every_field_of_every_record(name, shared, make) -> None:
    wanted = every_field(shared, name)
    by_rest = Replica().pull(make(shared, bulk_from=10**9), wanted)
    jobs = len(shared.salesforce.domain.requests("/jobs/query"))
    by_bulk = Replica().pull(make(shared, bulk_from=0), wanted)
    assert len(shared.salesforce.domain.requests("/jobs/query")) > jobs
    assert by_rest.rows and by_rest.columns == by_bulk.columns
    assert by_rest.rows == by_bulk.rows
    for rest, bulk in zip(sorted(by_rest.rows.items()), sorted(by_bulk.rows.items()), strict=True):
        assert [(type(value), str(value)) for value in rest[1]] == [(type(value), str(value)) for value in bulk[1]]


def test_values_are_canonical(shared, make) -> None:
    wanted = Wanted("Opportunity", ("Amount", "IsWon", "FiscalYear", "CloseDate", "CreatedDate", "OwnerId", "Name"))
    replica = Replica().pull(make(shared), wanted)
    row = next(row for row in replica.rows.values() if row[0] is not None)
    amount, won, year, close_on, created, owner, name, *_ = row
    assert isinstance(amount, Decimal) and isinstance(won, bool) and type(year) is int
    assert len(close_on) == 10 and created.endswith("Z") and len(created) == 20 and len(owner) == 18
    assert isinstance(name, str)


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_awkward_text_survives(bulk_from: int, fresh, make) -> None:
    texts = ['=1+1,"q"', "a\nb\r\nc", "שלום 😀", "N/A", "NULL", " padded ", "x\0y", '"', "tab\there", "-5", "<b>&amp;"]
    edits = fresh.salesforce.edits
    ids = [edits.insert("Account", Name=text) for text in texts]
    replica = Replica().pull(make(fresh, bulk_from=bulk_from), Wanted("Account", ("Name",)))
    assert [replica.value(key, "Name") for key in ids] == [text.replace("\0", "") for text in texts]


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_a_parents_field_may_be_asked(bulk_from: int, shared, make) -> None:
    wanted = Wanted("Opportunity", ("Name", "Account.Name", "Owner.Email", "Account.Nothing", "Nobody.Name"))
    adapter = make(shared, bulk_from=bulk_from)
    assert adapter.shape(wanted).missing == ("Account.Nothing", "Nobody.Name")
    replica = Replica().pull(adapter, wanted)
    accounts = {row["Id"]: row["Name"] for row in shared.salesforce.edits.rows("Account")}
    told = {row["Id"]: accounts.get(row["AccountId"]) for row in shared.salesforce.edits.rows("Opportunity")}
    assert {key: replica.value(key, "Account.Name") for key in replica.rows} == told


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_an_id_that_may_lead_anywhere_is_told_apart_by_its_object(bulk_from: int, shared, make) -> None:
    fields = ("WhatId", "WhatId.Opportunity", "whatid.account", "WhoId.Lead", "WhoId.Contact")
    adapter = make(shared, bulk_from=bulk_from)
    lacking = Wanted("Task", (*fields, "WhatId.Lead", "WhatId.Nothing", "Subject.Opportunity"))
    assert adapter.shape(lacking).missing == ("WhatId.Lead", "WhatId.Nothing", "Subject.Opportunity")
    replica = Replica().pull(adapter, Wanted("Task", fields))
    for task in shared.salesforce.edits.rows("Task"):
        what, who = task["WhatId"] or "", task["WhoId"] or ""
        told = [replica.value(task["Id"], field) for field in fields]
        assert told == [
            what or None,
            what if what[:3] == "006" else None,
            what if what[:3] == "001" else None,
            who if who[:3] == "00Q" else None,
            who if who[:3] == "003" else None,
        ]
    led = [{place for row in replica.rows.values() for place, value in enumerate(row) if value is not None}]
    assert led[0] >= set(range(len(fields))), "every way is taken by some record"


def test_ids_of_an_object_that_the_user_cannot_see_are_missing(fresh, make) -> None:
    fresh.salesforce.org.hide("Lead")
    shape = make(fresh).shape(Wanted("Task", ("WhoId.Lead", "WhoId.Contact")))
    assert shape.missing == ("WhoId.Lead",)


def test_names_are_found_whatever_their_case(shared, make) -> None:
    adapter = make(shared)
    shape = adapter.shape(Wanted("opportunity", ("name", "ID", "systemmodstamp")))
    assert shape.object == "Opportunity" and shape.missing == ()
    assert (shape.id_field, shape.modified_field, shape.deleted_field) == ("ID", "systemmodstamp", "IsDeleted")
    assert Replica().pull(adapter, Wanted("Opportunity", ("name",))).rows
