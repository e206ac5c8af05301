"""What ``crossfunnel check`` says of a Dataverse environment: sign-in, clock, tables, columns, tracking, rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from connector.adapters.base import CheckResult, Wanted
from connector.adapters.dynamics.catalogue import Catalogue
from connector.adapters.dynamics.organization import Organization
from connector.adapters.dynamics.selection import resolve
from connector.adapters.dynamics.tables import Table, fetch_secured
from connector.adapters.dynamics.webapi import WebApi
from connector.errors import CrossfunnelError
from connector.instants import moment, now
from connector.suggestions import nearest

if TYPE_CHECKING:
    from connector.adapters.dynamics.adapter import DynamicsAdapter

#: tokens are dated; beyond this a clock is wrong enough to be told
_CLOCK = timedelta(minutes=2)


def run_checks(
    adapter: DynamicsAdapter, api: WebApi, catalogue: Catalogue, wanted: Sequence[Wanted]
) -> Iterator[CheckResult]:
    """One line after the other; what is found wrong is a line, never an exception."""
    try:
        organization = adapter.organization()
    except CrossfunnelError as error:
        yield CheckResult(False, f"sign in to {api.origin}: {error.message}", error.hint)
        return
    yield CheckResult(True, f"signed in to {api.origin} ({organization.name or 'organization unnamed'})")
    yield _clock(organization)
    for one in wanted:
        try:
            yield from _table(api, catalogue, one)
        except CrossfunnelError as error:
            yield CheckResult(False, f"{one.object}: {error.message}", error.hint)


def _clock(organization: Organization) -> CheckResult:
    try:
        theirs = parsedate_to_datetime(organization.date or "")
        apart = abs(moment(now()) - theirs)
    except (TypeError, ValueError):
        return CheckResult(True, "clock: the org does not tell its time")
    seconds = int(apart.total_seconds())
    if apart > _CLOCK:
        return CheckResult(False, f"clock: {seconds} seconds apart from the org's", "Set this machine's clock by NTP.")
    return CheckResult(True, f"clock: {seconds} seconds apart from the org's")


def _table(api: WebApi, catalogue: Catalogue, wanted: Wanted) -> Iterator[CheckResult]:
    table = catalogue.again(wanted.object)
    if table is None:
        mend = "Leave it out of the mapping, or install the solution that brings it, or mend its logical name."
        yield CheckResult(False, f"{wanted.object}: the org has no such table", mend)
        return
    lacking = [field for field in wanted.fields if resolve(table, field) is None]
    for field in lacking:
        yield CheckResult(False, f"{wanted.object}.{field}: the org has no such column{_advice(table, field)}", _MEND)
    try:
        _probe(api, table)
    except CrossfunnelError as error:
        mend = f"Give the application user a security role with Read on {table.name} at Organization level."
        yield CheckResult(False, f"{table.name}: cannot be read: {error.message}", mend)
        return
    secured = fetch_secured(api, table.name).intersection(wanted.fields)
    if secured:
        yield CheckResult(True, f"{table.name}: column security holds for {', '.join(sorted(secured))}", _SECURED)
    road = "change tracking" if table.tracked else "modifiedon (no change tracking: deletes show in whole reads only)"
    shown = len(wanted.fields) - len(lacking)
    yield CheckResult(True, f"{table.name}: {shown} of {len(wanted.fields)} columns, read by {road}")


_SECURED = (
    "If these come empty, add the application user to a column security profile that may read them; Dataverse hides "
    "secured values without a word. If they come filled, all is well."
)
_MEND = "Mend the name in the mapping, or give the application user the column (also in column security profiles)."


def _advice(table: Table, field: str) -> str:
    name, _, target = field.partition(".")
    as_lookup = f"_{name}_value"
    if as_lookup in table.columns:
        return f", did you mean {as_lookup!r}? (lookups are spelt so in the Web API)"
    if target and name in table.columns:
        return f" that tells {target!r} from its other targets"
    return nearest(field, table.columns)


def _probe(api: WebApi, table: Table) -> None:
    """Reads one row by the road that ``sync`` will take: tracking has its own privilege check."""
    prefer = "odata.maxpagesize=1"
    if table.tracked:
        prefer = f"odata.track-changes,{prefer}"
    api.document(table.entity_set, {"select": table.id_field}, object_name=table.name, prefer=prefer)
