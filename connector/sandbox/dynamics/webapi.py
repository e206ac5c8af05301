"""The Web API's addresses: which part of the organization answers which request.

"Compose HTTP requests and handle errors": ``/api/data/v9.x/`` followed by an entity set, a function, or
``EntityDefinitions``.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from connector.sandbox.dynamics import batch, collection, metadata, properties, single
from connector.sandbox.dynamics.collection import Reading
from connector.sandbox.dynamics.query import annotations_of, options, preferences
from connector.sandbox.dynamics.refusals import (
    ODATA_HEADERS,
    Refused,
    answer_of,
    bad_key,
    bad_request,
    no_impersonation,
    not_acceptable,
    not_supported,
    too_long,
    unknown_segment,
    unknown_table,
    wrong_method,
)
from connector.sandbox.dynamics.schema import Table
from connector.sandbox.exchange import Answer, Request, json_answer

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_ROOT = re.compile(r"/api/data/v9\.[0-2](?:/|\Z)")
_RECORD = re.compile(r"(\w+)\(([^()]*)\)(?:/(.+))?\Z")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
#: what every organization has and the sandbox does not speak: nobody shall take it for not installed
_NOT_SPOKEN = frozenset(
    {
        "$metadata", "GlobalOptionSetDefinitions", "RelationshipDefinitions", "ManagedPropertyDefinitions",
        "RetrieveCurrentOrganization", "RetrieveMetadataChanges", "stringmaps",
    }
)  # fmt: skip
_MOST_URL = 32 * 1024
_TOTALS = re.compile(r"RetrieveTotalRecordCount\(EntityNames=(?P<names>\[.*\]|@\w+)\)\Z")
JSON = "application/json; odata.metadata=minimal"


def answer(organization: Organization, request: Request) -> Answer:
    """What the organization says to a request, refusals included."""
    grant = organization.gate.grant(request, organization.origin)
    if isinstance(grant, Answer):
        return grant
    rates: dict[str, str] = {}
    try:
        with organization.gate.admitted(grant) as rates:
            _check_form(request)
            reply = _route(organization, request)
    except Refused as refused:
        reply = answer_of(refused, annotations_of(request))
    reply.headers = {**ODATA_HEADERS, "x-ms-service-request-id": str(uuid.uuid4()), **rates, **reply.headers}
    return reply


def _check_form(request: Request) -> None:
    """What is refused whatever the address: one too long, an answer in anything but JSON, acting as another user."""
    if len(request.target) > _MOST_URL:
        raise too_long(_MOST_URL)
    accept = request.headers.get("Accept", "*/*")
    kinds = [kind.partition(";")[0].strip().lower() for kind in accept.split(",")]
    fitting = ("*/*", "application/*", "application/json", "multipart/mixed", "")
    if not any(kind in fitting for kind in kinds) and not request.path.endswith("count"):
        raise not_acceptable(accept)
    if "CallerObjectId" in request.headers or "MSCRMCallerID" in request.headers:
        raise no_impersonation()


def _route(organization: Organization, request: Request) -> Answer:
    match = _ROOT.match(request.route)
    if match is None:
        raise unknown_segment(request.route.strip("/").split("/")[0])
    rest = request.route[match.end() :]
    root = f"{organization.origin}{request.route[: match.end()].rstrip('/')}"
    if rest.startswith("EntityDefinitions"):
        return metadata.answer(organization, request, root, rest)
    if rest == "$batch":
        return batch.answer(organization, request, root, _route)
    if called := _function(organization, request, root, rest):
        return _plain(called)
    if rest.partition("(")[0] in _NOT_SPOKEN:
        raise not_supported(rest.partition("(")[0])
    if record := _RECORD.match(rest):
        return _record(organization, request, root, record)
    return _set(organization, request, root, rest)


def _function(organization: Organization, request: Request, root: str, rest: str) -> dict[str, Any] | None:
    """What an unbound function says; None where the address is none that is known."""
    if rest in ("WhoAmI", "WhoAmI()"):
        return _who_am_i(organization, root)
    totals = _TOTALS.match(rest)
    return _total_counts(organization, request, root, totals["names"]) if totals else None


def _record(organization: Organization, request: Request, root: str, match: re.Match[str]) -> Answer:
    table = _table(organization, match[1])
    if _GUID.match(match[2]) is None:
        raise bad_key()
    key = match[2].lower()
    if match[3]:
        return properties.answer(organization, table, key, match[3], request, root)
    return single.answer(organization, table, key, request, root)


def _set(organization: Organization, request: Request, root: str, rest: str) -> Answer:
    set_name, _, tail = rest.partition("/")
    if not rest:
        return _plain(_service_document(organization, root))
    table = _table(organization, set_name)
    if request.method == "POST" and not tail:
        return single.create(organization, table, request, root)
    if request.method not in ("GET", "HEAD"):
        raise wrong_method(request.method)
    path = f"{request.path.removesuffix('/$count').removesuffix('/%24count')}"
    reading = Reading(organization, table, root, path, options(request.query), preferences(request))
    if tail == "$count":
        body = str(collection.count(reading)).encode()
        return Answer(200, {"Content-Type": "text/plain"}, body)
    if tail:
        raise unknown_segment(tail)
    return _page(organization, request, reading)


def _page(organization: Organization, request: Request, reading: Reading) -> Answer:
    applied = reading.preferred.applied
    headers = {"Content-Type": JSON}
    if applied:
        headers["Preference-Applied"] = ",".join(applied)
    key = (organization.database.version, organization.metadata_version, request.target, applied)
    reading.organization.gate.check_read(reading.table)
    body = organization.pages.find(key)
    if body is None:
        body = collection.page(reading)
        # a delta token may expire between two requests: its answers are never kept
        if "$deltatoken" not in reading.asked.given:
            organization.pages.keep(key, body)
    reply = Answer(200, headers, body)
    organization.pages.dress(key, request, reply)
    return reply


def _table(organization: Organization, set_name: str) -> Table:
    for table in organization.tables.values():
        if table.set_name == set_name:
            organization.gate.check_read(table)
            return table
    raise unknown_segment(set_name)


def _plain(value: dict[str, Any]) -> Answer:
    return json_answer(value, content_type=JSON)


def _service_document(organization: Organization, root: str) -> dict[str, Any]:
    names = sorted(table.set_name for table in organization.tables.values())
    return {
        "@odata.context": f"{root}/$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in names],
    }


def _who_am_i(organization: Organization, root: str) -> dict[str, Any]:
    """Shape of WhoAmIResponse (unverified)."""
    return {
        "@odata.context": f"{root}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
        "BusinessUnitId": organization.root_unit_id,
        "UserId": organization.user_id,
        "OrganizationId": organization.organization_id,
    }


def _total_counts(organization: Organization, request: Request, root: str, names: str) -> dict[str, Any]:
    """RetrieveTotalRecordCount: a snapshot of up to a day ago. Shape as public clients parse it."""
    text = request.params.get(names, "") if names.startswith("@") else names
    wanted = re.findall(r"""["']([^"']*)["']""", text)
    if not wanted:
        raise bad_request("EntityNames holds no names.")
    counts: list[int] = []
    for name in wanted:
        if name not in organization.tables:
            raise unknown_table(name)
        organization.gate.check_read(organization.tables[name])
        counts.append(organization.totals.of(name, organization.clock()))
    return {
        "@odata.context": f"{root}/$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse",
        "EntityRecordCountCollection": {
            "Count": len(wanted), "IsReadOnly": False, "Keys": wanted, "Values": counts,
        },
    }  # fmt: skip
