"""The org itself, asked once per run: base currency, base language, fiscal calendar, and the metadata version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connector.adapters.base import FiscalCalendar
from connector.adapters.chains import Chain
from connector.adapters.dynamics.webapi import WebApi, lacks_items
from connector.errors import RequestRefused
from connector.instants import instant, moment

_COLUMNS = (
    "organizationid",
    "name",
    "_basecurrencyid_value",
    "languagecode",
    "fiscalcalendarstart",
    "fiscalyeardisplaycode",
    "fiscalperiodtype",
)
_VERSION = "@Microsoft.Dynamics.CRM.globalmetadataversion"
_USE_START_DATE = 1


@dataclass(frozen=True)
class Organization:
    """What every run needs to know of the org; the defaults hold where it does not tell."""

    name: str = ""
    base_currency_id: str | None = None
    language: int | None = None
    fiscal: FiscalCalendar = field(default_factory=FiscalCalendar)
    metadata_version: str | None = None


def fetch_organization(api: WebApi) -> Organization:
    """One request, as a rule; a column that this org does not know is no reason to fail."""
    prefer = 'odata.include-annotations="*"'
    try:
        reply = api.document("organizations", {"select": ",".join(_COLUMNS)}, prefer=prefer)
    except RequestRefused as error:
        if error.status == 404:
            return Organization()
        if error.status != 400:
            raise
        reply = api.document("organizations", prefer=prefer)
    answer = reply.json()
    row = _row(api, answer, prefer)
    return _organization(row, _version(answer, row))


def _row(api: WebApi, answer: dict[str, Any], prefer: str) -> dict[str, Any]:
    """The one record there is, however many empty pages stand before it; without it amounts get a wrong currency."""
    chain = Chain()
    while not answer.get("value") and answer.get("@odata.nextLink"):
        link = api.own(answer["@odata.nextLink"])
        trouble = chain.trouble(link, 0)
        if trouble is not None:
            raise api.broken("organization", trouble)
        answer = api.get(link, prefer=prefer, complete=lacks_items).json()
    rows: list[dict[str, Any]] = answer.get("value") or [{}]
    return rows[0]


def _organization(row: Mapping[str, Any], version: str | None) -> Organization:
    currency = row.get("_basecurrencyid_value")
    language = row.get("languagecode")
    return Organization(
        name=str(row.get("name") or ""),
        base_currency_id=str(currency).lower() if currency else None,
        language=int(language) if language is not None else None,
        fiscal=fiscal_calendar(row),
        metadata_version=version,
    )


def _version(answer: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    found = answer.get(_VERSION, row.get(_VERSION))
    return str(found) if found is not None else None


def fiscal_calendar(row: Mapping[str, Any]) -> FiscalCalendar:
    """The fiscal year of an organization row.

    ``fiscalyeardisplaycode``: 1 UseStartDate, 2 UseEndDate (Dynamics 365 SDK, class
    OrganizationFiscalYearDisplayCode). Unverified: whether ``fiscalcalendarstart`` comes as midnight UTC or
    as local midnight; the nearest midnight is right for both.
    """
    start = row.get("fiscalcalendarstart")
    if not start:
        return FiscalCalendar()
    text = str(start)
    try:
        first = moment(instant(text) if "T" in text else f"{text}T00:00:00Z") + timedelta(hours=12)
    except ValueError:
        return FiscalCalendar()
    by_start = row.get("fiscalyeardisplaycode") == _USE_START_DATE
    return FiscalCalendar(start_month=first.month, start_day=first.day, named_by_start=by_start)
