"""Every record behind a figure has a link into the CRM it came from, without signing in."""

from connector.adapters.links import record_link
from connector.settings import DynamicsSource, SalesforceSource


def salesforce(**keys: str) -> SalesforceSource:
    return SalesforceSource(name="acme", kind="salesforce", **keys)


def test_salesforce_opens_in_lightning() -> None:
    link = record_link(salesforce(domain="acme.my"), {}, "Opportunity", "006000000000001AAA")
    assert link == "https://acme.my.salesforce.com/lightning/r/Opportunity/006000000000001AAA/view"


def test_an_org_that_only_a_sign_in_tells_is_remembered() -> None:
    source = salesforce(auth="jwt")
    assert record_link(source, {}, "Lead", "00Q000000000001AAA") is None
    link = record_link(source, {"instance_url": "https://a.my.salesforce.com"}, "Lead", "00Q000000000001AAA")
    assert link == "https://a.my.salesforce.com/lightning/r/Lead/00Q000000000001AAA/view"


def test_dynamics_opens_its_form() -> None:
    source = DynamicsSource(name="contoso", kind="dynamics", url="https://contoso.crm.dynamics.com")
    link = record_link(source, {}, "opportunity", "60c4e274-0d87-e711-80e5-00155db19e6d")
    assert link == (
        "https://contoso.crm.dynamics.com/main.aspx?pagetype=entityrecord&etn=opportunity"
        "&id=60c4e274-0d87-e711-80e5-00155db19e6d"
    )


def test_a_row_put_in_by_hand_opens_where_its_id_is_enough() -> None:
    dynamics = DynamicsSource(name="contoso", kind="dynamics", url="https://contoso.crm.dynamics.com")
    assert record_link(salesforce(domain="acme.my"), {}, "", "006000000000001AAA") == (
        "https://acme.my.salesforce.com/006000000000001AAA"
    )
    assert record_link(dynamics, {}, "", "60c4e274-0d87-e711-80e5-00155db19e6d") is None
