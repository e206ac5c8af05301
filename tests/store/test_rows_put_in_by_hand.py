"""Every table takes a row that names only the columns that design and docs promise; the rest fills itself."""

import sqlite3

import pytest

COMMON = "id source source_id is_deleted source_modified_at synced_at extra"
RECORDS = {
    "account": "name domain industry country owner_id parent_id",
    "contact": "name email phone title account_id owner_id opted_out",
    "lead": "name email phone company title owner_id source_status status lead_source country created_at created_on "
    "converted_at opportunity_id contact_id account_id",
    "opportunity": "name account_id owner_id campaign_id pipeline type lead_source region source_stage stage status "
    "probability forecast_category amount_minor currency base_minor created_at created_on close_on closed_at next_step "
    "duplicate_of",
    "stage_event": "opportunity_id occurred_at seq source_stage evidence",
    "opportunity_split": "opportunity_id owner_id kind share",
    "crm_user": "name email is_active manager_id team_id person_id",
    "team": "name parent_id",
    "quota": "owner_id person_id period_start period_end amount_minor currency kind",
    "activity": "kind direction subject_hash occurred_at occurred_on owner_id opportunity_id lead_id contact_id "
    "account_id counterpart_email",
    "campaign": "name kind status starts_on ends_on cost_minor currency",
    "campaign_member": "campaign_id lead_id contact_id email status responded",
    "satisfaction": "score score_max given_at given_on account_id contact_id owner_id",
}
OTHERS = {
    "stage_visit": "opportunity_id ordinal stage source_stage entered_at entered_on left_at left_on coverage",
    "opportunity_version": "id known_from known_to source_modified_at owner_id stage status amount_minor currency close_on",
    "quota_version": "id known_from known_to source_modified_at owner_id period_start period_end amount_minor currency",
    "membership": "crm_user_id team_id valid_from valid_to",
    "person": "id name email",
    "currency": "code exponent",
    "fx_rate": "source currency valid_from valid_to units_per_base dated",
    "calendar": "day epoch_day week_start month_start quarter_start year_start fiscal_quarter fiscal_year",
    "source_stage": "source value name position stage is_won is_closed",
    "reject": "source object source_id rule message run_id retried_at",
    "missing_field": "source object field first_seen_at",
    "sync_run": "run_id",
    "sync_run_object": "run_id source object",
    "sync_cursor": "source object",
    "drift": "source object field value",
}
CONTRACT = {**{name: f"{COMMON} {columns}" for name, columns in RECORDS.items()}, **OTHERS}
NUMBERS = {"is_deleted", "ordinal", "exponent", "dated", "seq", "epoch_day"}


def by_hand(store, table, columns):
    """As an analyst would: another SQLite client, no code of ours."""
    raw = sqlite3.connect(store.path)
    values = [1 if name in NUMBERS else f"{name}-value" for name in columns]
    with raw:
        raw.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", values)
    raw.close()


@pytest.mark.parametrize("table", CONTRACT)
def test_the_promised_columns_are_there(store, table):
    by_hand(store, table, CONTRACT[table].split())


@pytest.mark.parametrize("table", RECORDS)
def test_a_record_needs_its_id_only(store, table):
    by_hand(store, table, ["id"])
    with store.read() as conn:
        assert conn.exec_driver_sql(f"SELECT is_deleted FROM {table}").scalar_one() == 0


@pytest.mark.parametrize("table", ["membership", "fx_rate", "source_stage", "stage_event", "quota"])
def test_rows_without_an_id_get_one_of_their_own(store, table):
    column = "source" if table != "membership" else "crm_user_id"
    by_hand(store, table, [column])
    by_hand(store, table, [column])
    with store.read() as conn:
        assert conn.exec_driver_sql(f"SELECT count(DISTINCT id) FROM {table}").scalar_one() == 2
