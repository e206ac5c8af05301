"""``$batch``: several requests in one, in their order; change sets are one transaction each.

"Execute batch operations using the Web API": at most 1,000 requests, no batch within a batch, no GET within a change
set, whose operations need a Content-ID (as public clients found out). The first failure ends the batch and gives it
its status, unless ``odata.continue-on-error`` is preferred.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from connector.sandbox.dynamics.multipart import Part, parts, reply_part, request_in, whole
from connector.sandbox.dynamics.query import annotations_of, preferences
from connector.sandbox.dynamics.refusals import (
    ODATA_HEADERS,
    Refused,
    answer_of,
    bad_request,
    too_long,
    too_many_operations,
    wrong_method,
)
from connector.sandbox.exchange import Answer, Headers, Request

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

MOST_OPERATIONS = 1000
MOST_URL = 64 * 1024
_REFERENCE = re.compile(r"\$(\w+)(?=/|\Z)")
_REFERENCE_IN_BODY = re.compile(rb'(@odata\.(?:bind|id)"\s*:\s*")\$(\w+)')

Route = Callable[["Organization", Request], Answer]


class _Failed(Exception):
    """An operation of a change set was refused: the change set is undone and answers with this alone."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def answer(organization: Organization, request: Request, root: str, route: Route) -> Answer:
    """The answer to a batch; ``route`` answers one request, ``root`` is the service root."""
    if request.method != "POST":
        raise wrong_method(request.method)
    found = parts(request.headers.get("Content-Type", ""), request.body)
    opened = [_operations(part) if part.is_change_set else [part] for part in found]
    if sum(map(len, opened)) > MOST_OPERATIONS:
        raise too_many_operations(MOST_OPERATIONS)
    going_on = preferences(request).continue_on_error
    runner = _Runner(organization, root, request.headers, route)
    replies: list[bytes] = []
    status = 200
    for part, operations in zip(found, opened, strict=True):
        reply, failed = runner.change_set(operations) if part.is_change_set else runner.alone(part)
        replies.append(reply)
        if failed is not None and not going_on:
            status = failed
            break
    kind, body = whole("batchresponse", replies)
    return Answer(status, {**ODATA_HEADERS, "Content-Type": kind}, body)


def _operations(part: Part) -> list[Part]:
    found = parts(part.headers["Content-Type"], part.content)
    if any(inner.is_change_set for inner in found):
        raise bad_request("A change set cannot hold another change set.")
    return found


class _Runner:
    """Asks the parts of one batch; ``change_set`` and ``alone`` return the reply and the status of a failure."""

    def __init__(self, organization: Organization, root: str, authority: Headers, route: Route) -> None:
        self._organization = organization
        self._root = root
        self._authority = authority
        self._route = route

    def alone(self, part: Part) -> tuple[bytes, int | None]:
        reply = self._asked(request_in(part, self._root, self._authority))
        return reply_part(reply, part.headers.get("Content-ID")), _failure(reply)

    def change_set(self, operations: list[Part]) -> tuple[bytes, int | None]:
        """All operations or none."""
        made: dict[str, str] = {}
        replies: list[bytes] = []
        try:
            with self._organization.database.write():
                for part in operations:
                    reply = self._within(part, made)
                    replies.append(reply_part(reply, part.headers.get("Content-ID")))
        except _Failed as failed:
            return reply_part(failed.answer), failed.answer.status
        kind, body = whole("changesetresponse", replies)
        return f"Content-Type: {kind}\r\n\r\n".encode() + body.removesuffix(b"\r\n"), None

    def _within(self, part: Part, made: dict[str, str]) -> Answer:
        request = self._resolved(part, made)
        if request.method in ("GET", "HEAD"):
            raise bad_request(f"The request method '{request.method}' is not allowed within a change set.")
        content_id = part.headers.get("Content-ID")
        if content_id is None:
            raise bad_request(
                "The header with name 'Content-ID' was not present in the header collection of the batch operation."
            )
        if content_id in made:
            raise bad_request(
                f"The content ID '{content_id}' was found more than once in the same change set or same batch request."
            )
        reply = self._asked(request)
        if _failure(reply):
            raise _Failed(reply)
        made[content_id] = reply.headers.get("OData-EntityId", "")
        return reply

    def _resolved(self, part: Part, made: dict[str, str]) -> Request:
        """The request of a part with ``$1`` in address and body replaced by what request 1 made."""

        def address(name: str) -> str:
            if name not in made:
                raise bad_request(f"Content-ID Reference: '${name}' does not exist in the batch context.")
            return made[name]

        line, space, rest = part.content.partition(b" ")
        target, then, after = rest.partition(b" ")
        if match := _REFERENCE.match(target.decode("latin-1")):
            target = address(match[1]).encode() + target[match.end() :]
        request = request_in(Part(part.headers, line + space + target + then + after), self._root, self._authority)
        body = _REFERENCE_IN_BODY.sub(lambda found: found[1] + address(found[2].decode()).encode(), request.body)
        return Request(request.method, request.path, request.query, request.headers, body)

    def _asked(self, request: Request) -> Answer:
        try:
            if len(request.target) > MOST_URL:
                raise too_long(MOST_URL)
            if request.route.endswith("/$batch"):
                raise bad_request("A batch request can't contain other batch requests.")
            reply = self._route(self._organization, request)
        except Refused as refused:
            reply = answer_of(refused, annotations_of(request))
            reply.headers = {"REQ_ID": str(uuid.uuid4()), **reply.headers}
        if "OData-EntityId" in reply.headers:
            reply.headers = {**reply.headers, "Location": reply.headers["OData-EntityId"]}
        return reply


def _failure(reply: Answer) -> int | None:
    return reply.status if reply.status >= 400 else None
