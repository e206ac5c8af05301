"""What the signed-in user may do, and UserPermissionAccess, by which every API user learns it (object reference, 41.0).

The object is answered when it is asked for by name; to those who discover all objects it is not told.
"""

from __future__ import annotations

from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.objects import sobject
from connector.sandbox.salesforce.records import Records

#: system permissions by their API names
PERMISSIONS = (
    "ApiEnabled",
    "ViewAllData",
    "ModifyAllData",
    "ViewSetup",
    "ViewRoles",
    "ViewAllUsers",
    "ViewAllForecasts",
    "ViewEventLogFiles",
)
_FIELDS = "".join(f"Permissions{name} boolean ro\n" for name in PERMISSIONS)
#: the key prefix is unverified
OBJECT = sobject(
    "UserPermissionAccess",
    "0UP",
    f"Id id\nLastCacheUpdate datetime null ro\n{_FIELDS}",
    replicateable=False,
    bulk=False,
    bin=False,
    deletable=False,
)


class Permissions:
    """The permissions of the integration user; tests ``revoke`` and ``grant`` them."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._held = set(PERMISSIONS)
        records.create(OBJECT)
        names = [f"Permissions{name}" for name in PERMISSIONS]
        with records.writing():
            records.insert(OBJECT, ["Id", *names], [[make_id(OBJECT.prefix, 1), *(1 for _ in names)]])

    def may(self, name: str) -> bool:
        """Whether the user has a permission."""
        return name in self._held

    def revoke(self, name: str) -> None:
        """Takes a permission away; KeyError where there is none such."""
        self._held.remove(name)
        self._tell(name)

    def grant(self, name: str) -> None:
        """Gives it back."""
        if name not in PERMISSIONS:
            raise KeyError(name)
        self._held.add(name)
        self._tell(name)

    def _tell(self, name: str) -> None:
        with self._records.writing() as connection:
            connection.execute(f'UPDATE "{OBJECT.name}" SET "Permissions{name}" = ?', (int(self.may(name)),))
