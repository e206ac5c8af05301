"""Superseded states of every table whose rows change, not of deals and quotas only. Frozen like every migration."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OWN = "version_id:rowid id known_from known_to source source_id source_object is_deleted:int source_modified_at extra "

#: table -> the columns that its versions keep beside the common ones
_TABLES = {
    "account": "name domain industry country owner_id parent_id",
    "contact": "name email phone title account_id owner_id opted_out:int",
    "lead": (
        "name email phone company title owner_id source_status status lead_source country created_at created_on "
        "converted_at opportunity_id contact_id account_id"
    ),
    "opportunity": (
        "name account_id owner_id campaign_id pipeline type lead_source region source_stage stage status "
        "probability:real forecast_category amount_minor:int currency base_minor:int created_at created_on close_on "
        "closed_at next_step duplicate_of crm_stage"
    ),
    "stage_event": "opportunity_id occurred_at seq:int source_stage evidence status occurred_on",
    "opportunity_split": "opportunity_id owner_id kind share:real",
    "crm_user": "name email is_active:int manager_id team_id person_id",
    "team": "name parent_id",
    "quota": "owner_id person_id period_start period_end amount_minor:int currency base_minor:int kind",
    "activity": (
        "kind direction subject_hash occurred_at occurred_on owner_id opportunity_id lead_id contact_id account_id "
        "counterpart_email"
    ),
    "campaign": "name kind status starts_on ends_on cost_minor:int currency",
    "campaign_member": "campaign_id lead_id contact_id email status responded:int",
    "satisfaction": "score:real score_max:real given_at given_on account_id contact_id owner_id",
    "fx_rate": "currency valid_from valid_to units_per_base dated:int",
    "source_stage": "value name position:int stage is_won:int is_closed:int",
    "membership": "crm_user_id team_id valid_from valid_to",
    "person": "name email",
}
#: of these the first schema kept some columns
_KEPT_BEFORE = {
    "opportunity": (
        "known_from known_to source_modified_at is_deleted owner_id account_id pipeline type lead_source region "
        "crm_stage source_stage stage status probability forecast_category amount_minor currency base_minor "
        "created_on close_on closed_at duplicate_of"
    ),
    "quota": "known_from known_to source_modified_at is_deleted owner_id period_start period_end amount_minor currency",
}


def upgrade() -> None:
    """Creates the tables; versions that are there keep what they have and take the rest from the row as it is now."""
    for name in _KEPT_BEFORE:
        op.rename_table(f"{name}_version", f"{name}_version_before")
    for name, columns in _TABLES.items():
        op.create_table(f"{name}_version", *(_column(*each.partition(":")[::2]) for each in (_OWN + columns).split()))
    for name, kept in _KEPT_BEFORE.items():
        _carry_over(name, kept.split())
        op.drop_table(f"{name}_version_before")
    op.execute(
        "INSERT OR REPLACE INTO store_setting (name, value) "
        "VALUES ('versions.begin', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
    )


def _carry_over(name: str, kept: list[str]) -> None:
    columns = [each.partition(":")[0] for each in (_OWN + _TABLES[name]).split()]
    old = {"version_id", "id", *kept}
    read = ", ".join(f"v.{column}" if column in old else f"r.{column}" for column in columns)
    op.execute(
        f"INSERT INTO {name}_version ({', '.join(columns)}) SELECT {read} "
        f"FROM {name}_version_before v LEFT JOIN {name} r ON r.id = v.id ORDER BY v.version_id"
    )


def _column(name: str, kind: str) -> sa.Column[Any]:
    if kind == "rowid":
        return sa.Column(name, sa.Integer(), primary_key=True)
    types: dict[str, sa.types.TypeEngine[Any]] = {"": sa.String(), "int": sa.Integer(), "real": sa.Float()}
    return sa.Column(name, types[kind])
