"""Hidden fields and objects, single-currency orgs and vanishing fields never stop a read; limits and permissions do."""

from __future__ import annotations

import pytest

from connector import sandbox
from connector.adapters.base import Wanted
from connector.errors import LimitReached, PermissionDenied, RequestRefused
from connector.sandbox.server import Answer
from tests.salesforce.conftest import DEAL, Replica
from tests.salesforce.test_bulk_results_are_whole_or_refused import tamper

LOOKUPS = {
    "CurrencyType": ("IsoCode", "ConversionRate"),
    "Period": ("StartDate", "EndDate", "Type"),
    "ForecastingType": ("DeveloperName", "IsAmount"),
    "NoSuchThing__c": ("Name",),
}


def test_a_hidden_field_is_missing(fresh, make) -> None:
    fresh.salesforce.org.hide("Opportunity", "Amount")
    adapter = make(fresh)
    shape = adapter.shape(DEAL)
    assert shape.missing == ("Amount",) and "Amount" not in shape.columns and not shape.absent
    assert Replica().pull(adapter, DEAL).rows
    fresh.salesforce.org.reveal("Opportunity", "Amount")
    assert make(fresh).shape(DEAL).missing == ()


def test_a_hidden_object_is_absent(fresh, make) -> None:
    fresh.salesforce.org.hide("ForecastingQuota")
    adapter = make(fresh)
    wanted = Wanted("ForecastingQuota", ("QuotaAmount",))
    shape = adapter.shape(wanted)
    assert shape.absent and shape.missing == ("QuotaAmount",)
    assert [(page.rows, page.last, page.whole) for page in adapter.pages(wanted, shape, None)] == [([], True, False)]


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_a_field_that_vanishes_within_the_run_reads_as_null(bulk_from: int, fresh, make) -> None:
    adapter = make(fresh, bulk_from=bulk_from)
    shape = adapter.shape(DEAL)
    fresh.salesforce.org.hide("Opportunity", "Amount")
    rows = [row for page in adapter.pages(DEAL, shape, None) for row in page.rows]
    assert rows and {row[shape.columns.index("Amount")] for row in rows} == {None}
    assert all(row[shape.columns.index("Name")] for row in rows)
    assert make(fresh).shape(DEAL).missing == ("Amount",)


def test_the_frame_holds_small_objects_whole(fresh, make) -> None:
    frame = make(fresh).frame(LOOKUPS, [])
    assert frame.currency == "USD"
    assert {record["IsoCode"] for record in frame.lookups["CurrencyType"].values()} >= {"USD", "EUR"}
    period = next(iter(frame.lookups["Period"].values()))
    assert len(str(period["StartDate"])) == 10 and frame.lookups["NoSuchThing__c"] == {}
    assert any(record["IsAmount"] is True for record in frame.lookups["ForecastingType"].values())


def test_a_single_currency_org_has_no_currencies_and_is_no_error(make) -> None:
    with sandbox.start(systems=("salesforce",), deals=5, multi_currency=False) as running:
        adapter = make(running)
        frame = adapter.frame(LOOKUPS, [])
        assert frame.currency is None and frame.lookups["CurrencyType"] == {}
        assert adapter.shape(Wanted("DatedConversionRate", ("IsoCode",), reference=True)).absent
        wanted = Wanted("Opportunity", ("Amount", "CurrencyIsoCode"))
        assert adapter.shape(wanted).missing == ("CurrencyIsoCode",)
        assert Replica().pull(adapter, wanted).rows


def test_describe_is_asked_once_per_run_and_object(fresh, make) -> None:
    adapter = make(fresh)
    for _ in range(3):
        adapter.shape(DEAL)
    Replica().pull(adapter, DEAL)
    assert len(fresh.salesforce.domain.requests("Opportunity/describe")) == 1


def test_a_very_wide_query_is_asked_in_another_way(fresh, make) -> None:
    """CaseStatus is no object for Bulk, so its columns are asked in parts; Opportunity simply goes by Bulk."""
    from connector.adapters.salesforce import client, rest

    wanted = Wanted("CaseStatus", ("MasterLabel", "ApiName", "SortOrder", "IsClosed", "IsDefault"))
    plain = Replica().pull(make(fresh), wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rest, "LONGEST_QUERY", 70)
        parts = Replica().pull(make(fresh), wanted)
        assert len(fresh.salesforce.domain.requests("/queryAll")) > 2
        deals = Replica().pull(make(fresh), DEAL)
    assert client.LONGEST_QUERY == 12_000
    assert parts.rows == plain.rows
    assert fresh.salesforce.domain.requests("/jobs/query") and deals.rows


def test_a_spent_daily_limit_is_told_as_such(fresh, make) -> None:
    adapter = make(fresh)
    fresh.salesforce.org.usage.used = fresh.salesforce.org.usage.most
    with pytest.raises(LimitReached, match="REQUEST_LIMIT_EXCEEDED") as caught:
        adapter.shape(DEAL)
    assert caught.value.exit_code == 4


def test_too_many_requests_at_once_pass_by_themselves(fresh, make) -> None:
    busy = b'[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentPerOrgLongTxn Limit exceeded."}]'
    tamper(fresh, "/describe", lambda answer: Answer(403, {"Content-Type": "application/json"}, busy), times=3)
    assert Replica().pull(make(fresh), DEAL).rows


def test_a_missing_permission_is_one(fresh, make) -> None:
    no = b'[{"errorCode":"API_DISABLED_FOR_ORG","message":"The REST API is not enabled for this Organization."}]'
    tamper(fresh, "/describe", lambda answer: Answer(403, {"Content-Type": "application/json"}, no))
    with pytest.raises(PermissionDenied, match="API_DISABLED") as caught:
        make(fresh).shape(DEAL)
    assert caught.value.exit_code == 3


def test_a_next_link_that_leads_away_is_refused(fresh, make) -> None:
    fresh.salesforce.org.page_size = 5

    def lure(answer: Answer) -> Answer:
        body = answer.body.replace(b'"nextRecordsUrl":"', b'"nextRecordsUrl":"https://evil.invalid')
        return Answer(200, answer.headers, body)

    tamper(fresh, "/queryAll", lure)
    with pytest.raises(RequestRefused, match=r"evil\.invalid"):
        Replica().pull(make(fresh), DEAL)


@pytest.mark.parametrize("edge", [406, 420])
def test_an_org_that_is_being_moved_is_waited_for(edge: int, fresh, make) -> None:
    tamper(fresh, "/queryAll", lambda answer: Answer(edge), times=2)
    assert Replica().pull(make(fresh), DEAL).rows


def test_a_service_that_takes_no_future_end_is_remembered(fresh, make) -> None:
    no = b'[{"errorCode":"INVALID_REPLICATION_DATE","message":"endDate is in the future"}]'
    touched = tamper(fresh, "/deleted/", lambda answer: Answer(400, {"Content-Type": "application/json"}, no))
    cache: dict[str, str] = {}
    replica = Replica().pull(make(fresh, cache=cache), DEAL)
    assert touched and replica.cursor and cache
    adapter = make(fresh, cache=cache)
    replica.pull(adapter, DEAL)
    assert adapter.requests_for("Opportunity") <= 3 and not replica.was_whole


def test_check_tells_line_by_line(fresh, make) -> None:
    fresh.salesforce.org.hide("Opportunity", "Amount")
    fresh.salesforce.org.hide("Lead")
    adapter = make(fresh, connect=False)
    lines = list(adapter.checks([DEAL, Wanted("Lead", ("Name",)), Wanted("Account", ("Name",))]))
    told = {line.what: line for line in lines}
    assert lines[0].ok and "client_credentials" in lines[0].what
    assert any("API calls left" in what for what in told) and any("clock" in what for what in told)
    bad = [line for line in lines if not line.ok]
    assert [line.what.split(":")[0] for line in bad] == ["Opportunity.Amount", "Lead"]
    assert all(line.mend for line in bad)
    assert any("Lead: the org lacks this object or hides it" in what for what in told)


def test_check_never_raises_for_a_wrong_password(fresh, make) -> None:
    adapter = make(fresh, connect=False, client_secret="wrong-secret-9")
    (line,) = adapter.checks([DEAL])
    assert not line.ok and "invalid_client" in line.what and line.mend
