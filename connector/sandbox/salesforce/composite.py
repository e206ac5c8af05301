"""The composite resource, as far as it reads: several GETs in one call, each answered in its own envelope.

Knows no resource: what a subrequest asks is answered by the one who is given. Other methods are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.salesforce.bodies import json_body
from connector.sandbox.salesforce.errors import CONTENT_TYPE, Refusal, method_not_allowed, not_found

MOST_SUBREQUESTS = 25
#: unverified
MOST_QUERIES = 5
#: what a subrequest may ask for (docs), as far as the sandbox has it
_RESOURCES = re.compile(r"/services/data/v\d+\.\d/(sobjects|query|queryAll)(/|\Z)")


class _Subrequest(msgspec.Struct, forbid_unknown_fields=True):
    method: str
    url: str
    reference: str = msgspec.field(name="referenceId")
    body: Any = None
    headers: dict[str, str] = msgspec.field(default_factory=dict, name="httpHeaders")


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    subrequests: list[_Subrequest] = msgspec.field(name="compositeRequest")
    all_or_none: bool = msgspec.field(default=False, name="allOrNone")
    collate: bool = msgspec.field(default=False, name="collateSubrequests")


def composite(request: Request, answer: Callable[[Request], Answer]) -> Answer:
    """Status 200 whatever the subrequests come to (recorded); the call itself is refused where it makes no sense."""
    if request.method != "POST":
        raise method_not_allowed(request.method, "POST")
    try:
        body = msgspec.convert(json_body(request), _Body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "JSON_PARSER_ERROR", str(error)) from None
    _check(body.subrequests)
    told = [_one(subrequest, answer) for subrequest in body.subrequests]
    return json_answer({"compositeResponse": told}, content_type=CONTENT_TYPE)


def _check(subrequests: list[_Subrequest]) -> None:
    """Too many are refused (docs), with a code that is unverified; so is a name given twice."""
    queries = sum(1 for subrequest in subrequests if "/query" in urlsplit(subrequest.url).path)
    if not 0 < len(subrequests) <= MOST_SUBREQUESTS or queries > MOST_QUERIES:
        limits = f"1 to {MOST_SUBREQUESTS} subrequests, of which {MOST_QUERIES} may be queries"
        raise Refusal(400, "LIMIT_EXCEEDED", f"a composite request has {limits}")
    names = [subrequest.reference for subrequest in subrequests]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refusal(400, "INVALID_INPUT", f"Duplicate referenceId provided: {twice}")


def _one(subrequest: _Subrequest, answer: Callable[[Request], Answer]) -> dict[str, Any]:
    parts = urlsplit(subrequest.url)
    try:
        if subrequest.method != "GET":
            raise method_not_allowed(subrequest.method, "GET")
        if not _RESOURCES.match(parts.path):
            raise not_found()
        told = answer(Request("GET", parts.path, parts.query))
    except Refusal as refusal:
        told = refusal.answer()
    assert isinstance(told.body, bytes)
    return {
        "body": msgspec.Raw(told.body) if told.body else None,
        "httpHeaders": {},
        "httpStatusCode": told.status,
        "referenceId": subrequest.reference,
    }
