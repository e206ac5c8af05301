"""Metadata is kept from run to run, asked again when its version moves, and again for what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_dataverse import ORGANIZATION, ScriptedOrg

from connector.adapters.base import FiscalCalendar, Wanted
from connector.errors import PermissionDenied
from connector.sandbox.exchange import Answer

WANTED = Wanted("lead", ("subject", "createdon"))


@pytest.fixture
def leads(org: ScriptedOrg) -> ScriptedOrg:
    org.define("lead", "leads", {"subject": "String", "createdon": "DateTime"})
    return org


def asked(org: ScriptedOrg) -> int:
    return len(org.asked("EntityDefinitions"))


def at_version(version: str | None) -> dict[str, Any]:
    kept = {name: value for name, value in ORGANIZATION.items() if "globalmetadataversion" not in name}
    return kept if version is None else {**kept, "@Microsoft.Dynamics.CRM.globalmetadataversion": version}


def test_a_second_run_asks_nothing_while_the_version_stands(leads: ScriptedOrg, connect: Any) -> None:
    cache: dict[str, str] = {}
    first = connect(cache).shape(WANTED)
    before = asked(leads)
    adapter = connect(cache)
    assert adapter.shape(WANTED) == first
    assert asked(leads) == before
    assert adapter.requests_for("lead") == 0


def test_a_new_version_is_a_reason_to_ask(leads: ScriptedOrg, connect: Any) -> None:
    cache: dict[str, str] = {}
    connect(cache).shape(WANTED)
    leads.organization = at_version("1001")
    leads.define("lead", "leads", {"createdon": "DateTime"})
    assert connect(cache).shape(WANTED).missing == ("subject",)


def test_without_a_version_columns_are_asked_once_per_run(leads: ScriptedOrg, connect: Any) -> None:
    leads.organization = at_version(None)
    cache: dict[str, str] = {}
    connect(cache).shape(WANTED)
    adapter = connect(cache)
    adapter.shape(WANTED)
    adapter.shape(WANTED)
    assert adapter.requests_for("lead") == 2


def test_a_missing_field_is_looked_for_in_every_run_until_it_shows(leads: ScriptedOrg, connect: Any) -> None:
    cache: dict[str, str] = {}
    wanted = Wanted("lead", ("subject", "new_region"))
    assert connect(cache).shape(wanted).missing == ("new_region",)
    leads.define("lead", "leads", {"subject": "String", "new_region": "Picklist"})
    adapter = connect(cache)
    shape = adapter.shape(wanted)
    assert shape.missing == () and "new_region" in shape.columns


def test_looking_for_a_missing_field_again_costs_one_request(leads: ScriptedOrg, connect: Any) -> None:
    cache: dict[str, str] = {}
    wanted = Wanted("lead", ("subject", "new_region"))
    connect(cache).shape(wanted)
    adapter = connect(cache)
    assert adapter.shape(wanted).missing == ("new_region",)
    assert adapter.requests_for("lead") == 1


def test_an_absent_table_is_absent_and_no_error(org: ScriptedOrg, connect: Any) -> None:
    adapter = connect()
    for name in ("msdyn_forecastinstance", "Not A Name'"):
        shape = adapter.shape(Wanted(name, ("a",)))
        assert shape.absent and shape.missing == ("a",)
        [page] = adapter.pages(Wanted(name, ("a",)), shape, None)
        assert page.last and not page.rows and not page.whole


def test_a_cache_of_another_form_is_no_obstacle(leads: ScriptedOrg, connect: Any) -> None:
    cache = {"dynamics.table.lead": '{"something": "else"}'}
    assert connect(cache).shape(WANTED).missing == ()


def test_the_frame_tells_currency_fiscal_year_and_small_tables(org: ScriptedOrg, connect: Any) -> None:
    org.define(
        "transactioncurrency", "transactioncurrencies", {"isocurrencycode": "String", "currencyprecision": "Integer"}
    )
    euro = "c0000000-0000-0000-0000-00000000eeee"
    org.says(
        "transactioncurrencies",
        {"value": [{"transactioncurrencyid": euro.upper(), "isocurrencycode": "EUR", "currencyprecision": 2}]},
    )
    frame = connect().frame(
        {"transactioncurrency": ("isocurrencycode", "currencyprecision"), "processstage": ("stagename",)}, []
    )
    assert frame.currency == "EUR"
    assert frame.fiscal == FiscalCalendar(start_month=4, start_day=1, named_by_start=True)
    assert frame.lookups["transactioncurrency"][euro]["currencyprecision"] == 2
    assert frame.lookups["processstage"] == {}
    [request] = org.asked("transactioncurrencies?")
    assert "track-changes" not in request.headers["Prefer"]


def test_labels_are_those_of_the_base_language(leads: ScriptedOrg, connect: Any) -> None:
    def option(value: int, **texts: str) -> dict[str, Any]:
        labels = [{"Label": text, "LanguageCode": int(code[1:])} for code, text in texts.items()]
        return {"Value": value, "Label": {"LocalizedLabels": labels, "UserLocalizedLabel": labels[0]}}

    leads.define("lead", "leads", {"new_region": "Picklist", "statecode": "State", "donotemail": "Boolean"})
    picklist = {"LogicalName": "new_region", "OptionSet": None}
    leads.options["lead", "PicklistAttributeMetadata"] = [
        {**picklist, "GlobalOptionSet": {"Options": [option(1, _1030="Nord", _1033="North"), option(2, _1030="Syd")]}}
    ]
    leads.options["lead", "StateAttributeMetadata"] = [
        {"LogicalName": "statecode", "OptionSet": {"Options": [option(0, _1030="Åben", _1033="Open")]}}
    ]
    sides = {"FalseOption": option(0, _1033="Allow"), "TrueOption": option(1, _1033="Do Not Allow")}
    leads.options["lead", "BooleanAttributeMetadata"] = [{"LogicalName": "donotemail", "OptionSet": sides}]
    cache: dict[str, str] = {}
    wanted = [("lead", name) for name in ("new_region", "statecode", "donotemail", "nope")] + [("absent", "x")]
    frame = connect(cache).frame({}, wanted)
    assert frame.labels == {
        ("lead", "new_region"): {1: "North", 2: "Syd"},
        ("lead", "statecode"): {0: "Open"},
        ("lead", "donotemail"): {0: "Allow", 1: "Do Not Allow"},
    }
    adapter = connect(cache)
    assert adapter.frame({}, wanted[:3]).labels == frame.labels
    assert adapter.requests_for("lead") == 0


def test_an_org_that_does_not_know_a_column_of_its_own_is_asked_plainly(org: ScriptedOrg, connect: Any) -> None:
    plain = org.organization

    class Picky(ScriptedOrg):
        pass

    refusal = org.refusal("0x80060888", "Could not find a property named 'fiscalyeardisplaycode'")
    original = org.__class__.__call__

    def call(self: ScriptedOrg, request: Any) -> Answer:
        self.organization = refusal if request.route.endswith("organizations") and "$select" in request.query else plain
        return original(self, request)

    org.server.app = lambda request: call(org, request)
    assert connect().organization().name == "Contoso"


def test_an_app_without_user_in_the_org_is_told_what_to_do(org: ScriptedOrg, connect: Any) -> None:
    org.organization = org.refusal("0x80072560", "The user is not a member of the organization.", 403)
    with pytest.raises(PermissionDenied) as caught:
        connect().connect()
    assert "application user" in caught.value.hint
