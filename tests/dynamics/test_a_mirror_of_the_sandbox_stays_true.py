"""Against the sandbox's organization, over TLS: whatever happens there, the mirror ends up equal to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sandboxed import Mirror, Sandboxed

from connector.adapters.base import Wanted
from connector.errors import PermissionDenied, SignInFailed
from connector.sandbox.business.generator import generate
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics.projection import fill

MAY = datetime(2024, 5, 1, 10, 0, tzinfo=UTC)
DEALS = Wanted("opportunity", ("name", "estimatedvalue", "_ownerid_value", "estimatedclosedate", "salesstage"))
_TOLD = ("modifiedon", "name", "salesstage", "statecode", "_ownerid_value", "estimatedclosedate", "traversedpath")
FLOWS = Wanted("opportunitysalesprocess", ("traversedpath", "_activestageid_value", "_opportunityid_value"))


@pytest.fixture
def sandbox(authority: Authority) -> Iterator[Sandboxed]:
    made = Sandboxed(authority)
    yield made
    made.stop()
    assert made.server.failures == []


def deals(sandbox: Sandboxed, count: int, at: datetime = MAY) -> list[str]:
    return [
        sandbox.organization.upsert("opportunity", {"name": f"Deal {n}", "estimatedvalue": Decimal(n)}, at)
        for n in range(count)
    ]


def same(sandbox: Sandboxed, mirror: Mirror) -> bool:
    """The mirror holds the org's records with their present values."""
    table = mirror.wanted.object
    if sorted(mirror.rows) != sorted(sandbox.organization.keys(table)):
        return False
    found = {key: sandbox.organization.find(table, key) for key in mirror.rows}
    return all(row[name] == found[key][name] for key, row in mirror.rows.items() for name in _TOLD if name in row)


def test_every_table_of_the_business_is_read_whole_and_then_quietly(sandbox: Sandboxed) -> None:
    fill(sandbox.organization, generate(seed=7))
    wanted = [
        Wanted("account", ("name", "_ownerid_value", "_parentaccountid_value", "_transactioncurrencyid_value")),
        Wanted("contact", ("fullname", "emailaddress1", "_parentcustomerid_value")),
        Wanted("lead", ("fullname", "statecode", "createdon", "estimatedamount")),
        DEALS,
        Wanted("systemuser", ("fullname", "internalemailaddress", "isdisabled"), reference=True),
        Wanted("businessunit", ("name", "_parentbusinessunitid_value"), reference=True),
        Wanted("goal", ("_goalownerid_value", "targetmoney", "goalstartdate", "goalenddate", "fiscalperiod")),
        Wanted("opportunityclose", ("actualrevenue", "actualend", "_opportunityid_value")),
        FLOWS,
        Wanted("processstage", ("stagename", "stagecategory"), reference=True),
        Wanted("transactioncurrency", ("isocurrencycode", "exchangerate"), reference=True),
    ]
    first = sandbox.run(page_size=100)
    mirrors = [Mirror(one).sync(first) for one in wanted]
    assert all(mirror.missing == () for mirror in mirrors)
    assert all(mirror.whole and mirror.rows and same(sandbox, mirror) for mirror in mirrors)
    second = sandbox.run()
    second.frame({"transactioncurrency": ("isocurrencycode",), "processstage": ("stagename", "stagecategory")}, [])
    for mirror in mirrors:
        mirror.sync(second)
        assert same(sandbox, mirror)
    assert all(second.requests_for(one.object) <= 3 for one in wanted)
    assert len(sandbox.server.requests("/token")) == 2


def test_changes_and_deletes_are_followed(sandbox: Sandboxed) -> None:
    keys = deals(sandbox, 12)
    mirror = Mirror(DEALS).sync(sandbox.run(page_size=5))
    assert len(mirror.pages) == 3 and same(sandbox, mirror)
    sandbox.organization.update("opportunity", keys[3], name="Changed")
    sandbox.organization.delete("opportunity", keys[4])
    short_lived = deals(sandbox, 1)[0]
    sandbox.organization.delete("opportunity", short_lived)
    new = deals(sandbox, 1)[0]
    mirror.sync(sandbox.run())
    assert not mirror.whole and mirror.requests == 1 and mirror.fetched == 2
    assert same(sandbox, mirror) and new in mirror.rows
    assert mirror.rows[keys[3]]["name"] == "Changed"
    mirror.sync(sandbox.run())
    assert mirror.fetched == 0 and mirror.requests == 1


def test_what_happens_in_mid_scan_is_not_lost(sandbox: Sandboxed) -> None:
    keys = sorted(deals(sandbox, 10))
    mirror = Mirror(DEALS)
    adapter = sandbox.run(page_size=3)
    pages = adapter.pages(DEALS, adapter.shape(DEALS), None)
    read = [next(pages)]
    sandbox.organization.update("opportunity", keys[0], name="After it was read")
    sandbox.organization.delete("opportunity", keys[1])
    sandbox.organization.delete("opportunity", keys[9])
    read += list(pages)
    mirror.cursor = read[-1].cursor
    mirror.rows = {row[0]: {"modifiedon": row[1]} for page in read for row in page.rows}
    mirror.sync(sandbox.run())
    assert same(sandbox, mirror) and mirror.rows[keys[0]]["name"] == "After it was read"


def test_an_expired_token_is_a_whole_read_that_finds_the_deletes(sandbox: Sandboxed) -> None:
    keys = deals(sandbox, 5)
    mirror = Mirror(DEALS).sync(sandbox.run())
    sandbox.organization.delete("opportunity", keys[2])
    sandbox.organization.expire_delta_tokens("opportunity")
    mirror.sync(sandbox.run())
    assert mirror.whole and same(sandbox, mirror)
    assert not mirror.sync(sandbox.run()).whole


def test_a_token_renewed_in_mid_chain_keeps_the_place(sandbox: Sandboxed) -> None:
    deals(sandbox, 10)
    adapter = sandbox.run(page_size=2)
    pages = adapter.pages(DEALS, adapter.shape(DEALS), None)
    rows = list(next(pages).rows)
    assert sandbox.organization.revoke_tokens() == 1
    rows += [row for page in pages for row in page.rows]
    assert len({row[0] for row in rows}) == len(rows) == 10
    assert len(sandbox.server.requests("/oauth2/v2.0/token")) == 2


@pytest.mark.parametrize("code", ["0x80072322", "0x80072321", "0x80072326"])
def test_throttling_is_waited_out(sandbox: Sandboxed, code: str) -> None:
    deals(sandbox, 4)
    sandbox.organization.throttle(2, code, retry_after=None)
    assert same(sandbox, Mirror(DEALS).sync(sandbox.run(page_size=2)))


def test_a_table_without_tracking_is_followed_by_modifiedon(sandbox: Sandboxed) -> None:
    organization = sandbox.organization
    keys = [organization.upsert("opportunitysalesprocess", {"name": f"{n}"}, MAY) for n in range(11)]
    mirror = Mirror(FLOWS).sync(sandbox.run(page_size=4))
    assert mirror.whole and same(sandbox, mirror)
    organization.update("opportunitysalesprocess", keys[0], MAY + timedelta(hours=1), traversedpath="a,b")
    late = organization.upsert("opportunitysalesprocess", {"name": "late commit"}, MAY - timedelta(minutes=2))
    mirror.sync(sandbox.run(page_size=4))
    assert not mirror.whole and late in mirror.rows and same(sandbox, mirror)
    organization.delete("opportunitysalesprocess", keys[5])
    mirror.sync(sandbox.run())
    assert not same(sandbox, mirror)
    mirror.sync(sandbox.run(), whole=True)
    assert same(sandbox, mirror)


def test_ties_larger_than_a_page_are_all_there(sandbox: Sandboxed) -> None:
    organization = sandbox.organization
    first = organization.upsert("opportunitysalesprocess", {"name": "first"}, MAY - timedelta(days=1))
    mirror = Mirror(FLOWS).sync(sandbox.run())
    assert list(mirror.rows) == [first]
    for n in range(23):
        organization.upsert("opportunitysalesprocess", {"name": f"{n}"}, MAY)
    mirror.sync(sandbox.run(page_size=5))
    assert not mirror.whole and len(mirror.rows) == 24
    mirror.sync(sandbox.run(page_size=5))
    assert same(sandbox, mirror)


def test_a_hidden_column_is_missing_and_back_filled_when_it_shows(sandbox: Sandboxed) -> None:
    keys = deals(sandbox, 3)
    mirror = Mirror(DEALS).sync(sandbox.run())
    sandbox.organization.hide_column("opportunity", "estimatedvalue")
    mirror.sync(sandbox.run())
    assert mirror.missing == ("estimatedvalue",) and mirror.whole
    quiet = sandbox.run()
    mirror.sync(quiet)
    assert not mirror.whole and quiet.requests_for("opportunity") <= 3
    sandbox.organization.reveal_column("opportunity", "estimatedvalue")
    mirror.sync(sandbox.run())
    assert mirror.missing == () and mirror.whole
    assert mirror.rows[keys[2]]["estimatedvalue"] == 2


def test_a_column_hidden_between_shape_and_pages_does_not_stop_the_read(sandbox: Sandboxed) -> None:
    deals(sandbox, 3)
    adapter = sandbox.run()
    shape = adapter.shape(DEALS)
    sandbox.organization.hide_column("opportunity", "estimatedvalue")
    [page] = adapter.pages(DEALS, shape, None)
    assert [row[shape.columns.index("estimatedvalue")] for row in page.rows] == [None] * 3


def test_an_absent_table_is_absent_until_it_comes(sandbox: Sandboxed) -> None:
    sandbox.organization.remove_table("opportunitysalesprocess")
    adapter = sandbox.run()
    assert adapter.shape(FLOWS).absent
    assert adapter.frame({"opportunitysalesprocess": ("name",)}, []).lookups["opportunitysalesprocess"] == {}
    sandbox.organization.restore_table("opportunitysalesprocess")
    assert not sandbox.run().shape(FLOWS).absent


def test_tracking_that_is_turned_on_later_is_used(sandbox: Sandboxed) -> None:
    sandbox.organization.set_tracking("opportunity", False)
    keys = deals(sandbox, 3)
    mirror = Mirror(DEALS).sync(sandbox.run())
    assert "since" in mirror.cursor
    sandbox.organization.set_tracking("opportunity", True)
    sandbox.organization.delete("opportunity", keys[0])
    mirror.sync(sandbox.run())
    assert "delta" in mirror.cursor and same(sandbox, mirror)


def test_rights_that_lack_are_told_and_not_worked_around(sandbox: Sandboxed) -> None:
    deals(sandbox, 3)
    sandbox.organization.limit_read("opportunity")
    with pytest.raises(PermissionDenied) as caught:
        Mirror(DEALS).sync(sandbox.run())
    assert "Organization level" in caught.value.hint
    sandbox.organization.gate.strangers.add("99999999-8888-7777-6666-555555555555")
    with pytest.raises(PermissionDenied) as caught:
        sandbox.run().connect()
    assert "application user" in caught.value.hint


def test_tokens_that_never_work_end_the_run(sandbox: Sandboxed) -> None:
    sandbox.server.app = lambda request: (sandbox.tenant.revoke_tokens(), sandbox(request))[1]
    with pytest.raises(SignInFailed):
        sandbox.run().connect()


def test_every_date_behaviour_ends_as_it_should(sandbox: Sandboxed) -> None:
    table = sandbox.organization.tables["opportunity"]
    by_behavior = {item.behavior: item.name for item in table.attributes if item.kind == "DateTime"}
    assert set(by_behavior) >= {"UserLocal", "DateOnly"}
    key = sandbox.organization.upsert(
        "opportunity", {"name": "Dates", "estimatedclosedate": date(2024, 3, 31), "createdon": MAY}, MAY
    )
    wanted = Wanted("opportunity", ("createdon", "estimatedclosedate"))
    row = Mirror(wanted).sync(sandbox.run()).rows[key]
    assert (row["createdon"], row["estimatedclosedate"]) == ("2024-05-01T10:00:00Z", "2024-03-31")


def test_wall_clocks_lose_the_z_that_means_nothing(sandbox: Sandboxed) -> None:
    found = [
        (table.name, item.name)
        for table in sandbox.organization.tables.values()
        for item in table.attributes
        if item.behavior == "TimeZoneIndependent"
    ]
    assert found
    name, column = found[0]
    key = sandbox.organization.upsert(name, {column: datetime(2024, 3, 31, 2, 30, tzinfo=UTC)}, MAY)
    assert Mirror(Wanted(name, (column,))).sync(sandbox.run()).rows[key][column] == "2024-03-31T02:30:00"


def test_check_has_nothing_to_complain_of(sandbox: Sandboxed) -> None:
    fill(sandbox.organization, generate(seed=3))
    lines = list(sandbox.run().checks([DEALS, FLOWS, Wanted("lead", ("fullname",))]))
    assert all(line.ok for line in lines), lines


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_events_leaves_the_mirror_true(sandbox: Sandboxed, seed: int) -> None:
    rng = random.Random(seed)
    mirror = Mirror(DEALS)
    keys: list[str] = []
    for step in range(60):
        match rng.randrange(6):
            case 0 | 1:
                keys += deals(sandbox, rng.randrange(1, 4), MAY + timedelta(minutes=step))
            case 2 if keys:
                sandbox.organization.update("opportunity", rng.choice(keys), name=f"Step {step}")
            case 3 if keys:
                sandbox.organization.delete("opportunity", keys.pop(rng.randrange(len(keys))))
            case 4 if step % 3 == 0:
                sandbox.organization.expire_delta_tokens()
            case _:
                mirror.sync(sandbox.run(page_size=rng.choice([2, 3, 5000])), whole=rng.random() < 0.1)
                assert same(sandbox, mirror)
    mirror.sync(sandbox.run())
    assert same(sandbox, mirror)
