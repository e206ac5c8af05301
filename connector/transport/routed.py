"""A requests.Session for other libraries, every request of which goes through the transport.

simple-salesforce takes it as ``session=``, msal as ``http_client=``; they keep their own reading of answers,
and get our timeouts, trust, proxy, retries, origin rule and redaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from connector.transport.call import Call, Expect
from connector.transport.reply import Reply

#: simple-salesforce asks for pretty JSON on every call: 38 % more bytes
_UNWANTED = frozenset({"x-prettyprint"})


class RoutedSession(requests.Session):
    """``ask`` performs a Call: as a definite answer of any status, or by raising the transport's errors."""

    def __init__(
        self, ask: Callable[[Call], Reply], *, authenticated: bool, object_name: str | None, expect: Expect = "json"
    ) -> None:
        super().__init__()
        self.trust_env = False
        self._ask = ask
        self._authenticated = authenticated
        self._object_name = object_name
        self._expect = expect

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """What a library may pass beside these (timeout, verify, proxies, allow_redirects, stream) is ours to say."""
        names = ("params", "data", "headers", "cookies", "files", "auth")
        options.update(zip(names, args, strict=False))
        call = Call(
            method=_text(method).upper(),
            url=_text(url),
            headers=_kept(options.get("headers")),
            params=options.get("params"),
            data=options.get("data"),
            json=options.get("json"),
            auth=options.get("auth"),
            expect=options.get("expect", self._expect),
            authenticated=self._authenticated,
            object_name=options.get("object_name", self._object_name),
        )
        return _response(self._ask(call), call.method)

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        """A request that the library prepared itself takes the same road."""
        call = Call(
            method=request.method or "GET",
            url=request.url or "",
            headers=_kept(request.headers),
            data=request.body,
            expect=self._expect,
            authenticated=self._authenticated,
            object_name=self._object_name,
        )
        return _response(self._ask(call), call.method)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _kept(headers: Any) -> dict[str, Any] | None:
    if headers is None:
        return None
    return {name: value for name, value in headers.items() if name.lower() not in _UNWANTED}


def _response(reply: Reply, method: str) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response.headers.pop("Content-Encoding", None)
    response.url = reply.url
    response.encoding = "utf-8"
    response._content = reply.body  # the public way to set a body is a live connection
    response.request = requests.Request(method, reply.url).prepare()
    return response
