"""Run by run the replica holds what the org holds: late commits, ties, hard deletes, undeletes and gaps included."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.base import Wanted
from connector.instants import spell
from connector.sandbox.server import Answer
from tests.salesforce.conftest import DEAL, Replica
from tests.salesforce.test_bulk_results_are_whole_or_refused import tamper


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def held(replica: Replica, column: str = "Name") -> dict:
    return {key: row[replica.columns.index(column)] for key, row in replica.alive().items()}


def told(running, column: str = "Name", kind: str = "Opportunity") -> dict:
    return {row["Id"]: row[column] for row in running.salesforce.edits.rows(kind, deleted=False)}


def asked(adapter, replica: Replica, wanted: Wanted = DEAL) -> int:
    replica.pull(adapter, wanted)
    return adapter.requests_for(wanted.object)


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_a_quiet_run_costs_three_requests(bulk_from: int, fresh, make) -> None:
    replica = Replica().pull(make(fresh, bulk_from=bulk_from), DEAL)
    assert asked(make(fresh), replica) <= 3
    assert held(replica) == told(fresh)


@pytest.mark.parametrize("name", ["CurrencyType", "OpportunityStage", "User", "UserRole", "DatedConversionRate"])
def test_a_quiet_reference_object_costs_three_at_most(name: str, fresh, make) -> None:
    wanted = Wanted(name, ("Id", "Name", "IsoCode"), reference=True)
    replica = Replica().pull(make(fresh), wanted)
    adapter = make(fresh)
    adapter.frame({name: ("IsoCode",)}, ())
    assert asked(adapter, replica, wanted) <= 3
    assert set(replica.alive()) == set(told(fresh, "Id", name))


def test_changes_soft_and_hard_deletes_and_undeletes_arrive(fresh, make) -> None:
    edits = fresh.salesforce.edits
    replica = Replica().pull(make(fresh), DEAL)
    first, second, third, fourth, *_ = told(fresh)
    edits.update("Opportunity", first, Name="renamed")
    edits.delete("Opportunity", second)
    edits.delete("Opportunity", third)
    edits.hard_delete("Opportunity", fourth)
    new = edits.insert("Opportunity", Name="new")
    replica.pull(make(fresh), DEAL)
    assert held(replica) == told(fresh)
    assert replica.value(first, "Name") == "renamed" and replica.value(new, "Name") == "new"
    assert replica.value(second, "IsDeleted") is True and fourth in replica.gone
    edits.undelete("Opportunity", third)
    replica.pull(make(fresh), DEAL)
    assert third in held(replica) and held(replica) == told(fresh)


@pytest.mark.parametrize("bulk_from", [0, 10**9])
def test_a_late_commit_is_found(bulk_from: int, fresh, make) -> None:
    """The row carries a stamp from before the last run, but appears after it; a plain newest-stamp cursor misses it."""
    edits = fresh.salesforce.edits
    replica = Replica().pull(make(fresh), DEAL)
    transaction = edits.begin(since=now() - timedelta(minutes=25))
    late = transaction.insert("Opportunity", Name="late")
    edits.insert("Opportunity", Name="in between")
    replica.pull(make(fresh, bulk_from=bulk_from), DEAL)
    replica.pull(make(fresh, bulk_from=bulk_from), DEAL)
    assert late not in held(replica)
    transaction.commit()
    replica.pull(make(fresh, bulk_from=bulk_from), DEAL)
    assert held(replica)[late] == "late" and held(replica) == told(fresh)


def test_many_rows_of_one_second_are_not_split_by_a_cursor(fresh, make) -> None:
    replica = Replica().pull(make(fresh), DEAL)
    fresh.salesforce.org.page_size = 3
    at = now() + timedelta(seconds=1)
    for number in range(10):
        fresh.salesforce.edits.insert("Opportunity", at=at, Name=f"tie {number}")
    adapter = make(fresh)
    shape = adapter.shape(DEAL)
    for page in adapter.pages(DEAL, shape, replica.cursor):
        if page.cursor is not None:
            replica.cursor = page.cursor
            break
    replica.pull(make(fresh), DEAL)
    assert sum(name.startswith("tie") for name in held(replica).values()) == 10


def test_deletes_older_than_the_log_lead_to_a_whole_read(fresh, make) -> None:
    edits, org = fresh.salesforce.edits, fresh.salesforce.org
    replica = Replica().pull(make(fresh), DEAL)
    gone, *_ = told(fresh)
    edits.hard_delete("Opportunity", gone)
    org.deletes_available_from = now() + timedelta(minutes=2)
    replica.pull(make(fresh), DEAL)
    assert replica.was_whole and gone in replica.gone and held(replica) == told(fresh)


def test_a_cursor_older_than_fifteen_days_leads_to_a_whole_read(fresh, make) -> None:
    replica = Replica().pull(make(fresh), DEAL)
    gone, *_ = told(fresh)
    fresh.salesforce.edits.hard_delete("Opportunity", gone, at=now() - timedelta(days=18))
    replica.cursor = {**replica.cursor, "since": spell(now() - timedelta(days=20))}
    replica.pull(make(fresh), DEAL)
    assert replica.was_whole and held(replica) == told(fresh)


def test_a_full_read_finds_what_vanished_without_a_trace(fresh, make) -> None:
    replica = Replica().pull(make(fresh), DEAL)
    gone, *_ = told(fresh)
    fresh.salesforce.edits.hard_delete("Opportunity", gone, at=now() - timedelta(days=400))
    replica.pull(make(fresh), DEAL)
    assert gone not in replica.gone
    replica.pull(make(fresh), DEAL, whole=True)
    assert gone in replica.gone and held(replica) == told(fresh)


def test_start_date_bounds_deals_but_not_reference_objects(fresh, make) -> None:
    old = now() - timedelta(days=3000)
    fresh.salesforce.edits.insert("Opportunity", at=old, Name="ancient")
    start = spell(now() - timedelta(days=2000))
    adapter = make(fresh, start_date=start)
    assert "ancient" not in held(Replica().pull(adapter, DEAL)).values()
    stages = Wanted("OpportunityStage", ("MasterLabel",), reference=True)
    assert len(Replica().pull(adapter, stages).rows) == 10


def test_a_later_start_date_deletes_nothing_and_an_earlier_one_reads_again(fresh, make) -> None:
    old = now() - timedelta(days=3000)
    ancient = fresh.salesforce.edits.insert("Opportunity", at=old, Name="ancient")
    replica = Replica().pull(make(fresh), DEAL)
    start = spell(now() - timedelta(days=2000))
    replica.pull(make(fresh, start_date=start), DEAL, whole=True)
    assert ancient in held(replica)
    replica = Replica().pull(make(fresh, start_date=start), DEAL)
    assert ancient not in held(replica)
    replica.pull(make(fresh), DEAL)
    assert ancient in held(replica)


def test_random_edits_always_converge(fresh, make) -> None:
    """Forty rounds of random edits, each read once, by either road and with small pages."""
    dice, edits = random.Random(20), fresh.salesforce.edits
    fresh.salesforce.org.page_size = 7
    replica = Replica().pull(make(fresh), DEAL)
    for _ in range(40):
        for _ in range(dice.randint(0, 4)):
            alive = sorted(told(fresh))
            binned = sorted(row["Id"] for row in edits.rows("Opportunity") if row["IsDeleted"])
            act = dice.choice(["insert", "update", "delete", "hard", "undelete"])
            if act == "insert":
                edits.insert("Opportunity", Name=f"new {dice.random()}")
            elif act == "update":
                edits.update("Opportunity", dice.choice(alive), Name=f"named {dice.random()}")
            elif act == "delete" and len(alive) > 5:
                edits.delete("Opportunity", dice.choice(alive))
            elif act == "hard" and len(alive) > 5:
                edits.hard_delete("Opportunity", dice.choice(alive))
            elif act == "undelete" and binned:
                edits.undelete("Opportunity", dice.choice(binned))
        replica.pull(make(fresh, bulk_from=dice.choice([0, 10**9])), DEAL)
        assert held(replica) == told(fresh)


def test_an_expired_locator_loses_nothing(fresh, make) -> None:
    fresh.salesforce.org.page_size = 8
    adapter = make(fresh)
    pages = adapter.pages(DEAL, adapter.shape(DEAL), None)
    seen = {row[adapter.shape(DEAL).columns.index("Id")] for row in next(pages).rows}
    fresh.salesforce.api.queries.expire()
    for page in pages:
        seen |= {row[adapter.shape(DEAL).columns.index("Id")] for row in page.rows}
    assert seen == {row["Id"] for row in fresh.salesforce.edits.rows("Opportunity")}


def test_a_row_says_more_than_its_tombstone(fresh, make) -> None:
    """The log still tells a delete that was undone since: the row that came back in the same read wins."""
    replica = Replica().pull(make(fresh), DEAL)
    back, *_ = told(fresh)
    fresh.salesforce.edits.update("Opportunity", back, Name="back")

    def stale(answer: Answer) -> Answer:
        body = json.loads(answer.body)
        body["deletedRecords"].append({"id": back, "deletedDate": body["latestDateCovered"]})
        return Answer(200, answer.headers, json.dumps(body).encode())

    assert tamper(fresh, "/deleted/", stale) == []
    replica.pull(make(fresh), DEAL)
    assert back in held(replica)
