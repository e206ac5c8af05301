"""What faults on demand ask of an organization: its error envelope, its pages with next and delta links, its tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from connector.sandbox.dynamics.refusals import THROTTLE_MESSAGES, Refused, answer_of
from connector.sandbox.exchange import Answer, Request
from connector.sandbox.faults import Page, Vendor
from connector.sandbox.wire import with_body

#: code and message by status; where the documentation names none, the code is empty, as it often is
_USUAL = {
    403: ("0x80040220", "Principal user is missing a privilege."),
    404: ("0x80040217", "The record does not exist."),
    429: ("0x80072322", THROTTLE_MESSAGES["0x80072322"]),
    503: ("", "The service is unavailable."),
}
_NEXT, _DELTA = "@odata.nextLink", "@odata.deltaLink"


def vendor(expire_tokens: Callable[[], object]) -> Vendor:
    """An organization's Web API."""
    return Vendor("a Dynamics organization", _refusal, _page, expire_tokens)


def _refusal(_request: Request, status: int, code: str, message: str) -> Answer:
    usual = _USUAL.get(status, ("", "An unexpected error occurred."))
    message = message or THROTTLE_MESSAGES.get(code, usual[1])
    return answer_of(Refused(status, code or usual[0], message))


def _page(request: Request, answer: Answer) -> Page | None:
    """Metadata has no pages (docs "Query table definitions using the Web API")."""
    if request.method != "GET" or not isinstance(answer.body, bytes) or "EntityDefinitions" in request.route:
        return None
    if not answer.body.startswith(b"{"):
        return None
    page = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
    return _ODataPage(request, answer, page) if "value" in page and not request.params.get("$apply") else None


@dataclass(frozen=True)
class _ODataPage:
    """A page of an entity set: rows in ``value``, the way on in ``@odata.nextLink``."""

    request: Request
    answer: Answer
    page: dict[str, msgspec.Raw]

    def detour(self, mark: str) -> str:
        return self._address(f"https://{self.request.headers.get('Host', 'localhost')}", mark)

    def leading_to(self, link: str) -> Answer:
        return self._told({**self._without(_NEXT, _DELTA), _NEXT: link})

    def emptied(self, link: str) -> Answer:
        return self._told({**self._without(_NEXT, _DELTA), "value": [], _NEXT: link})

    def foreign(self, origin: str) -> str | None:
        return self._address(origin, "%3Ccookie%20pagenumber=%222%22%20/%3E")

    def delta_leading_to(self, origin: str) -> Answer | None:
        if _DELTA not in self.page:
            return None
        own = urlsplit(msgspec.json.decode(self.page[_DELTA], type=str))
        return self._told({**self.page, _DELTA: f"{origin}{own.path}?{own.query}"})

    def _address(self, origin: str, token: str) -> str:
        kept = [part for part in self.request.query.split("&") if part and not part.startswith("$skiptoken=")]
        return f"{origin}{self.request.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"

    def _without(self, *names: str) -> dict[str, msgspec.Raw]:
        return {name: value for name, value in self.page.items() if name not in names}

    def _told(self, page: dict[str, object]) -> Answer:
        return with_body(self.answer, msgspec.json.encode(page))
