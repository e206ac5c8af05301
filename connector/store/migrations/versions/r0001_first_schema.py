"""The first schema. Frozen: it must not follow the tables as they change, so it names no class of ours."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COMMON = "id:random source source_id source_object is_deleted:zero source_modified_at synced_at"
_COMPUTED = "source source_id source_object is_deleted:zero source_modified_at synced_at extra "

#: table -> its columns in order, each with its type after a colon; text that may be NULL where there is none
_TABLES = {
    "account": _COMMON + " extra name domain industry country owner_id parent_id",
    "contact": _COMMON + " extra name email phone title account_id owner_id opted_out:int",
    "lead": _COMMON
    + (
        " extra name email phone company title owner_id source_status status lead_source country created_at "
        "created_on converted_at opportunity_id contact_id account_id"
    ),
    "opportunity": _COMMON
    + (
        " extra name account_id owner_id campaign_id pipeline type lead_source region source_stage stage status "
        "probability:real forecast_category amount_minor:int currency base_minor:int created_at created_on "
        "close_on closed_at next_step duplicate_of crm_stage"
    ),
    "stage_event": _COMMON + " extra opportunity_id occurred_at seq:int source_stage evidence status occurred_on",
    "opportunity_split": _COMMON + " extra opportunity_id owner_id kind share:real",
    "crm_user": _COMMON + " extra name email is_active:int manager_id team_id person_id",
    "team": _COMMON + " extra name parent_id",
    "quota": (
        _COMMON + " extra owner_id person_id period_start period_end amount_minor:int currency base_minor:int kind"
    ),
    "activity": _COMMON
    + (
        " extra kind direction subject_hash occurred_at occurred_on owner_id opportunity_id lead_id contact_id "
        "account_id counterpart_email"
    ),
    "campaign": _COMMON + " extra name kind status starts_on ends_on cost_minor:int currency",
    "campaign_member": _COMMON + " extra campaign_id lead_id contact_id email status responded:int",
    "satisfaction": _COMMON + " extra score:real score_max:real given_at given_on account_id contact_id owner_id",
    "fx_rate": _COMMON + " extra currency valid_from valid_to units_per_base dated:zero",
    "source_stage": _COMMON + " extra value name position:int stage is_won:int is_closed:int",
    "stage_visit": _COMPUTED
    + ("id opportunity_id:key ordinal:intkey stage source_stage entered_at entered_on left_at left_on coverage"),
    "opportunity_version": (
        "version_id:rowid id known_from known_to source_modified_at is_deleted:int owner_id account_id pipeline "
        "type lead_source region crm_stage source_stage stage status probability:real forecast_category "
        "amount_minor:int currency base_minor:int created_on close_on closed_at duplicate_of"
    ),
    "quota_version": (
        "version_id:rowid id known_from known_to source_modified_at is_deleted:int owner_id period_start "
        "period_end amount_minor:int currency"
    ),
    "membership": _COMPUTED + "id:random crm_user_id team_id valid_from valid_to",
    "person": _COMPUTED + "id:key name email",
    "currency": "code:key exponent:int",
    "calendar": (
        "day:key epoch_day:int week_start month_start quarter_start year_start fiscal_quarter:int fiscal_year:int"
    ),
    "sync_run": "run_id:key started_at finished_at status exit_code:int summary",
    "sync_run_object": (
        "run_id:key source:key object:key table_name status fetched:zero loaded:zero unchanged:zero rejected:zero "
        "deleted:zero requests:zero seconds:real error_code message"
    ),
    "sync_cursor": "source:key object:key cursor fingerprint updated_at run_id",
    "source_metadata": "source:key name:key body",
    "reject": "reject_id:rowid source object source_id rule message run_id retried_at fields",
    "missing_field": "source:key object:key field:key first_seen_at",
    "drift": "source:key object:key field:key value:key count:int first_seen_at",
    "pending_deal": "opportunity_id:key",
    "store_setting": "name:key value",
}


def upgrade() -> None:
    """Creates every table."""
    for name, columns in _TABLES.items():
        op.create_table(name, *(_column(*each.partition(":")[::2]) for each in columns.split()))


def _column(name: str, kind: str) -> sa.Column[Any]:
    if kind == "key":
        return sa.Column(name, sa.String(), primary_key=True)
    if kind == "random":
        return sa.Column(name, sa.String(), primary_key=True, server_default=sa.text("(lower(hex(randomblob(16))))"))
    if kind in ("rowid", "intkey"):
        return sa.Column(name, sa.Integer(), primary_key=True)
    if kind == "zero":
        return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
    types: dict[str, sa.types.TypeEngine[Any]] = {"": sa.String(), "int": sa.Integer(), "real": sa.Float()}
    return sa.Column(name, types[kind])
