"""The v_ views: names in place of ids, decimal amounts in the base currency, deleted rows left out, no row twice."""

import sqlite3

import pytest

from connector.store import set_setting
from connector.store.analyst_views import VIEWS
from connector.store.engine import open_store
from connector.store.settings import BASE_CURRENCY

ROWS = """
INSERT INTO currency VALUES ('EUR', 2), ('JPY', 0), ('KWD', 3);
INSERT INTO team (id, name) VALUES ('acme:t', 'North');
INSERT INTO person (id, name) VALUES ('person:a', 'Ada Byron');
INSERT INTO crm_user (id, name, team_id, person_id) VALUES ('acme:u', 'A. Byron', 'acme:t', 'person:a');
INSERT INTO account (id, name) VALUES ('acme:c', 'Customer');
INSERT INTO opportunity (id, source, name, owner_id, account_id, amount_minor, currency, base_minor) VALUES
  ('acme:1', 'acme', 'First', 'acme:u', 'acme:c', 1234, 'JPY', 789),
  ('acme:2', 'acme', 'Orphan', 'acme:gone', NULL, 1234, 'KWD', NULL);
INSERT INTO opportunity (id, name, is_deleted) VALUES ('acme:3', 'Deleted', 1);
INSERT INTO calendar (day, epoch_day) VALUES ('2026-01-31', 20484), ('2026-02-02', 20486);
INSERT INTO stage_visit (opportunity_id, ordinal, stage, entered_on, left_on) VALUES
  ('acme:1', 1, 'qualify', '2026-01-31', '2026-02-02'), ('acme:3', 1, 'qualify', NULL, NULL);
INSERT INTO quota (id, owner_id, amount_minor, currency, base_minor) VALUES ('acme:q', 'acme:u', 100050, 'EUR', 100050);
"""


@pytest.fixture
def filled(store):
    with store.write() as conn:
        for statement in ROWS.strip().split(";\n"):
            conn.exec_driver_sql(statement)
        set_setting(conn, BASE_CURRENCY, "EUR")
    return store


def rows(store, statement):
    with store.read() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(statement)]


def test_deals_show_names_and_both_amounts(filled):
    columns = "name, owner, owner_team, person, account, amount, own_amount, currency"
    assert rows(filled, f"SELECT {columns} FROM v_opportunity ORDER BY id") == [
        ("First", "A. Byron", "North", "Ada Byron", "Customer", 7.89, 1234.0, "JPY"),
        ("Orphan", None, None, None, None, None, 1.234, "KWD"),
    ]


def test_the_base_currency_has_its_own_decimals(filled):
    with filled.write() as conn:
        set_setting(conn, BASE_CURRENCY, "JPY")
    assert rows(filled, "SELECT amount FROM v_opportunity WHERE name = 'First'") == [(789.0,)]


def test_visits_show_their_days_and_leave_deleted_deals_out(filled):
    assert rows(filled, "SELECT opportunity, stage, days FROM v_stage_visit") == [("First", "qualify", 2)]


def test_an_amount_in_the_base_currency_needs_no_computed_value(filled):
    with filled.write() as conn:
        conn.exec_driver_sql("UPDATE quota SET base_minor = NULL")
    assert rows(filled, "SELECT amount FROM v_quota") == [(1000.5,)]
    with filled.write() as conn:
        set_setting(conn, BASE_CURRENCY, "JPY")
    assert rows(filled, "SELECT amount FROM v_quota") == [(None,)]


def test_quotas_show_their_target(filled):
    assert rows(filled, "SELECT owner, amount, own_amount, currency FROM v_quota") == [
        ("A. Byron", 1000.5, 1000.5, "EUR")
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_answers_in_any_sqlite_client(filled, view):
    raw = sqlite3.connect(filled.path)
    shown = [each[0] for each in raw.execute(f"SELECT * FROM {view.name}").description]
    raw.close()
    assert shown == [column.name for column in view.columns]
    assert len(set(shown)) == len(shown)


def test_a_view_of_ours_that_was_changed_or_left_over_is_mended_at_the_next_open(tmp_path):
    path = tmp_path / "crossfunnel.db"
    open_store(path).close()
    raw = sqlite3.connect(path)
    raw.executescript("DROP VIEW v_lead; CREATE VIEW v_lead AS SELECT 1 AS x; CREATE VIEW v_old AS SELECT 1 AS x;")
    raw.executescript("UPDATE store_setting SET value = value || ' v_old' WHERE name = 'views'")
    raw.close()
    with open_store(path) as store:
        names = rows(store, "SELECT name FROM sqlite_master WHERE type = 'view'")
        assert {name for (name,) in names} == {view.name for view in VIEWS}
        assert rows(store, "SELECT status FROM v_lead") == []


def test_views_that_users_add_stay(tmp_path):
    path = tmp_path / "crossfunnel.db"
    open_store(path).close()
    raw = sqlite3.connect(path)
    raw.executescript("DROP VIEW v_lead; CREATE VIEW v_mine AS SELECT count(*) AS leads FROM lead")
    raw.close()
    with open_store(path) as store:
        assert rows(store, "SELECT leads FROM v_mine") == [(0,)]
