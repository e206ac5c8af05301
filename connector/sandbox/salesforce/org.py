"""One Salesforce org: its metadata as a user sees it, its records, its clock, sessions and limits. Knows no HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.permissions import OBJECT as PERMISSIONS
from connector.sandbox.salesforce.permissions import Permissions
from connector.sandbox.salesforce.picklists import PICKLISTS, STAGES, StageSetting
from connector.sandbox.salesforce.records import Records
from connector.sandbox.salesforce.schema import Schema
from connector.sandbox.salesforce.sessions import Sessions
from connector.sandbox.salesforce.usage import Usage

#: how far back deletes are told, and updates (docs: getDeleted, getUpdated)
DELETES_KEPT = timedelta(days=15)
UPDATES_KEPT = timedelta(days=30)


_NEVER_HIDDEN = frozenset(
    {"Id", "IsDeleted", "IsArchived", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"}
    | {"SystemModstamp"}
)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Org:
    """The state behind the servers; tests read and set its attributes between requests.

    ``clock`` may be replaced to move the org's time. ``page_size`` caps REST pages and ``bulk_page_rows`` Bulk pages
    below what clients ask (both are free to be smaller than asked). ``bulk_polls`` is how many status calls a query
    job stays in progress at least. ``queue_id`` is the queue that leads wait in, ``user_zone`` the signed-in user's
    time zone.
    """

    def __init__(self, schema: Schema, *, number: int = 1) -> None:
        self.schema = schema
        self.id = make_id("00D", number)
        self.clock: Callable[[], datetime] = utc_now
        self.records = Records(schema)
        self.permissions = Permissions(self.records)
        self.sessions = Sessions(self.id, self.now)
        self.usage = Usage(self.now)
        #: editions without the API get no answer but that
        self.api_enabled = True
        self.stages: list[StageSetting] = list(STAGES)
        self.picklists: dict[str, Sequence[str]] = dict(PICKLISTS)
        self.page_size = 2_000
        self.bulk_page_rows = 250_000
        self.bulk_polls = 1
        #: whether recordCount names objects that have no records
        self.tells_empty_counts = False
        #: whether a page of a query can be fetched once only, as the documentation of locators advises
        self.locators_are_used_once = False
        self.deletes_available_from: datetime | None = None
        self.user_id = make_id("005", 0)
        self.queue_id = make_id("00G", 1)
        self.user_zone = ZoneInfo("Europe/Berlin")
        self._hidden: set[tuple[str, str | None]] = set()
        self._open_since: dict[int, datetime] = {}
        self._view: Schema | None = None
        #: what If-Modified-Since on describe is held against
        self.metadata_changed = self.now()
        self._guard = threading.Lock()

    def now(self) -> datetime:
        """The org's time, on a whole second as every stamp is."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def local_now(self) -> datetime:
        """The org's time on the signed-in user's clock."""
        return self.now().astimezone(self.user_zone)

    # what the signed-in user sees

    def visible(self) -> Schema:
        """Objects and fields less the hidden ones: those are, to this user, as if they did not exist."""
        with self._guard:
            if self._view is None:
                self._view = {
                    name: sobject.without(self._hidden_fields(name))
                    for name, sobject in self.schema.items()
                    if (name, None) not in self._hidden
                }
            return self._view

    def _hidden_fields(self, name: str) -> list[str]:
        """A deal's history hides what the deal hides (docs: object reference)."""
        owners = {name, "Opportunity"} if name == "OpportunityHistory" else {name}
        return [field for owner, field in self._hidden if owner in owners and field]

    def known(self) -> Schema:
        """What the user may ask for by name: the visible objects, and what tells of the user's own permissions."""
        return {**self.visible(), PERMISSIONS.name: PERMISSIONS}

    def visible_object(self, name: str) -> SObject | None:
        folded = name.lower()
        return next((sobject for key, sobject in self.known().items() if key.lower() == folded), None)

    def hide(self, name: str, field: str | None = None) -> None:
        """Takes an object, or one field, from the user (field-level security); KeyError where there is none such.

        Fields that the system keeps cannot be hidden: ValueError.
        """
        sobject = self.schema[name]
        if field is not None and sobject.field(field) is None:
            raise KeyError(f"{name}.{field}")
        if field in _NEVER_HIDDEN:
            raise ValueError(f"{name}.{field} cannot be hidden from anybody")
        with self._guard:
            self._hidden.add((name, field))
            self._metadata_moves()

    def reveal(self, name: str, field: str | None = None) -> None:
        """Gives it back."""
        with self._guard:
            self._hidden.discard((name, field))
            self._metadata_moves()

    def set_schema(self, sobject: SObject) -> None:
        """Replaces an object's metadata (a field more, as a rule)."""
        with self._guard:
            self.schema[sobject.name] = sobject
            self._metadata_moves()

    def _metadata_moves(self) -> None:
        self._view = None
        self.metadata_changed = max(self.now(), self.metadata_changed + timedelta(seconds=1))

    # transactions that take their time

    def transaction_opened(self, key: int, since: datetime) -> None:
        with self._guard:
            self._open_since[key] = since

    def transaction_closed(self, key: int) -> None:
        with self._guard:
            self._open_since.pop(key, None)

    def covered_until(self, end: datetime) -> datetime:
        """``latestDateCovered``: up to where nothing can still appear; stalls at the oldest open transaction."""
        with self._guard:
            moment = min([end, self.now(), *self._open_since.values()])
        return moment.replace(second=0)

    def earliest_delete(self) -> datetime:
        """``earliestDateAvailable``: from when on the delete log is whole."""
        kept = self.now() - DELETES_KEPT
        return max(kept, self.deletes_available_from) if self.deletes_available_from else kept

    def close(self) -> None:
        self.records.close()
