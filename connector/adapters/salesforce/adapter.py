"""SalesforceAdapter: one org behind the Adapter protocol. Knows no table and no mapping.

Which road an object takes is decided in ``reading.py``; sign-in, metadata and the calls have files of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from connector.adapters.base import CheckResult, Cursor, Frame, Page, Shape, Value, Wanted
from connector.adapters.links import INSTANCE
from connector.adapters.salesforce import rest
from connector.adapters.salesforce.checks import run_checks
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.cursors import Place
from connector.adapters.salesforce.faults import SalesforceErrors
from connector.adapters.salesforce.fields import Description, Selection, select
from connector.adapters.salesforce.instance import Instance
from connector.adapters.salesforce.reading import BULK_FROM, Options, Reading
from connector.adapters.salesforce.signin import token_source
from connector.adapters.salesforce.soql import query
from connector.settings import SalesforceSource
from connector.transport import Transport

_CURRENCIES = "CurrencyType"
_CORPORATE = ("IsoCode", "IsCorporate")


class SalesforceAdapter:
    """Reads one org. ``cache`` lives from run to run; ``transport_options`` go to Transport."""

    kind = "salesforce"

    def __init__(
        self,
        source: SalesforceSource,
        *,
        cache: MutableMapping[str, str],
        bulk_from: int = BULK_FROM,
        **transport_options: Any,
    ) -> None:
        self.name = source.name
        self._source = source
        self._cache = cache
        self._bulk_from = bulk_from
        options = {
            "ca_bundle": source.ca_bundle,
            "proxy": source.proxy,
            "api_budget": source.api_budget,
            **transport_options,
        }
        self._transport = Transport(
            source=source.name,
            origins=[source.instance_origin] if source.instance_origin else [],
            sign_in=[source.login_origin, *([source.instance_origin] if source.instance_origin else [])],
            vendor=SalesforceErrors(),
            **options,
        )
        self._instance = Instance(source, self._transport)
        self._client = Client(self._transport, self._instance, source.api_version)
        self._lock = threading.Lock()
        self._described: dict[str, Description | None] = {}
        self._describing: dict[str, threading.Lock] = {}

    # --- the protocol ---

    def connect(self) -> None:
        """Signs in."""
        self._transport.sign_in_with(token_source(self._source, self._transport, self._instance))
        self._transport.token()
        self._cache[INSTANCE] = self._instance.origin()

    def frame(self, lookups: Mapping[str, tuple[str, ...]], labels: Sequence[tuple[str, str]]) -> Frame:  # noqa: ARG002
        """Reads small reference objects whole; one that the org has not (currencies, forecasting) is empty.

        Picklist values of Salesforce are their own text, so ``labels`` asks for nothing here.
        """
        asked = {name: fields + (_CORPORATE if name == _CURRENCIES else ()) for name, fields in lookups.items()}
        found = {name: self._lookup(name, fields) for name, fields in asked.items()}
        return Frame(currency=_corporate(found.get(_CURRENCIES, {})), lookups=found)

    def shape(self, wanted: Wanted) -> Shape:
        """What the org shows of the object now."""
        return self._selection(wanted).shape()

    def pages(self, wanted: Wanted, shape: Shape, cursor: Cursor | None, *, whole: bool = False) -> Iterator[Page]:
        """Reads the object; see ``reading.py``."""
        selection = self._selection(wanted)
        if shape.absent or selection.absent:
            yield Page(last=True)
            return
        if tuple(column.name for column in selection.columns) != tuple(shape.columns):
            raise ValueError(f"the shape of {wanted.object} is not the one that this run has found")
        options = Options(self._source.start_date, self._bulk_from, self._cache, self._narrowed)
        reading = Reading(self._client, selection, options, reference=wanted.reference)
        yield from reading.pages(Place.of(cursor), whole=whole)

    def requests_for(self, object_name: str) -> int:
        """HTTP requests made for one object in this run."""
        return self._transport.requests_for(object_name)

    def checks(self, wanted: Sequence[Wanted]) -> Iterator[CheckResult]:
        """What ``crossfunnel check`` tells about this org."""
        return run_checks(self._source, self._client, self.connect, self._describe, wanted)

    def declared(self, object_name: str, field: str) -> Iterable[tuple[Value, str]]:
        """The active values of a picklist."""
        description = self._describe(object_name)
        entry = description.fields.get(field.lower(), {}) if description is not None else {}
        found = [each for each in entry.get("picklistValues") or () if isinstance(each, dict) and each.get("active")]
        return [(str(each.get("value")), str(each.get("label") or each.get("value"))) for each in found]

    def close(self) -> None:
        """Releases connections."""
        self._transport.close()

    # --- metadata, once per run and object ---

    def _selection(self, wanted: Wanted) -> Selection:
        return select(wanted, self._describe(wanted.object), self._describe)

    def _describe(self, object_name: str) -> Description | None:
        key = object_name.lower()
        with self._lock:
            turn = self._describing.setdefault(key, threading.Lock())
        with turn:
            if key not in self._described:
                answer = self._client.describe(object_name)
                self._described[key] = Description.of(answer) if answer is not None else None
            return self._described[key]

    def _narrowed(self, selection: Selection) -> Selection:
        """The selection less what has vanished since it was made: columns stay, their values are null."""
        with self._lock:
            self._described.clear()
        wanted = Wanted(selection.object, tuple(column.path for column in selection.columns))
        present = {column.path for column in self._selection(wanted).columns}
        gone = frozenset(column.path for column in selection.columns if column.path not in present)
        return replace(selection, vanished=gone)

    def _lookup(self, object_name: str, fields: tuple[str, ...]) -> dict[str, dict[str, Value]]:
        selection = self._selection(Wanted(object_name, fields, reference=True))
        if selection.absent:
            return {}
        names = [column.name for column in selection.columns]
        key = names.index(selection.shape().id_field)
        found: dict[str, dict[str, Value]] = {}
        for page in rest.pages(self._client, selection, lambda paths: query(selection.object, paths)):
            found.update((str(row[key]), dict(zip(names, row, strict=True))) for row in page.rows)
        return {
            key: {**dict.fromkeys(fields), **record} for key, record in found.items() if not record.get("IsDeleted")
        }


def _corporate(currencies: Mapping[str, Mapping[str, Value]]) -> str | None:
    """The corporate currency, where CurrencyType was asked for and the org has it."""
    codes = (
        str(record["IsoCode"]) for record in currencies.values() if record.get("IsCorporate") and record.get("IsoCode")
    )
    return next(codes, None)
