"""A report of a past evening comes out of the command line byte for byte, whatever happened in both CRMs since."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import time_machine
from workplace import Workplace

from connector.sandbox import Sandbox

WINDOW = ("--from", "2000-01-01", "--to", "2100-12-31")
REPORTS = (
    ("metrics", "funnel", *WINDOW, "--format", "json"),
    ("metrics", "funnel", *WINDOW, "--by", "team", "--format", "csv"),
    ("metrics", "quota", *WINDOW, "--by", "team", "--format", "json"),
    ("metrics", "quota", *WINDOW, "--by", "person"),
    ("metrics", "win_rate", *WINDOW, "--by", "person", "--format", "json"),
    ("metrics", "cycle", *WINDOW, "--by", "source", "--format", "json"),
    ("explain", "quota", *WINDOW, "--by", "total", "--format", "json"),
    ("explain", "funnel", *WINDOW, "--row", "stage=won", "--format", "json"),
)


def told(place: Workplace, day: str) -> list[str]:
    """Every report of a day from what was known on it."""
    answers = []
    for report in REPORTS:
        outcome = place.run(*report, "--as-of", day, "--known-at", day)
        assert outcome.code == 0, outcome.err
        answers.append(outcome.out)
    return answers


def one(place: Workplace, source: str, where: str) -> str:
    table, condition = where.split(" ", 1)
    query = f"SELECT source_id FROM {table} WHERE source = ? AND is_deleted = 0 AND {condition} ORDER BY id LIMIT 1"
    return str(place.rows(query, source)[0][0])


def edit_salesforce(place: Workplace, box: Sandbox) -> None:
    edits = box.salesforce.edits
    won, other = one(place, "acme", "opportunity status = 'won'"), one(place, "acme", "opportunity status = 'open'")
    edits.update("Opportunity", won, StageName="Negotiation/Review", CloseDate=date(2030, 1, 1))
    edits.update("Opportunity", other, Amount=Decimal(1), StageName="Closed Won")
    edits.delete("Opportunity", one(place, "acme", f"opportunity status = 'won' AND source_id <> '{won}'"))
    edits.hard_delete("Lead", one(place, "acme", "lead status = 'open'"))
    user, boss = (row["Id"] for row in edits.rows("User")[:2])
    edits.update("User", user, UserRoleId=edits.row("User", boss)["UserRoleId"], Name="Another Name")
    edits.update("Opportunity", one(place, "acme", "opportunity status = 'lost'"), OwnerId=boss)
    edits.update("ForecastingQuota", one(place, "acme", "quota period_start IS NOT NULL"), QuotaAmount=Decimal(1))


def edit_dynamics(place: Workplace, box: Sandbox) -> None:
    organization = box.dynamics.organization
    won = one(place, "contoso", "opportunity status = 'won'")
    organization.update("opportunity", won, statecode=0, statuscode=1, actualclosedate=None, actualvalue=None)
    organization.delete("opportunity", one(place, "contoso", "opportunity status = 'lost'"))
    organization.update("opportunity", one(place, "contoso", "opportunity status = 'open'"), estimatedvalue=Decimal(1))
    organization.update("goal", one(place, "contoso", "quota period_start IS NOT NULL"), targetmoney=Decimal(1))
    organization.delete("lead", one(place, "contoso", "lead status = 'qualified'"))
    user, other = organization.keys("systemuser")[:2]
    unit = organization.find("systemuser", other)
    organization.update("systemuser", user, businessunitid=(unit or {})["_businessunitid_value"], fullname="Someone")


def test_what_was_reported_on_an_evening_is_told_again_after_edits_in_both_crms(place: Workplace, box: Sandbox) -> None:
    start = datetime.now(UTC).replace(hour=12)
    reported: dict[str, list[str]] = {}
    claws_back = False
    for evening in range(3):
        now = start + timedelta(days=evening)
        with time_machine.travel(now):
            if evening:
                edit_salesforce(place, box)
                edit_dynamics(place, box)
            assert place.sync().code == 0
            claws_back |= "Clawback of" in place.run("metrics", "quota", *WINDOW).out
            assert "Recorded:" in place.run("metrics", "quota", *WINDOW, "--record-payout").out
            day = now.date().isoformat()
            reported[day] = told(place, day)
    assert claws_back, "a deal that was reopened in a CRM, or deleted there, had been paid for"
    ledger = place.rows("SELECT * FROM payout ORDER BY payout_id")
    with time_machine.travel(start + timedelta(days=9)):
        assert place.sync("--full").code == 0
        assert place.rows("SELECT * FROM payout ORDER BY payout_id") == ledger, "no sync touches what was paid"
        for day, before in reported.items():
            for report, then, again in zip(REPORTS, before, told(place, day), strict=True):
                assert again == then, (day, report)
    assert len({"".join(answers) for answers in reported.values()}) == 3
