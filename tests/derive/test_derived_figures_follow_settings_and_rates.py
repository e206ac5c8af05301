"""Values, days, stages, calendar and drift follow the files, the rates and the day, without reading a source again."""

from __future__ import annotations

from worlds import FUNNEL, context, finish, put, put_deal, put_event, put_standard_stages, rows, store, the_deal, visits

from connector.mapping.funnel import Funnel
from connector.settings import ReportSettings
from connector.sync.derive import Deriver


def put_rate(conn: object, own: str, currency: str, units: str, **columns: object) -> None:
    put(conn, "fx_rate", id=f"acme:{own}", source="acme", currency=currency, units_per_base=units, **columns)  # type: ignore[arg-type]


def test_an_open_deal_is_worth_what_it_is_on_the_day_and_a_closed_one_keeps_its_own() -> None:
    with store() as conn:
        put_rate(conn, "usd", "USD", "1")
        put_rate(conn, "eur1", "EUR", "0.8", valid_to="2026-06-16", dated=1)
        put_rate(conn, "eur2", "EUR", "0.5", valid_from="2026-06-16", dated=1)
        common = {"amount_minor": 1000, "currency": "EUR", "close_on": "2026-06-01"}
        is_open = put_deal(conn, "o", crm_stage="Prospecting", **common)
        won = put_deal(conn, "w", crm_stage="Closed Won", status="won", **common)
        home = put_deal(conn, "h", crm_stage="Prospecting", amount_minor=7, currency="USD")
        lost = put_deal(conn, "l", crm_stage="Prospecting", amount_minor=7, currency="CHF", base_minor=7)
        none = put_deal(conn, "n", crm_stage="Prospecting", amount_minor=None, currency="USD", base_minor=9)
        finish(conn)
        assert [the_deal(conn, deal, "base_minor")[0] for deal in (is_open, won, home, lost, none)] == [
            1250,
            1250,
            7,
            None,
            None,
        ]
        finish(conn, now="2026-06-16T00:00:00Z")
        assert [the_deal(conn, deal, "base_minor")[0] for deal in (is_open, won)] == [2000, 1250]


def test_a_rate_that_comes_later_is_used() -> None:
    with store() as conn:
        put_rate(conn, "usd", "USD", "1")
        deal = put_deal(conn, "d", amount_minor=1000, currency="EUR", status="won", close_on="2026-06-01")
        finish(conn)
        assert the_deal(conn, deal, "base_minor") == (None,)
        put_rate(conn, "eur", "EUR", "0.8")
        finish(conn)
        assert the_deal(conn, deal, "base_minor") == (1250,)
        conn.exec_driver_sql("UPDATE fx_rate SET units_per_base = '0.5' WHERE currency = 'EUR'")
        finish(conn)
        assert the_deal(conn, deal, "base_minor") == (2000,)


def test_another_zone_moves_days() -> None:
    with store() as conn:
        deal = put_deal(
            conn, "d", crm_stage="Closed Won", status="won", created_at="2025-04-01T03:30:00Z", close_on="2025-05-01"
        )
        put_event(conn, deal, "e1", "2025-04-01T03:30:00Z", "Prospecting")
        put_event(conn, deal, "e2", "2025-05-01T03:30:00Z", "Closed Won")
        finish(conn)
        days = "SELECT created_on, entered_on, left_on FROM opportunity JOIN stage_visit ON opportunity_id = opportunity.id"
        assert rows(conn, days) == [("2025-04-01", "2025-04-01", "2025-05-01")]
        finish(conn, report=ReportSettings(timezone="America/New_York"))
        assert rows(conn, days) == [("2025-03-31", "2025-03-31", "2025-04-30")]
        assert rows(conn, "SELECT occurred_on FROM stage_event ORDER BY id") == [("2025-03-31",), ("2025-04-30",)]
        # a date-only field is never shifted
        assert the_deal(conn, deal, "close_on") == ("2025-05-01",)


def test_another_funnel_moves_stages() -> None:
    with store() as conn:
        told, untold = put_deal(conn, "t", crm_stage="Prospecting"), put_deal(conn, "u", crm_stage="Odd")
        put_event(conn, told, "e", "2026-01-01T00:00:00Z", "Odd")
        finish(conn)
        assert [visit[0] for visit in (*visits(conn, told), *visits(conn, untold))] == [None, None]
        assert rows(conn, "SELECT value, count FROM drift") == [("Odd", 2)]
        finish(conn, funnel=Funnel(FUNNEL.stages, {"salesforce": {"odd": "close"}}))
        assert [visit[0] for visit in (*visits(conn, told), *visits(conn, untold))] == ["close", "close"]
        assert the_deal(conn, untold, "stage") == ("close",)
        assert rows(conn, "SELECT value FROM drift") == [("Prospecting",)]


def test_a_stage_declared_closed_later_closes_and_is_no_drift() -> None:
    with store() as conn:
        deal = put_deal(conn, "d", crm_stage="Closed Won", status="won")
        put_event(conn, deal, "e1", "2026-01-01T00:00:00Z", "Prospecting")
        put_event(conn, deal, "e2", "2026-01-02T00:00:00Z", "Signed")
        put_event(conn, deal, "e3", "2026-01-03T00:00:00Z", "Closed Won")
        finish(conn)
        assert rows(conn, "SELECT value, count FROM drift") == [("Signed", 1)]
        put_standard_stages(conn)
        finish(conn)
        assert visits(conn, deal) == [("qualify", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "recorded")]
        assert the_deal(conn, deal, "closed_at") == ("2026-01-02T00:00:00Z",)
        assert rows(conn, "SELECT value FROM drift") == []
        # a stage that the org reopens: no new row anywhere, only a changed one
        conn.exec_driver_sql("UPDATE source_stage SET is_won = 0, is_closed = 0 WHERE value = 'Signed'")
        finish(conn)
        assert the_deal(conn, deal, "closed_at") == ("2026-01-03T00:00:00Z",)
        assert rows(conn, "SELECT value, count FROM drift") == [("Signed", 1)]


def test_drift_keeps_the_moment_it_was_first_met_and_counts_each_deal_once() -> None:
    with store() as conn:
        deal = put_deal(conn, "d", crm_stage="Odd")
        put_event(conn, deal, "e", "2026-01-01T00:00:00Z", "Odd")
        put_deal(conn, "gone", crm_stage="Odd", is_deleted=1)
        finish(conn)
        finish(conn, now="2026-07-01T00:00:00Z")
        assert rows(conn, "SELECT source, object, field, value, count, first_seen_at FROM drift") == [
            ("acme", "Opportunity", "source_stage", "Odd", 1, "2026-06-15T12:00:00Z")
        ]


def test_the_calendar_spans_two_years_around_the_days_of_the_store() -> None:
    span = "SELECT min(day), max(day), count(*), max(epoch_day) - min(epoch_day) + 1 FROM calendar"
    with store() as conn:
        put_deal(conn, "d", created_on="2024-02-29", close_on="2026-03-01")
        put_deal(conn, "never", close_on="9999-12-31")
        put_deal(conn, "misspelt", created_on="2019-1-1", close_on="2031-02-30")
        finish(conn)
        first, last, count, length = rows(conn, span)[0]
        assert (first, last, count) == ("2022-02-28", "2028-03-01", length)
        put_deal(conn, "later", close_on="2027-01-01")
        finish(conn)
        first, last, count, length = rows(conn, span)[0]
        assert (first, last, count) == ("2022-02-28", "2029-01-01", length)
        finish(conn, report=ReportSettings(fiscal_year_start=4))
        assert rows(conn, "SELECT fiscal_year FROM calendar WHERE day = '2024-04-01'") == [(2025,)]


def test_today_is_always_in_the_calendar() -> None:
    with store() as conn:
        put_deal(conn, "d", created_on="2010-01-01", close_on="2010-02-01")
        finish(conn)
        assert rows(conn, "SELECT 1 FROM calendar WHERE day = ?", context().today) == [(1,)]
        late = Deriver(context(now="2040-01-01T00:00:00Z"))
        assert late.is_due(conn)
        late.finish(conn)
        assert not late.is_due(conn)


def test_currencies_that_occur_have_their_exponent() -> None:
    with store() as conn:
        put_deal(conn, "d", currency="JPY")
        put_rate(conn, "kwd", "KWD", "0.3")
        finish(conn)
        assert rows(conn, "SELECT code, exponent FROM currency ORDER BY code") == [("JPY", 0), ("KWD", 3), ("USD", 2)]
