"""What a Bulk API 2.0 query job may be: its body, its query, its place in the list. Knows no job and no result.

Rules: docs bulk_api_2 (query jobs); messages as client libraries match them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.sandbox.exchange import Request
from connector.sandbox.salesforce.bodies import json_body
from connector.sandbox.salesforce.bulk_results import DELIMITERS, LINE_ENDINGS
from connector.sandbox.salesforce.errors import Refusal, invalid_field
from connector.sandbox.salesforce.fields import COMPOUNDS
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soql.compiler import Plan, compile_query
from connector.sandbox.salesforce.soql.parser import parse
from connector.sandbox.salesforce.soql.syntax import Call, Path, Query, Subquery, TypeOf

#: query jobs are no older than this
FIRST_VERSION = 47.0
#: from here on columns come in the order asked for, before by name
ORDERED_SINCE = 50.0
PAGES_SINCE = 58.0
_NOT_IN_BULK = COMPOUNDS | {"base64", "json", "complexvalue"}
_DEFAULTS = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
_KNOWN = {"operation", "query", *_DEFAULTS}


@dataclass(frozen=True)
class Order:
    """What a client asked for."""

    operation: str
    query: str
    delimiter: str
    line_ending: str


def read_order(request: Request) -> Order:
    """The body of a create call; refused where it makes no sense (codes unverified)."""
    body = _DEFAULTS | json_body(request)
    if unknown := sorted(body.keys() - _KNOWN):
        raise Refusal(400, "JSON_PARSER_ERROR", f"Unrecognized field: {', '.join(unknown)}")
    if body.get("operation") not in ("query", "queryAll") or not isinstance(body.get("query"), str):
        raise invalid_job("operation must be query or queryAll, and query must be given")
    for name, allowed in (("contentType", {"CSV"}), ("columnDelimiter", DELIMITERS), ("lineEnding", LINE_ENDINGS)):
        if body[name] not in allowed:
            raise invalid_job(f"{name} must be one of {', '.join(allowed)}")
    return Order(body["operation"], body["query"], body["columnDelimiter"], body["lineEnding"])


def plan(order: Order, org: Org, version: str) -> Plan:
    """The query made ready; refused with everything that Bulk cannot do although REST can (docs queries.htm)."""
    query = parse(order.query)
    _refuse_unsupported(query)
    ready = compile_query(query, org.visible(), deleted=order.operation == "queryAll", now=org.local_now())
    if not ready.sobject.bulk:
        raise Refusal(400, "INVALIDENTITY", f"Entity '{ready.sobject.name}' is not supported by the Bulk API.")
    if any(column.field.type in _NOT_IN_BULK for column in ready.columns):
        raise Refusal(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    if float(version) < ORDERED_SINCE:
        ready.columns.sort(key=lambda column: ".".join(column.path).lower())
    return ready


def listed(params: Mapping[str, str]) -> bool:
    """Whether query jobs of Bulk API 2.0 are among those that a list is asked for."""
    return (
        params.get("jobType", "V2Query") == "V2Query"
        and params.get("concurrencyMode", "parallel").lower() == "parallel"
        and params.get("isPkChunkingEnabled", "false").lower() != "true"
    )


def whole(text: str | None, default: int) -> int:
    """``maxRecords``; what a wrong one is answered with is unverified."""
    if text is None:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Refusal(400, "INVALID_FIELD", f"maxRecords must be a positive number: {text}")
    return int(text)


def invalid_job(message: str) -> Refusal:
    """The code is unverified."""
    return Refusal(400, "INVALIDJOB", message)


def wrong_state(state: str, what: str) -> Refusal:
    """Which states allow what is documented, the code is unverified."""
    return Refusal(400, "INVALIDJOBSTATE", f"a job in state {state} cannot be {what}")


def wrong_version(version: str) -> Refusal:
    """Status 409 is documented; the code in the body is unverified."""
    return Refusal(409, "INVALID_API_VERSION", f"The job was created with API version {version}; use that version")


def _refuse_unsupported(query: Query) -> None:
    for item in query.selected:
        if isinstance(item, Subquery):
            raise Refusal(400, "API_ERROR", "Aggregate Relationships not supported in Bulk Query")
        if isinstance(item, TypeOf):
            raise Refusal(400, "API_ERROR", "TYPEOF not supported in Bulk Query")
        if isinstance(item, Call):
            what = "FIELDS" if item.function == "FIELDS" else "Aggregate functions"
            raise invalid_field(f"{what} not supported in Bulk Query")
        assert isinstance(item, Path)
    if query.group_by:
        raise Refusal(400, "API_ERROR", "GROUP BY not supported in Bulk Query")
    if query.offset is not None:
        raise Refusal(400, "API_ERROR", "OFFSET not supported in Bulk Query")
