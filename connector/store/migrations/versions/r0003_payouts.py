"""The ledger of what was paid. Frozen like every migration."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = (
    "number:int recorded_at as_of person_id owner_id period_start period_end plan tier quota_minor:int won_minor:int "
    "commission_minor:int paid_minor:int currency deals"
)


def upgrade() -> None:
    """Creates the table, empty: what was paid before nobody recorded."""
    columns: list[sa.Column[Any]] = [sa.Column("payout_id", sa.String(), primary_key=True)]
    for each in _COLUMNS.split():
        name, _, kind = each.partition(":")
        columns.append(sa.Column(name, sa.Integer() if kind else sa.String()))
    op.create_table("payout", *columns)
