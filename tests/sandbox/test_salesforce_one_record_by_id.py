"""One record by its id: which fields it has, and every way of not being there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from salesforce_clients import Ask, asking, foreign, refused

from connector.sandbox import Sandbox


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    return asking(shared)


@pytest.fixture
def lead(shared: Sandbox) -> str:
    return str(shared.salesforce.edits.rows("Lead", deleted=False)[0]["Id"])


def test_all_fields_that_the_user_sees(shared: Sandbox, ask: Ask, lead: str) -> None:
    told = ask("GET", f"/sobjects/Lead/{lead}").json()
    names = {field["name"] for field in ask("GET", "/sobjects/Lead/describe").json()["fields"]}
    assert set(told) == {"attributes", *names}
    assert told["attributes"] == {"type": "Lead", "url": f"/services/data/v60.0/sobjects/Lead/{lead}"}
    assert foreign(shared, object_pairs_hook=dict, version="60.0").Lead.get(lead) == told


def test_the_fields_asked_for_and_the_id(ask: Ask, lead: str) -> None:
    told = ask("GET", f"/sobjects/lead/{lead[:15]}", params={"fields": "name, Owner.Name"}).json()
    assert set(told) == {"attributes", "Owner", "Name", "Id"}
    assert told["Id"] == lead
    assert told["Owner"]["Name"]


@pytest.mark.parametrize("case", [str.lower, str.upper, str.swapcase])
def test_eighteen_characters_survive_the_loss_of_case(ask: Ask, lead: str, case: Callable[[str], str]) -> None:
    assert ask("GET", f"/sobjects/Lead/{case(lead)}").json()["Id"] == lead


def test_a_field_that_is_not_there(ask: Ask, lead: str) -> None:
    for names in ("Name,Nope", "Owner.Nope", "Name,", "Id FROM Lead WHERE Id != null"):
        refused(ask("GET", f"/sobjects/Lead/{lead}", params={"fields": names}), 400, "INVALID_FIELD", "No such column")


def test_a_record_that_is_not_there(ask: Ask, lead: str) -> None:
    refused(ask("GET", "/sobjects/Lead/00QQm0000zzzzzz"), 404, "NOT_FOUND", "The requested resource does not exist")
    refused(ask("GET", f"/sobjects/Account/{lead}"), 404, "NOT_FOUND", "The requested resource does not exist")
    wrong_end = lead[:15] + ("AAB" if lead[15:] != "AAB" else "AAC")
    for text in ("nonsense", "Name/x", wrong_end):
        refused(ask("GET", f"/sobjects/Lead/{text}"), 404, "NOT_FOUND", "Provided external ID field does not exist")


def test_a_deleted_record_says_so_and_one_deleted_for_good_does_not(fresh: Sandbox) -> None:
    edits, ask = fresh.salesforce.edits, asking(fresh)
    lead = edits.insert("Lead", LastName="Gone", Company="C")
    edits.delete("Lead", lead)
    refused(ask("GET", f"/sobjects/Lead/{lead}"), 404, "ENTITY_IS_DELETED", "entity is deleted")
    edits.hard_delete("Lead", lead)
    refused(ask("GET", f"/sobjects/Lead/{lead}"), 404, "NOT_FOUND")


def test_a_hidden_field_is_not_told(fresh: Sandbox) -> None:
    org, ask = fresh.salesforce.org, asking(fresh)
    lead = fresh.salesforce.edits.rows("Lead", deleted=False)[0]["Id"]
    org.hide("Lead", "Phone")
    assert "Phone" not in ask("GET", f"/sobjects/Lead/{lead}").json()
    refused(ask("GET", f"/sobjects/Lead/{lead}", params={"fields": "Phone"}), 400, "INVALID_FIELD")
    org.hide("Lead")
    refused(ask("GET", f"/sobjects/Lead/{lead}"), 404, "NOT_FOUND")
