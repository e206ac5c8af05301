"""Every table of the store in one place: name -> SQLModel class, and what the mapping compiler needs of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

from connector.store import derived, ledger, operations, records
from connector.store.superseded import version_table, versions_of

if TYPE_CHECKING:
    from connector.mapping.target import Targets

METADATA = SQLModel.metadata

#: columns that the row mapper fills by itself, from the shape of the source object
GIVEN = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "synced_at")


def _by_name(*models: type[SQLModel]) -> dict[str, type[SQLModel]]:
    return {str(model.__tablename__): model for model in models}


#: tables that mapping files may fill
MAPPABLE = _by_name(
    records.Account,
    records.Contact,
    records.Lead,
    records.Opportunity,
    records.StageEvent,
    records.OpportunitySplit,
    records.CrmUser,
    records.Team,
    records.Quota,
    records.Activity,
    records.Campaign,
    records.CampaignMember,
    records.Satisfaction,
    records.FxRate,
    records.SourceStage,
)

#: tables whose rows are computed from the records
COMPUTED = _by_name(
    derived.StageVisit,
    derived.Membership,
    derived.Person,
    derived.Currency,
    derived.Calendar,
)

#: tables that people fill through the program
RECORDED = _by_name(ledger.Payout)

#: table -> table of its superseded states
VERSIONS = {name: version_table(name) for name in (*MAPPABLE, "membership", "person")}

#: tables of superseded states
SUPERSEDED = {versions: versions_of(METADATA.tables[name], METADATA) for name, versions in VERSIONS.items()}

#: tables of the operator
OPERATOR = _by_name(
    operations.SyncRun,
    operations.SyncRunObject,
    operations.SyncCursor,
    operations.SourceMetadata,
    operations.Reject,
    operations.MissingField,
    operations.Drift,
    operations.PendingDeal,
    operations.Setting,
)


def table(name: str) -> Table:
    """The table of that name."""
    return METADATA.tables[name]


def kind_of(column: Column[Any]) -> str:
    """Kind of a column (see columns.py); a row number has none of its own and counts as integer."""
    return str(column.info.get("kind", "integer"))


def columns_marked(name: str, mark: str) -> tuple[str, ...]:
    """Columns of a table that carry a mark (``derived`` or ``completed``)."""
    return tuple(column.name for column in table(name).columns if column.info.get(mark))


def references() -> Iterator[tuple[str, str, str]]:
    """Every reference by unified id: (table, column, table it points to)."""
    for name, each in METADATA.tables.items():
        for column in each.columns:
            if kind_of(column) == "ref":
                yield name, column.name, column.info["table"]


def targets() -> Targets:
    """What mapping files may fill: table -> column -> kind. Derived columns and those every row has are left out."""
    from connector.mapping.target import ColumnKind  # who only reads the store needs no mapping

    return {
        name: {
            column.name: ColumnKind(kind_of(column), column.info.get("table"), tuple(column.info.get("words", ())))
            for column in table(name).columns
            if column.name not in GIVEN and not column.info.get("derived")
        }
        for name in MAPPABLE
    }
