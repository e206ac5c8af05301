"""What the signed-in user may do, by UserPermissionAccess, which every API user may ask (object reference, 41.0).

Without View All Data no query fails: rows that sharing hides are just not there, so the permission itself is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from connector.adapters.base import CheckResult
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.fields import Description

OBJECT = "UserPermissionAccess"


@dataclass(frozen=True)
class Needed:
    """A permission: ``names`` are those that each grant it, ``why`` and ``mend`` are told where none is held."""

    names: tuple[str, ...]
    label: str
    why: str
    mend: str
    #: only where this object is read
    object: str = ""


NEEDED = (
    Needed(
        ("ViewAllData", "ModifyAllData"),
        "View All Data",
        "records that sharing hides from this user are left out without a word",
        "give the user View All Data by a permission set; View All on every mapped object does as well, though it "
        "cannot be seen from here",
    ),
    Needed(
        ("ViewSetup",),
        "View Setup and Configuration",
        "the org does not tell its limits and how many records it has",
        "give the user View Setup and Configuration by a permission set",
    ),
    Needed(
        ("ViewRoles", "ViewSetup"),
        "View Roles and Role Hierarchy",
        "roles, which are the teams of people, may stay hidden",
        "give the user View Roles and Role Hierarchy by a permission set",
        "UserRole",
    ),
    Needed(
        ("ViewAllForecasts",),
        "View All Forecasts",
        "quotas of other people stay hidden",
        "give the user View All Forecasts by a permission set",
        "ForecastingQuota",
    ),
)


@dataclass(frozen=True)
class Held:
    """The permissions that the org told of."""

    told: Mapping[str, bool]

    def may(self, *names: str) -> bool | None:
        """Whether any of them is held; None where the org tells of none of them."""
        known = [self.told[name] for name in names if name in self.told]
        return any(known) if known else None


def held_permissions(client: Client, describe: Callable[[str], Description | None]) -> Held:
    """Asks for the permissions that this org knows; raises what forbids any question at all."""
    description = describe(OBJECT)
    fields = {f"Permissions{name}": name for needed in NEEDED for name in needed.names}
    known = [field for field in fields if description is not None and field.lower() in description.fields]
    rows = client.own(f"SELECT {', '.join(known)} FROM {OBJECT} LIMIT 1") if known else []
    return Held({fields[field]: row[field] is True for row in rows[:1] for field in known if field in row})


def permission_lines(held: Held, objects: Collection[str]) -> Iterator[CheckResult]:
    """A line for each permission that the wanted objects need."""
    for needed in NEEDED:
        if needed.object and needed.object not in objects:
            continue
        may = held.may(*needed.names)
        if may is None:
            yield CheckResult(True, f"permission {needed.label}: the org does not tell", f"make sure: {needed.mend}")
        elif may:
            yield CheckResult(True, f"permission {needed.label} is held")
        else:
            yield CheckResult(False, f"permission {needed.label} is not held: {needed.why}", needed.mend)
