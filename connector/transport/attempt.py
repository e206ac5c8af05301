"""One attempt at one question: send, follow redirects at home, receive the whole body, judge it."""

from __future__ import annotations

import re
from collections.abc import Callable

import requests
import urllib3.exceptions

from connector.errors import RequestRefused, SourceUnavailable
from connector.transport.actions import Action, Vendor, Verdict, action_for
from connector.transport.bodies import BodyBroken, receive
from connector.transport.call import AskAgain, Call, Outcome
from connector.transport.contents import head_of, is_html, what_is_wrong
from connector.transport.origins import OriginRule
from connector.transport.pacing import retry_after
from connector.transport.reply import Reply
from connector.transport.sessions import Bearer, SessionPool
from connector.transport.tokens import Token

#: said by HTTP itself, often by an edge that speaks HTML: asking the same again cannot help, or has its own way
DEFINITE = frozenset({401, 413, 414, 431})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_CHAIN = 5


class Attempt:
    """Sends a Call once. ``counted`` is told of every request before it leaves, and may forbid it."""

    def __init__(
        self,
        vendor: Vendor,
        origins: OriginRule,
        pool: SessionPool,
        timeouts: tuple[float, float],
        counted: Callable[[], None],
    ) -> None:
        self._vendor = vendor
        self._origins = origins
        self._pool = pool
        self._timeouts = timeouts
        self._counted = counted

    def run(self, call: Call, token: Token | None) -> Outcome:
        """A definite answer with its verdict; AskAgain where there is none."""
        url, first = call.url, True
        for _ in range(LONGEST_CHAIN):
            reply = self._exchange(call, url, token, with_params=first)
            if reply.status not in REDIRECTS or call.method not in ("GET", "HEAD"):
                return self._judged(call, reply)
            url, first = self._next_hop(reply), False
            self._origins.check(url, authenticated=call.authenticated)
        raise RequestRefused(f"{self._vendor.name}: redirected in a circle at {call.url.partition('?')[0]}", status=0)

    def _exchange(self, call: Call, url: str, token: Token | None, *, with_params: bool) -> Reply:
        with self._pool.borrow() as session:
            prepared = self._prepared(session, call, url, token, with_params=with_params)
            self._counted()
            try:
                response = session.send(
                    prepared,
                    stream=True,
                    timeout=self._timeouts,
                    allow_redirects=False,
                    proxies=self._pool.proxies_for(prepared.url or url),
                )
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise _connection_trouble(error) from None
            with response:
                return _received(call, response)

    def _prepared(
        self, session: requests.Session, call: Call, url: str, token: Token | None, *, with_params: bool
    ) -> requests.PreparedRequest:
        request = requests.Request(
            call.method,
            url,
            headers=dict(call.headers or {}),
            params=call.params if with_params else None,
            data=call.data,
            json=call.json,
            auth=Bearer(token.text) if token is not None else call.auth,
        )
        try:
            prepared = session.prepare_request(request)
        except (requests.RequestException, ValueError) as error:
            raise RequestRefused(
                f"{url.partition('?')[0][:200]!r} is no usable address ({error.__class__.__name__})", status=0
            ) from None
        self._origins.check(prepared.url or "", authenticated=token is not None)
        return prepared

    def _next_hop(self, reply: Reply) -> str:
        return requests.compat.urljoin(reply.url, reply.headers.get("Location", ""))

    def _judged(self, call: Call, reply: Reply) -> Outcome:
        action = action_for(reply.status)
        html = call.expect != "any" and reply.status != 204 and is_html(reply, head_of(call, reply))
        if html and reply.status not in DEFINITE:
            wait = retry_after(reply.headers)
            raise AskAgain(f"HTTP {reply.status} with HTML where {call.expect.upper()} is due", wait=wait, nobody=True)
        if action is Action.OK:
            wrong = what_is_wrong(call, reply)
            if wrong is not None:
                raise AskAgain(f"HTTP {reply.status}, but {wrong}", wait=retry_after(reply.headers))
            return Outcome(reply, Verdict(Action.OK))
        verdict = self._vendor.judge(reply) or Verdict(action)
        if verdict.action is Action.RENEW and not call.authenticated:
            verdict = Verdict(Action.REFUSED, verdict.code, verdict.message)
        if verdict.action is Action.RETRY:
            said = ": ".join(part for part in (verdict.code, verdict.message[:200]) if part)
            nobody = reply.status >= 500 and not verdict.code
            raise AskAgain(
                f"HTTP {reply.status}" + (said and f" ({said})"), wait=retry_after(reply.headers), nobody=nobody
            )
        return Outcome(reply, verdict)


def _received(call: Call, response: requests.Response) -> Reply:
    into = call.into if 200 <= response.status_code < 300 else None
    if into is not None:
        into.seek(0)
        into.truncate()
    try:
        body = receive(response, into)
    except BodyBroken as broken:
        raise AskAgain(f"HTTP {response.status_code}, but {broken}") from None
    return Reply(response.status_code, response.headers, body, response.url)


_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED\]?\s*([^()]*)")


def _connection_trouble(error: Exception) -> Exception:
    """AskAgain, or SourceUnavailable at once where asking again cannot help."""
    text = str(error)
    untrusted = _CERTIFICATE.search(text)
    if untrusted:
        return SourceUnavailable(
            f"the server's certificate is not trusted: {untrusted.group(1).strip() or 'verification failed'}",
            hint="name the certificate authority's file as ca_bundle in crossfunnel.toml, or in REQUESTS_CA_BUNDLE",
            code="certificate",
        )
    return AskAgain(_in_words(error, text), nobody=True)


def _in_words(error: Exception, text: str) -> str:
    for sign, words in (
        # what kept the proxy away stands in the same text
        ("ProxyError", "the proxy gave no connection"),
        ("NameResolutionError", "the host name is unknown"),
        ("Failed to resolve", "the host name is unknown"),
        ("Connection refused", "the connection was refused"),
        ("ConnectTimeout", "no connection in time"),
        ("Read timed out", "no answer in time"),
        ("Connection reset", "the connection was reset"),
        ("RemoteDisconnected", "the server hung up without an answer"),
    ):
        if sign in text or sign in error.__class__.__name__:
            return words
    return f"the connection failed ({error.__class__.__name__})"
