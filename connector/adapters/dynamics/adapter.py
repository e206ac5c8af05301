"""DynamicsAdapter: one Dataverse environment behind the Adapter protocol. Knows no table of the store.

Which road a table takes: change tracking where its metadata offers it, ``modifiedon ge`` where not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from connector.adapters.base import CheckResult, Cursor, Frame, Page, Shape, Value, Wanted
from connector.adapters.dynamics.catalogue import Catalogue
from connector.adapters.dynamics.checks import run_checks
from connector.adapters.dynamics.faults import Dataverse, is_unknown_property, is_untracked
from connector.adapters.dynamics.organization import Organization, fetch_organization
from connector.adapters.dynamics.polled import read_polled
from connector.adapters.dynamics.roads import MODIFIED, PAGE_SIZE, Reading
from connector.adapters.dynamics.selection import resolve
from connector.adapters.dynamics.signin import EntraTokens, sign_in_origins
from connector.adapters.dynamics.tables import Table
from connector.adapters.dynamics.tracked import read_tracked
from connector.adapters.dynamics.webapi import WebApi
from connector.errors import PermissionDenied, RequestRefused, SignInFailed, SourceUnavailable
from connector.settings import DynamicsSource
from connector.transport import Transport

_log = logging.getLogger("crossfunnel.dynamics")

API_VERSION = "v9.2"
_CURRENCY = "transactioncurrency"
_ISO_CODE = "isocurrencycode"


class DynamicsAdapter:
    """Reads one environment. ``cache`` keeps metadata from run to run; ``transport_options`` go to Transport."""

    kind = "dynamics"

    def __init__(
        self,
        source: DynamicsSource,
        *,
        cache: MutableMapping[str, str],
        page_size: int = PAGE_SIZE,
        tell: Callable[[str], None] = _log.warning,
        **transport_options: Any,
    ) -> None:
        self.name = source.name
        self._source = source
        self._url = (source.url or "").rstrip("/")
        self._page_size = page_size
        self._transport = Transport(
            source=source.name,
            origins=[self._url],
            sign_in=list(sign_in_origins(source)),
            vendor=Dataverse(),
            ca_bundle=source.ca_bundle,
            proxy=source.proxy,
            api_budget=source.api_budget,
            **transport_options,
        )
        self._tokens = EntraTokens(
            source, resource=self._url, http=self._transport.session, tell=tell, pause=self._transport.pause
        )
        self._transport.sign_in_with(self._tokens)
        self._api = WebApi(self._transport, url=self._url, version=_version(source.api_version))
        self._catalogue = Catalogue(self._api, cache)
        self._lock = threading.Lock()
        self._organization: Organization | None = None

    def connect(self) -> None:
        """Signs in and asks for the organization, which every user with a security role may read."""
        self.organization()

    def organization(self) -> Organization:
        """The org's own settings, asked once per run."""
        with self._lock:
            if self._organization is None:
                self._organization = self._meet()
                self._catalogue.version = self._organization.metadata_version
                self._catalogue.language = self._organization.language
            return self._organization

    def frame(self, lookups: Mapping[str, tuple[str, ...]], labels: Sequence[tuple[str, str]]) -> Frame:
        """Base currency, fiscal calendar, the small tables asked for, and option labels in the base language."""
        organization = self.organization()
        wanted = {name: tuple(dict.fromkeys(fields)) for name, fields in lookups.items()}
        wanted[_CURRENCY] = tuple(dict.fromkeys((*wanted.get(_CURRENCY, ()), _ISO_CODE)))
        found = {name: self._small(name, fields) for name, fields in wanted.items()}
        base = found[_CURRENCY].get(organization.base_currency_id or "", {}).get(_ISO_CODE)
        return Frame(
            currency=str(base) if base else None,
            lookups=found,
            labels=self._labels(labels),
            fiscal=organization.fiscal,
        )

    def shape(self, wanted: Wanted) -> Shape:
        """What the org shows of a table; kept metadata is asked anew where a wanted field is not in it."""
        self.organization()
        table = self._catalogue.table(wanted.object)
        if table is None or any(resolve(table, field) is None for field in wanted.fields):
            table = self._catalogue.again(wanted.object)
        if table is None:
            return Shape(wanted.object, missing=wanted.fields, absent=True)
        shown = [field for field in wanted.fields if resolve(table, field) is not None]
        modified = MODIFIED if MODIFIED in table.columns else None
        keys = [table.id_field, modified] if modified else [table.id_field]
        return Shape(
            wanted.object,
            columns=tuple(dict.fromkeys([*keys, *shown])),
            id_field=table.id_field,
            modified_field=modified,
            missing=tuple(field for field in wanted.fields if field not in shown),
        )

    def pages(self, wanted: Wanted, shape: Shape, cursor: Cursor | None, *, whole: bool = False) -> Iterator[Page]:
        """Reads by the road that the table offers; see ``tracked`` and ``polled``."""
        if shape.absent:
            yield Page(last=True)
            return
        self.organization()
        try:
            yield from self._pages(wanted, shape, None if whole else cursor)
        except PermissionDenied as error:
            raise PermissionDenied(error.message, hint=_read_hint(self._privilege(wanted.object))) from None

    def requests_for(self, object_name: str) -> int:
        return self._transport.requests_for(object_name)

    def checks(self, wanted: Sequence[Wanted]) -> Iterator[CheckResult]:
        return run_checks(self, self._api, self._catalogue, wanted)

    def declared(self, object_name: str, field: str) -> Iterable[tuple[Value, str]]:
        """The options of a choice, a state or a status reason."""
        self.organization()
        table = self._catalogue.table(object_name)
        column = table.columns.get(field) if table is not None else None
        if column is None or column.type not in ("Picklist", "State", "Status"):
            return ()
        return self._catalogue.labels(object_name, [field]).get(field, {}).items()

    def skew(self) -> timedelta | None:
        """How far the clock of whoever answered last is ahead of ours; None where nobody told the time."""
        return self._transport.skew() if self._transport.told_time else None

    def close(self) -> None:
        self._transport.close()

    def _meet(self) -> Organization:
        try:
            return fetch_organization(self._api)
        except SignInFailed as error:
            if not self._tokens.signed_in:
                raise
            raise SignInFailed(error.message, hint=self._user_hint()) from None
        except PermissionDenied as error:
            raise PermissionDenied(error.message, hint=self._user_hint()) from None

    def _user_hint(self) -> str:
        app = f"client_id {self._source.client_id}" if self._source.client_id else "this managed identity"
        return (
            f"Entra knows the app, but {self._url} does not let it in: in the Power Platform admin center add an "
            f"application user for {app} to this environment, with a security role."
        )

    def _pages(self, wanted: Wanted, shape: Shape, cursor: Cursor | None) -> Iterator[Page]:
        begun_whole = False
        try:
            for page in self._road(self._reading(wanted, shape), cursor):
                begun_whole = begun_whole or page.whole
                yield page
            return
        except RequestRefused as error:
            if not is_unknown_property(error):
                raise
            if begun_whole:
                raise _changed(wanted.object) from None
            _log.warning("%s: a column has gone (%s); reading the whole table without it", wanted.object, error)
        self._catalogue.forget(wanted.object)
        yield from self._road(self._reading(wanted, shape), None)

    def _road(self, reading: Reading, cursor: Cursor | None) -> Iterator[Page]:
        if not reading.table.tracked:
            yield from read_polled(reading, cursor)
            return
        try:
            yield from read_tracked(reading, cursor)
        except RequestRefused as error:
            if not is_untracked(error):
                raise
            _log.warning("%s: no change tracking after all; reading by modifiedon", reading.table.name)
        else:
            return
        yield from read_polled(_untracked(reading), cursor)

    def _privilege(self, name: str) -> str:
        table = self._catalogue.table(name)
        return table.privilege if table is not None else name

    def _reading(self, wanted: Wanted, shape: Shape) -> Reading:
        table = self._catalogue.table(wanted.object)
        if table is None:
            raise _changed(wanted.object)
        start = None if wanted.reference else self._source.start_date
        return Reading(self._api, table, shape.columns, start, wanted.reference, self._page_size)

    def _small(self, name: str, fields: tuple[str, ...]) -> Mapping[str, Mapping[str, Value]]:
        """A small reference table, whole: id -> field -> value; empty where the org has no such table."""
        shape = self.shape(Wanted(name, fields, reference=True))
        table = self._catalogue.table(name)
        if shape.absent or table is None:
            return {}
        reading = Reading(self._api, replace(table, tracked=False), shape.columns, page_size=self._page_size)
        rows = (row for page in read_polled(reading, None) for row in page.rows)
        return {str(row[0]): dict(zip(shape.columns, row, strict=True)) for row in rows}

    def _labels(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Mapping[int, str]]:
        by_table: dict[str, list[str]] = {}
        for name, field in wanted:
            by_table.setdefault(name, []).append(field)
        found: dict[tuple[str, str], Mapping[int, str]] = {}
        for name, fields in by_table.items():
            found |= {(name, field): labels for field, labels in self._catalogue.labels(name, fields).items()}
        return found


def _untracked(reading: Reading) -> Reading:
    table: Table = replace(reading.table, tracked=False)
    return Reading(reading.api, table, reading.columns, reading.start_date, reading.reference, reading.page_size)


def _version(configured: str | None) -> str:
    version = configured or API_VERSION
    return version if version.startswith("v") else f"v{version}"


def _changed(name: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{name}: the table's metadata changed while it was read",
        hint="Run again: the table is then read from its beginning.",
        code="changed_while_reading",
    )


def _read_hint(name: str) -> str:
    return (
        f"Give the application user a security role with Read on {name} at Organization level; change tracking is "
        "refused to users who may read a part of the table only."
    )
