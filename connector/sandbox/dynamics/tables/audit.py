"""The audit log (Dataverse "Auditing (Audit) table", "Retrieve audit data"): read only, kept outside the records.

Nothing writes to it by itself: an organization of the sandbox has auditing turned off, and tests add what they need.
"""

from __future__ import annotations

from dataclasses import replace

from connector.sandbox.dynamics.schema import Attribute, Draft, Option, Table, choice, guid, lookup, memo

_OPERATIONS = (
    Option(1, "Create", "Erstellen"), Option(2, "Update", "Aktualisieren"), Option(3, "Delete", "Löschen"),
    Option(4, "Access", "Zugriff"),
)  # fmt: skip
_ACTIONS = (
    *_OPERATIONS[:3], Option(12, "Merge", "Zusammenführen"), Option(13, "Assign", "Zuweisen"),
    Option(24, "Qualify", "Qualifizieren"), Option(44, "Win", "Gewinnen"), Option(45, "Lose", "Verlieren"),
)  # fmt: skip
_OBJECTS = ("account", "contact", "lead", "opportunity", "opportunityclose", "goal", "systemuser", "team")


class _AuditDraft(Draft):
    def table(self) -> Table:
        table = super().table()
        own = {"auditid", "createdon", "versionnumber", *(item.name for item in self.own)}
        kept = tuple(item for item in table.attributes if (item.of or item.name) in own)
        return replace(table, attributes=kept, elsewhere=True, brings="transactionid")


DRAFTS = (
    _AuditDraft(
        "audit", "audits", "Auditing", 4567,
        [
            choice("action", "Event", _ACTIONS),
            choice("operation", "Operation", _OPERATIONS),
            Attribute("objectid", "Lookup", "Record", targets=_OBJECTS),
            Attribute("objecttypecode", "EntityName", "Entity"),
            lookup("userid", "Changed By", "systemuser"),
            memo("attributemask", "Changed Field"),
            guid("transactionid", "Transaction Id"),
        ],
        primary_name=None, tracking=True,
    ),
)  # fmt: skip
