"""What faults on demand ask of an org: its three error envelopes, REST and Bulk pages, sessions and query jobs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.faults import Jobs, Page, Vendor
from connector.sandbox.salesforce import soap
from connector.sandbox.salesforce.errors import CONTENT_TYPE, OAuthRefusal, Refusal
from connector.sandbox.wire import with_body

#: errorCode and message by status, as the REST documentation and client libraries name them
_USUAL = {
    400: ("MALFORMED_QUERY", "unexpected token: 'FROM'"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("INSUFFICIENT_ACCESS", "insufficient access rights on object id"),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred."),
    503: ("SERVER_UNAVAILABLE", "Server is temporarily unavailable."),
}
_OAUTH = {400: ("invalid_grant", "authentication failure"), 401: ("invalid_client", "invalid client credentials")}
_QUERY = re.compile(r"/services/data/v\d+\.0/query(All)?(/|\Z)")
_RESULTS = re.compile(r"/services/data/v\d+\.0/jobs/query/\w+/results\Z")
_CREATE = re.compile(r"/services/data/v\d+\.0/jobs/query/?\Z")

_Raw = dict[str, msgspec.Raw]


def vendor(expire_sessions: Callable[[], None], end_next_job_as: Callable[[str, str], None]) -> Vendor:
    """The org's own domain."""
    jobs = Jobs(lambda request: request.method == "POST" and bool(_CREATE.match(request.route)), end_next_job_as)
    return Vendor("a Salesforce org", _refusal, _page, expire_sessions, jobs)


def login_vendor() -> Vendor:
    """The login host, which knows sign-ins only."""
    return Vendor("Salesforce's login host", _refusal)


def _refusal(request: Request, status: int, code: str, message: str) -> Answer:
    if request.route.endswith("/oauth2/token"):
        usual = _OAUTH.get(status, ("unknown_error", "retry your request"))
        return OAuthRefusal(code or usual[0], message or usual[1], status).answer()
    usual = _USUAL.get(status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
    code, message = code or usual[0], message or usual[1]
    return (
        soap.fault(code, message, status) if soap.PATH.match(request.route) else Refusal(status, code, message).answer()
    )


def _page(request: Request, answer: Answer) -> Page | None:
    if request.method != "GET" or not isinstance(answer.body, bytes):
        return None
    if _RESULTS.match(request.route):
        return _BulkPage(answer, answer.body)
    if _QUERY.match(request.route):
        page = msgspec.json.decode(answer.body, type=_Raw)
        return _RestPage(request, answer, page) if "records" in page else None
    return None


@dataclass(frozen=True)
class _RestPage:
    """A page of ``/query`` or ``/queryAll``, which leads on by ``nextRecordsUrl``."""

    request: Request
    answer: Answer
    page: _Raw

    def detour(self, mark: str) -> str:
        return f"{self.request.path.partition('/query')[0]}/query/{mark}"

    def leading_to(self, link: str) -> Answer:
        return self._with({}, link)

    def emptied(self, link: str) -> Answer:
        return self._with({"records": msgspec.Raw(b"[]")}, link)

    def foreign(self, origin: str) -> str | None:
        return origin + self.detour("0r8000000000001AAA-2000")

    def delta_leading_to(self, _origin: str) -> Answer | None:
        return None

    def _with(self, changed: _Raw, link: str) -> Answer:
        told: dict[str, object] = {**self.page, **changed, "done": False, "nextRecordsUrl": link}
        return json_answer(told, self.answer.status, self.answer.headers, content_type=CONTENT_TYPE)


@dataclass(frozen=True)
class _BulkPage:
    """A page of a query job's results; the header ``Sforce-Locator`` names the next one."""

    answer: Answer
    body: bytes

    def detour(self, mark: str) -> str:
        return mark

    def leading_to(self, link: str) -> Answer:
        return with_body(self.answer, self.body, {"Sforce-Locator": link})

    def emptied(self, link: str) -> Answer:
        header = self.body[: self.body.find(b"\n") + 1]
        return with_body(self.answer, header, {"Sforce-Locator": link, "Sforce-NumberOfRecords": "0"})

    def foreign(self, _origin: str) -> str | None:
        return None

    def delta_leading_to(self, _origin: str) -> Answer | None:
        return None
