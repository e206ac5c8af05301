"""What ``crossfunnel check`` says of a Dataverse environment: sign-in, clock, tables, columns, tracking, rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.adapters.base import CheckResult, Wanted, ends_all
from connector.adapters.dynamics.catalogue import Catalogue
from connector.adapters.dynamics.selection import resolve
from connector.adapters.dynamics.tables import Table, fetch_names, fetch_secured
from connector.adapters.dynamics.webapi import WebApi
from connector.errors import CrossfunnelError, PermissionDenied
from connector.suggestions import nearest

if TYPE_CHECKING:
    from connector.adapters.dynamics.adapter import DynamicsAdapter

#: tokens are dated; beyond this a clock is wrong enough to be told
_CLOCK = timedelta(minutes=2)
#: the key of every table that holds the instances of a business process flow (wire: entity sets and keys)
_PROCESS_KEY = "businessprocessflowinstanceid"
_SECURED = (
    "If these come empty, add the application user to a column security profile that may read them; Dataverse hides "
    "secured values without a word. If they come filled, all is well."
)
_COLUMN = "Mend the name in the mapping, or give the application user the column (also in column security profiles)."
_TABLE = "Leave it out of the mapping, or install the solution that brings it, or mend its logical name."
#: tables whose privilege is not called Read
_PRIVILEGES = {"audit": "Give the application user a security role with View Audit Summary."}
_AUDITING = (
    "Turn auditing on for the environment, its tables and columns (Power Platform admin center); what happened before "
    "is in no audit log."
)


def run_checks(
    adapter: DynamicsAdapter, api: WebApi, catalogue: Catalogue, wanted: Sequence[Wanted]
) -> Iterator[CheckResult]:
    """One line after the other; what is found wrong is a line, never an exception."""
    try:
        organization = adapter.organization()
    except CrossfunnelError as error:
        what = f"sign in to {api.origin}: {error.message}"
        yield CheckResult(False, what, error.hint, error.exit_code, final=True)
        yield from (line for line in _clock(adapter.skew()) if not line.ok)
        return
    yield CheckResult(True, f"signed in to {api.origin} ({organization.name or 'organization unnamed'})")
    yield from _clock(adapter.skew())
    for one in wanted:
        try:
            yield from _table(api, catalogue, one)
        except CrossfunnelError as error:
            final, what = ends_all(error), f"{one.object}: {error.message}"
            yield CheckResult(False, what, error.hint, error.exit_code, object=one.object, final=final)
            if final:
                return


def _clock(skew: timedelta | None) -> Iterator[CheckResult]:
    if skew is None:
        yield CheckResult(True, "clock: the org does not tell its time")
        return
    seconds = round(skew.total_seconds())
    if abs(skew) > _CLOCK:
        said = f"clock is {abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} the org's"
        yield CheckResult(False, said, "Set this machine's clock by NTP: signed assertions expire by it.")
    else:
        yield CheckResult(True, f"clock differs from the org's by {abs(seconds)} s")


def _table(api: WebApi, catalogue: Catalogue, wanted: Wanted) -> Iterator[CheckResult]:
    table = catalogue.again(wanted.object)
    if table is None:
        near = nearest(wanted.object, fetch_names(api))
        yield CheckResult(False, f"{wanted.object}: the org has no such table{near}", _TABLE, object=wanted.object)
        return
    lacking = [field for field in wanted.fields if resolve(table, field) is None]
    for field in lacking:
        what = f"{wanted.object}.{field}: the org has no such column{_advice(table, field)}"
        yield CheckResult(False, what, _COLUMN, object=wanted.object, field=field)
    refused = _refused(api, table) or _without_audit(api, table)
    if refused is not None:
        yield refused
        return
    secured = fetch_secured(api, table.name).intersection(wanted.fields)
    if secured:
        yield CheckResult(True, f"{table.name}: column security holds for {', '.join(sorted(secured))}", _SECURED)
    road = "change tracking" if table.tracked else "modifiedon (no change tracking: deletes show in whole reads only)"
    shown = len(wanted.fields) - len(lacking)
    yield CheckResult(True, f"{table.name}: {shown} of {len(wanted.fields)} columns, read by {road}")


def _advice(table: Table, field: str) -> str:
    name, _, target = field.partition(".")
    as_lookup = f"_{name}_value"
    if as_lookup in table.columns:
        return f", did you mean {as_lookup!r}? (lookups are spelt so in the Web API)"
    if target and name in table.columns:
        return f" that tells {target!r} from its other targets"
    return nearest(field, table.columns)


def _refused(api: WebApi, table: Table) -> CheckResult | None:
    """Why the table cannot be read by the road that ``sync`` will take; None where it can."""
    try:
        _probe(api, table, tracking=table.tracked)
    except PermissionDenied as error:
        if table.tracked and _reads_a_part(api, table):
            what = f"{table.name}: only a part of it may be read, and change tracking needs all of it: {error.message}"
            mend = f"Raise Read on {table.privilege} in the application user's security role to Organization level."
            return CheckResult(False, what, mend, object=table.name)
        what = f"{table.name}: cannot be read: {error.message}"
        return CheckResult(False, what, _role(table), object=table.name)
    except CrossfunnelError as error:
        if ends_all(error):
            raise
        what = f"{table.name}: cannot be read: {error.message}"
        return CheckResult(False, what, error.hint or _role(table), error.exit_code, object=table.name)
    return None


def _without_audit(api: WebApi, table: Table) -> CheckResult | None:
    """An audit log of an environment that writes none: it can be read, and is empty."""
    if table.name != "audit":
        return None
    told = api.collection("organizations", {"select": "isauditenabled"}, object_name=table.name)
    if not told or told[0].get("isauditenabled") is not False:
        return None
    return CheckResult(False, "audit: auditing is turned off in this environment", _AUDITING, object=table.name)


def _role(table: Table) -> str:
    mend = f"Give the application user a security role with Read on {table.privilege} at Organization level."
    if table.id_field == _PROCESS_KEY:
        return f"{mend} Roles do not read business process flows by default: it is on the role's tab of that name."
    return _PRIVILEGES.get(table.name, mend)


def _reads_a_part(api: WebApi, table: Table) -> bool:
    try:
        _probe(api, table, tracking=False)
    except CrossfunnelError:
        return False
    return True


def _probe(api: WebApi, table: Table, *, tracking: bool) -> None:
    """Reads one row; tracking has its own privilege check."""
    prefer = "odata.maxpagesize=1"
    if tracking:
        prefer = f"odata.track-changes,{prefer}"
    api.document(table.entity_set, {"select": table.id_field}, object_name=table.name, prefer=prefer)
