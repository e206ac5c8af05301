"""What the packaged mappings make of the records of both CRMs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connector.adapters.base import FiscalCalendar, Value
from connector.mapping import Context
from tests.mapping.workbench import Bench, context, frame, load, rows_of

MAPPINGS = load(None, "salesforce", "dynamics")
USD = "5f8d1c1e-0000-4000-8000-000000000001"
STAGES = {
    "11111111-0000-4000-8000-000000000001": {"stagename": "Qualify"},
    "11111111-0000-4000-8000-000000000002": {"stagename": "Develop"},
}
FRAME = frame(
    lookups={
        "transactioncurrency": {USD: {"isocurrencycode": "USD"}},
        "processstage": STAGES,
        "OpportunitySplitType": {"1OT1": {"IsTotalValidated": True}, "1OT2": {"IsTotalValidated": False}},
        "Period": {"026": {"StartDate": "2026-01-01", "EndDate": "2026-03-31"}},
        "ForecastingType": {"0Db1": {"DeveloperName": "OpportunityRevenue"}, "0Db2": {"DeveloperName": "OpportunitySplitRevenue"}},
    },
    labels={("lead", "statuscode"): {3: "Qualified"}},
    fiscal=FiscalCalendar(),
)  # fmt: skip


def salesforce(name: str, *rows: dict[str, Value], ctx: Context | None = None) -> list[dict[str, Any]]:
    return rows_of(Bench(MAPPINGS, "salesforce", name, ctx or context(frame=FRAME)).map(*rows))


def dynamics(name: str, *rows: dict[str, Value]) -> list[dict[str, Any]]:
    bench = Bench(MAPPINGS, "dynamics", name, context(source="contoso", frame=FRAME, default_currency="EUR"))
    mapped = bench.map(*rows)
    assert mapped.rejects == []
    return rows_of(mapped)


def test_a_salesforce_deal() -> None:
    row: dict[str, Value] = {
        "Id": "006A", "Name": "Deal", "AccountId": "001A", "OwnerId": "005A", "StageName": "Closed Won", "IsWon": True,
        "IsClosed": True, "Probability": Decimal(100), "Amount": Decimal("1500.5"), "CloseDate": "2026-03-31",
        "CreatedDate": "2026-01-31T23:30:00Z", "SystemModstamp": "2026-04-01T08:00:00Z", "IsDeleted": False,
    }  # fmt: skip
    (deal,) = salesforce("Opportunity", row)
    assert deal | {
        "id": "acme:006A", "source": "acme", "source_id": "006A", "source_object": "Opportunity", "is_deleted": 0,
        "source_modified_at": "2026-04-01T08:00:00Z", "account_id": "acme:001A", "owner_id": "acme:005A",
        "source_stage": "Closed Won", "status": "won", "probability": 1.0, "amount_minor": 150050, "currency": "USD",
        "created_on": "2026-02-01", "close_on": "2026-03-31", "pipeline": "default",
    } == deal  # fmt: skip


def test_statuses_of_salesforce_deals_and_leads() -> None:
    deals = salesforce(
        "Opportunity",
        {"Id": "1", "IsWon": False, "IsClosed": False},
        {"Id": "2", "IsWon": False, "IsClosed": True},
        {"Id": "3", "IsWon": True, "IsClosed": True, "IsDeleted": True},
    )
    assert [(deal["status"], deal["is_deleted"]) for deal in deals] == [("open", 0), ("lost", 0), ("won", 1)]
    statuses = ["Open - Not Contacted", "Closed - Not Converted", "Unqualified", "Disqualified", None]
    leads = salesforce("Lead", *({"Id": str(n), "Status": status} for n, status in enumerate(statuses)))
    assert [lead["status"] for lead in leads] == ["open", "disqualified", "disqualified", "disqualified", "open"]
    (lead,) = salesforce(
        "Lead", {"Id": "1", "IsConverted": True, "Status": "Unqualified", "ConvertedDate": "2026-02-24"}
    )
    assert (lead["status"], lead["converted_at"]) == ("qualified", "2026-02-24")


def test_only_quotas_of_opportunity_revenue_count() -> None:
    bench = Bench(MAPPINGS, "salesforce", "ForecastingQuota", context(frame=FRAME))
    quota: dict[str, Value] = {"QuotaOwnerId": "005A", "PeriodId": "026", "QuotaAmount": 1000, "IsAmount": True}
    mapped = bench.map(
        {**quota, "Id": "1", "ForecastingTypeId": "0Db1"},
        {**quota, "Id": "2", "ForecastingTypeId": "0Db2"},
        {**quota, "Id": "3", "ForecastingTypeId": "0Db1", "IsAmount": False, "QuotaAmount": None},
    )
    (row,) = rows_of(mapped)
    assert mapped.dropped == ["2", "3"]
    assert (row["owner_id"], row["period_start"], row["period_end"]) == ("acme:005A", "2026-01-01", "2026-03-31")
    assert (row["amount_minor"], row["currency"], row["kind"]) == (100000, "USD", "revenue")
    unreadable = Bench(MAPPINGS, "salesforce", "ForecastingQuota", context(frame=frame()))
    assert unreadable.map({**quota, "Id": "1", "ForecastingTypeId": "0Db1"}).accepted == ["1"]


def test_only_what_was_done_is_an_activity_of_salesforce() -> None:
    done: dict[str, Value] = {"IsClosed": True, "IsRecurrence": False, "ActivityDate": "2026-02-01"}
    tasks = Bench(MAPPINGS, "salesforce", "Task", context(frame=FRAME)).map(
        {**done, "Id": "1", "TaskSubtype": "Task"},
        {**done, "Id": "2", "IsClosed": False},
        {**done, "Id": "3", "IsRecurrence": True},
    )
    assert (tasks.accepted, tasks.dropped, tasks.rejects) == (["1"], ["2", "3"], [])
    held: dict[str, Value] = {"IsChild": False, "IsRecurrence": False, "StartDateTime": "2026-02-01T09:00:00Z"}
    events = Bench(MAPPINGS, "salesforce", "Event", context(frame=FRAME)).map(
        {**held, "Id": "1"}, {**held, "Id": "2", "IsChild": True}, {**held, "Id": "3", "IsRecurrence": True}
    )
    assert (events.accepted, events.dropped, events.rejects) == (["1"], ["2", "3"], [])


def test_a_salesforce_task_is_a_mail_a_call_or_a_task() -> None:
    done: dict[str, Value] = {"IsClosed": True, "CompletedDateTime": "2026-01-31T23:30:00Z", "Subject": "Offer "}
    kinds = [("Email", None), ("ListEmail", None), ("Call", "Inbound"), ("Task", "Outbound"), ("Call", None)]
    rows = [
        {**done, "Id": str(at), "TaskSubtype": subtype, "CallType": call}
        for at, (subtype, call) in enumerate([*kinds, ("Cadence", None), (None, None)])
    ]
    found = salesforce("Task", *rows)
    assert [(one["kind"], one["direction"]) for one in found] == [
        ("email", "out"), ("email", "out"), ("call", "in"), ("call", "out"), ("call", None), ("task", None), ("task", None),
    ]  # fmt: skip
    assert {(one["occurred_at"], one["occurred_on"]) for one in found} == {("2026-01-31T23:30:00Z", "2026-02-01")}
    assert len({one["subject_hash"] for one in found}) == 1 and "ffer" not in str(found)


def test_a_day_without_a_time_stays_a_day_of_an_activity() -> None:
    (task,) = salesforce("Task", {"Id": "1", "IsClosed": True, "ActivityDate": "2026-02-01"})
    all_day: dict[str, Value] = {"IsAllDayEvent": True, "StartDateTime": "2026-02-01T00:00:00Z"}
    (event,) = salesforce("Event", {"Id": "1", **all_day, "ActivityDate": "2026-02-01"})
    assert [(one["occurred_at"], one["occurred_on"]) for one in (task, event)] == [(None, "2026-02-01")] * 2
    (dateless,) = salesforce("Task", {"Id": "1", "IsClosed": True, "CreatedDate": "2026-01-31T23:30:00Z"})
    assert (dateless["occurred_at"], dateless["occurred_on"]) == ("2026-01-31T23:30:00Z", "2026-02-01")


def test_a_split_is_revenue_where_its_type_must_add_up() -> None:
    rows = [
        {"Id": str(at), "OpportunityId": "006A", "SplitOwnerId": "005A", "SplitTypeId": kind, "SplitPercentage": share}
        for at, (kind, share) in enumerate([("1OT1", Decimal("33.33")), ("1OT2", Decimal(50)), ("1OT3", Decimal(5))])
    ]
    found = salesforce("OpportunitySplit", *rows)
    assert [(one["kind"], one["share"]) for one in found] == [("revenue", 0.3333), ("overlay", 0.5), (None, 0.05)]
    assert {(one["opportunity_id"], one["owner_id"]) for one in found} == {("acme:006A", "acme:005A")}


def test_salesforce_history_stages_and_rates() -> None:
    (event,) = salesforce(
        "OpportunityHistory",
        {"Id": "008", "OpportunityId": "006A", "CreatedDate": "2026-02-01T10:00:00Z", "StageName": "Prospecting"},
    )
    assert (event["opportunity_id"], event["evidence"], event["source_stage"]) == (
        "acme:006A",
        "history",
        "Prospecting",
    )
    assert (event["occurred_at"], event["occurred_on"]) == ("2026-02-01T10:00:00Z", "2026-02-01")
    (stage,) = salesforce(
        "OpportunityStage", {"Id": "01J", "MasterLabel": "Won!", "ApiName": "Closed Won", "IsWon": True}
    )
    assert (stage["value"], stage["name"], stage["is_won"]) == ("Closed Won", "Won!", 1)
    (static,) = salesforce("CurrencyType", {"Id": "01L", "IsoCode": "EUR", "ConversionRate": Decimal("0.910")})
    assert (static["currency"], static["units_per_base"], static["dated"]) == ("EUR", "0.91", 0)
    (dated,) = salesforce(
        "DatedConversionRate",
        {"Id": "04w", "IsoCode": "EUR", "ConversionRate": 1, "StartDate": "2026-01-01", "NextStartDate": "9999-12-31"},
    )
    assert (dated["valid_from"], dated["valid_to"], dated["dated"]) == ("2026-01-01", "9999-12-31", 1)


def test_dynamics_deals_are_worth_what_they_brought() -> None:
    deal: dict[str, Value] = {
        "_transactioncurrencyid_value": USD, "estimatedvalue": Decimal("100.0000"), "actualvalue": Decimal("90.0000"),
        "estimatedclosedate": "2026-05-01", "actualclosedate": "2026-04-20", "salesstage": 2,
        "_parentaccountid_value": None, "_customerid_value.account": "a1", "closeprobability": 40,
    }  # fmt: skip
    deals = dynamics(
        "opportunity",
        *({**deal, "Id": str(state), "statecode": state} for state in (0, 1, 2)),
        {**deal, "Id": "3", "statecode": 1, "actualvalue": None, "actualclosedate": None},
    )
    found = [(one["status"], one["amount_minor"], one["close_on"]) for one in deals]
    assert found == [
        ("open", 10000, "2026-05-01"),
        ("won", 9000, "2026-04-20"),
        ("lost", 10000, "2026-04-20"),
        ("won", 10000, "2026-05-01"),
    ]
    assert (deals[0]["account_id"], deals[0]["source_stage"], deals[0]["probability"]) == ("contoso:a1", "2", 0.4)
    assert {one["currency"] for one in deals} == {"USD"}


def test_a_dynamics_lead_names_what_it_became_once_it_is_qualified() -> None:
    lead: dict[str, Value] = {"_parentcontactid_value": "c1", "_parentaccountid_value": "a1", "statuscode": 3}
    leads = dynamics("lead", *({**lead, "Id": str(state), "statecode": state} for state in (0, 1, 2)))
    assert [one["status"] for one in leads] == ["open", "qualified", "disqualified"]
    assert [one["contact_id"] for one in leads] == [None, "contoso:c1", None]
    assert leads[1]["source_status"] == "Qualified"


def test_a_process_instance_becomes_its_path_and_its_dated_stage() -> None:
    one, two = STAGES
    instance: dict[str, Value] = {
        "Id": "b1", "_opportunityid_value": "o1", "traversedpath": f"{one}, {two.upper()},{one}",
        "_activestageid_value": two, "activestagestartedon": "2026-03-01T10:00:00Z",
    }  # fmt: skip
    bench = Bench(MAPPINGS, "dynamics", "opportunitysalesprocess", context(source="contoso", frame=FRAME))
    mapped = bench.map(
        instance, {"Id": "b2", "_opportunityid_value": "o2"}, {**instance, "Id": "b3", "_opportunityid_value": None}
    )
    assert mapped.accepted == ["b1", "b2", "b3"]
    found = [
        (
            row["id"],
            row["source_id"],
            row["opportunity_id"],
            row["seq"],
            row["source_stage"],
            row["evidence"],
            row["occurred_at"],
        )
        for row in rows_of(mapped)
    ]
    assert found == [
        (f"contoso:b1:{one}", f"b1:{one}", "contoso:o1", 1, "Qualify", "path", None),
        (f"contoso:b1:{two}", f"b1:{two}", "contoso:o1", 2, "Develop", "path", None),
        (
            f"contoso:b1:{two}:2026-03-01T10:00:00Z", f"b1:{two}:2026-03-01T10:00:00Z", "contoso:o1", None, "Develop",
            "process", "2026-03-01T10:00:00Z",
        ),
    ]  # fmt: skip


def test_a_close_tells_won_or_lost() -> None:
    rows = dynamics(
        "opportunityclose",
        {"Id": "1", "_opportunityid_value": "o1", "actualend": "2026-04-20T09:00:00Z", "opportunitystatecode": 1},
        {"Id": "2", "_opportunityid_value": "o2", "createdon": "2026-04-21T09:00:00Z", "opportunitystatuscode": 5},
        {"Id": "3", "_opportunityid_value": "o3", "opportunitystatecode": 0, "opportunitystatuscode": 1},
    )
    assert [(row["status"], row["occurred_at"], row["evidence"]) for row in rows] == [
        ("won", "2026-04-20T09:00:00Z", "close"),
        ("lost", "2026-04-21T09:00:00Z", "close"),
        (None, None, "close"),
    ]


def test_a_goal_belongs_to_its_goal_owner() -> None:
    goal: dict[str, Value] = {
        "_goalownerid_value": "u1", "_ownerid_value": "boss", "amountdatatype": 0, "targetmoney": Decimal(5000),
        "_transactioncurrencyid_value": USD, "isfiscalperiodgoal": True, "fiscalyear": 2026, "fiscalperiod": 2, "statuscode": 0,
    }  # fmt: skip
    bench = Bench(MAPPINGS, "dynamics", "goal", context(source="contoso", frame=FRAME))
    mapped = bench.map(
        {**goal, "Id": "1"},
        {**goal, "Id": "2", "amountdatatype": 2, "targetmoney": None},
        {**goal, "Id": "3", "statuscode": 2},
    )
    (row,) = rows_of(mapped)
    assert mapped.dropped == ["2", "3"]
    assert (row["owner_id"], row["period_start"], row["period_end"]) == ("contoso:u1", "2026-04-01", "2026-06-30")
    assert (row["amount_minor"], row["currency"]) == (500000, "USD")


def test_dynamics_users_and_stages() -> None:
    users = dynamics("systemuser", {"Id": "1", "isdisabled": False}, {"Id": "2", "isdisabled": True})
    assert [user["is_active"] for user in users] == [1, 0]
    (stage,) = dynamics("processstage", {"Id": "1", "stagename": "Pilot", "stagecategory": 1})
    assert (stage["value"], stage["position"], stage["is_closed"]) == ("Pilot", 1, 0)


def test_one_object_may_feed_several_tables(tmp_path: Any) -> None:
    text = """version: 1
objects:
  Person__c:
    table: [contact, crm_user]
    fields:
      name: Name
      crm_user.name: Alias__c
      email: Email
      is_active: {const: true}
      account_id: {ref: account, from: Account__c}
"""
    (tmp_path / "salesforce.yaml").write_text(text, encoding="utf-8")
    bench = Bench(load(tmp_path, "salesforce"), "salesforce", "Person__c")
    mapped = bench.map({"Id": "1", "Name": "Ada", "Alias__c": "ab", "Email": "a@x.test", "Account__c": "9"})
    contact, user = rows_of(mapped, "contact")[0], rows_of(mapped, "crm_user")[0]
    assert bench.mapping.tables == ("contact", "crm_user")
    assert (contact["id"], contact["name"], contact["account_id"]) == ("acme:1", "Ada", "acme:9")
    assert (user["id"], user["name"], user["is_active"]) == ("acme:1", "ab", 1)
    assert mapped.accepted == ["1"]


def test_only_what_was_done_is_an_activity_of_dynamics() -> None:
    states: dict[str, list[tuple[int, int]]] = {
        "email": [(1, 3), (1, 4), (1, 804240004), (0, 1), (0, 8), (1, 6), (1, 7), (2, 5)],
        "phonecall": [(1, 2), (1, 4), (0, 1), (2, 3)],
        "appointment": [(0, 1), (1, 3), (3, 5), (2, 4)],
        "task": [(1, 5), (0, 2), (2, 6)],
    }
    done = {"email": 3, "phonecall": 2, "appointment": 3, "task": 1}
    for name, pairs in states.items():
        bench = Bench(MAPPINGS, "dynamics", name, context(source="contoso", frame=FRAME))
        rows = [{"Id": str(at), "statecode": x, "statuscode": y} for at, (x, y) in enumerate(pairs)]
        mapped = bench.map(*rows)
        assert mapped.accepted == [str(at) for at in range(done[name])], name
        assert mapped.rejects == []


def test_a_dynamics_mail_knows_its_direction_and_its_other_side() -> None:
    mail: dict[str, Value] = {
        "statecode": 1, "statuscode": 3, "senton": "2026-01-31T23:30:00Z", "sender": "us@q.example", "subject": "Offer",
        "torecipients": "ada@x.example;bo@y.example;", "_ownerid_value": "u", "_regardingobjectid_value.lead": "l",
    }  # fmt: skip
    sent, got = dynamics(
        "email",
        {"Id": "1", "directioncode": True, **mail},
        {"Id": "2", "directioncode": False, **mail, "sender": "ada@x.example", "torecipients": "us@q.example"},
    )
    assert [(one["direction"], one["counterpart_email"]) for one in (sent, got)] == [
        ("out", "ada@x.example"),
        ("in", "ada@x.example"),
    ]
    assert (sent["kind"], sent["occurred_on"], sent["owner_id"]) == ("email", "2026-02-01", "contoso:u")
    assert (sent["lead_id"], sent["opportunity_id"], sent["contact_id"]) == ("contoso:l", None, None)
    assert sent["subject_hash"] == got["subject_hash"] and "Offer" not in str(sent)
