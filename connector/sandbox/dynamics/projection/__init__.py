"""The made-up business as records of an organization: streamed, so that a million deals need no memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from connector.sandbox.business.model import Business, Deal
from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.dynamics.projection.activities import activity_rows
from connector.sandbox.dynamics.projection.campaigns import campaign_rows
from connector.sandbox.dynamics.projection.deals import DealProjection
from connector.sandbox.dynamics.projection.goals import goals
from connector.sandbox.dynamics.projection.parties import Row, accounts, contacts, leads
from connector.sandbox.dynamics.projection.setup import setup_rows

_CHUNK = 5_000


def fill(organization: Organization, business: Business) -> None:
    """Puts the whole Dynamics half of the business into an empty organization.

    What was deleted is not there, but has its tombstone: Dataverse has no recycle bin.
    """
    by_table: dict[str, list[Row]] = {}
    for table, row in setup_rows(business):
        by_table.setdefault(table, []).append(row)
    for table, rows in by_table.items():
        _load(organization, table, rows)
    for table, found in (("account", accounts), ("contact", contacts), ("lead", leads)):
        _load_living(organization, table, found(business))
    _load(organization, "goal", list(goals(business)))
    _load_deals(organization, business)
    _load(organization, "campaign", campaign_rows(business))
    for table, done in activity_rows(business).items():
        _load_living(organization, table, iter(done))


def _load_living(organization: Organization, table: str, rows: Iterator[tuple[Row, bool]]) -> None:
    key = organization.tables[table].key
    while chunk := list(islice(rows, _CHUNK)):
        _load(organization, table, [row for row, living in chunk if living])
        _bury(organization, table, [str(row[key]) for row, living in chunk if not living])


def _load_deals(organization: Organization, business: Business) -> None:
    projection = DealProjection.of(business)
    deals = business.deals_of("dynamics")
    while chunk := list(islice(deals, _CHUNK)):
        living: dict[str, list[Row]] = {}
        gone: dict[str, list[str]] = {}
        for deal in chunk:
            _sort_out(organization, projection, deal, living, gone)
        for table, rows in living.items():
            _load(organization, table, rows)
        for table, keys in gone.items():
            _bury(organization, table, keys)


def _sort_out(
    organization: Organization,
    projection: DealProjection,
    deal: Deal,
    living: dict[str, list[Row]],
    gone: dict[str, list[str]],
) -> None:
    """A deleted deal takes its closes and its process instance with it."""
    for table, row in projection.rows(deal):
        if deal.deleted is None:
            living.setdefault(table, []).append(row)
        else:
            gone.setdefault(table, []).append(str(row[organization.tables[table].key]))


def _load(organization: Organization, table: str, rows: Iterable[Row]) -> None:
    """Rows of one table; those of a kind may have different columns."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    for columns, group in groups.items():
        organization.database.load(organization.tables[table], columns, (tuple(row.values()) for row in group))


def _bury(organization: Organization, table: str, keys: list[str]) -> None:
    if keys:
        organization.database.bury(organization.tables[table], keys)
