"""One Transport per source: every HTTP request of every library, retried under a deadline, with shared pacing.

Knows no vendor and no object model: a Vendor judges error codes, a TokenSource signs in.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import requests
import tenacity
from tenacity import RetryCallState

from connector import redaction
from connector.errors import LimitReached, PermissionDenied, RequestRefused, SourceUnavailable
from connector.transport.actions import Action, Vendor
from connector.transport.attempt import Attempt
from connector.transport.call import AskAgain, Call, Complete, Expect, Outcome
from connector.transport.origins import OriginRule, origin_of
from connector.transport.pacing import Gate, backoff, served_at
from connector.transport.reply import Reply
from connector.transport.routed import RoutedSession
from connector.transport.sessions import TIMEOUTS, SessionPool
from connector.transport.tokens import TokenKeeper, TokenSource

log = logging.getLogger(__name__)


#: the error code of what was under way when the adapter was closed
CLOSED = "closed"
#: how many times the deadline is granted where the source itself asks for a pause (Dataverse: up to five minutes)
WHERE_ASKED = 5


class Transport:
    """All HTTP of one source.

    ``origins``: where tokens may go, relative links count from the first. ``sign_in``: further origins that
    take part in a sign-in but never see a token. ``deadline``: seconds to go on asking one question, five times
    as many where the source itself says how long to wait;
    ``first_contact``: the shorter patience with a host where no API has ever answered in this run.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        source: str,
        origins: Iterable[str],
        vendor: Vendor,
        tokens: TokenSource | None = None,
        sign_in: Iterable[str] = (),
        ca_bundle: Path | None = None,
        proxy: str | None = None,
        api_budget: int | None = None,
        deadline: float = 120.0,
        first_contact: float = 30.0,
        timeouts: tuple[float, float] = TIMEOUTS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.source = source
        self._vendor = vendor
        self._origins = OriginRule(source, origins, sign_in)
        self._keeper = TokenKeeper(source, tokens) if tokens is not None else None
        self._pool = SessionPool(ca_bundle, proxy)
        self._budget = api_budget
        self._deadline, self._first_contact = deadline, min(first_contact, deadline)
        self._longest = deadline * WHERE_ASKED
        self._timeouts = timeouts
        self._clock = clock
        self._closed = threading.Event()
        self._sleep = sleep if sleep is not None else self._doze
        self._gate = Gate(clock)
        self._lock = threading.Lock()
        self._counts: Counter[str | None] = Counter()
        self._spent = 0
        #: origins that have answered: an authority that signs in says nothing of the org behind it
        self._contacted: set[str] = set()
        self._skew = timedelta()
        #: whether any answer carried a date
        self.told_time = False
        redaction.register(_proxy_password(proxy))

    def sign_in_with(self, tokens: TokenSource) -> None:
        """Sets who signs in; for sources whose sign-in itself goes through this transport."""
        self._keeper = TokenKeeper(self.source, tokens)

    def trust_origin(self, url: str) -> None:
        """Adds the origin that the sign-in named as the org's own."""
        self._origins.trust(url)

    def token(self) -> str:
        """The current access token; the first call signs in."""
        return self._keeper_or_raise().current().text

    def request(  # noqa: PLR0913
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        expect: Expect = "json",
        authenticated: bool = True,
        object_name: str | None = None,
        complete: Complete | None = None,
    ) -> Reply:
        """Asks until there is a definite answer and returns it where it is a success.

        ``complete`` may name what a successful answer lacks; such an answer is asked for again. Raises
        SourceUnavailable, SignInFailed, PermissionDenied, LimitReached or RequestRefused.
        """
        call = Call(
            method, url, headers, params, data, json, None, expect, authenticated, object_name, complete=complete
        )
        return self._success(call)

    def download(
        self,
        url: str,
        into: BinaryIO,
        *,
        headers: Mapping[str, str] | None = None,
        params: Any = None,
        expect: Expect = "csv",
        object_name: str | None = None,
        complete: Complete | None = None,
    ) -> Reply:
        """Streams a body into a file; each attempt starts the file anew. The Reply's own body stays empty."""
        call = Call("GET", url, headers, params, expect=expect, object_name=object_name, into=into, complete=complete)
        reply = self._success(call)
        into.seek(0)
        return reply

    def session(
        self,
        *,
        authenticated: bool = False,
        raising: bool | None = None,
        object_name: str | None = None,
        expect: Expect = "json",
    ) -> RoutedSession:
        """What simple-salesforce (``session=``) and msal (``http_client=``) get.

        Not ``authenticated`` (sign-in): the library's own headers stay, definite refusals come back as
        responses. ``authenticated``: the token is ours, and refusals raise our errors unless told otherwise.
        """
        raises = authenticated if raising is None else raising
        ask = self._success if raises else self._definite
        return RoutedSession(ask, authenticated=authenticated, object_name=object_name, expect=expect)

    def requests_for(self, object_name: str | None) -> int:
        """HTTP requests sent for one object, repeats included; ``None``: those that belong to no object."""
        return self._counts[object_name]

    def requests_made(self) -> int:
        """All HTTP requests sent, sign-in and repeats included."""
        return sum(self._counts.values())

    def server_now(self) -> datetime:
        """The present instant by the source's own clock, as its last answer told it; else by ours."""
        return datetime.now(UTC) + self._skew

    def skew(self) -> timedelta:
        """How far the source's clock is ahead of ours."""
        return self._skew

    def pause(self, seconds: float) -> None:
        """Waits; ``close`` ends the wait with an error."""
        if seconds > 0:
            self._sleep(seconds)
        if self._closed.is_set():
            raise self._was_closed()

    def close(self) -> None:
        """Wakes sleepers and closes connections."""
        self._closed.set()
        self._pool.close()

    # --- one question, several attempts ---

    def _definite(self, call: Call) -> Reply:
        return self._ask(call).reply

    def _success(self, call: Call) -> Reply:
        outcome = self._ask(call)
        if outcome.verdict.action is not Action.OK:
            raise self._refusal(call, outcome)
        return outcome.reply

    def _ask(self, call: Call) -> Outcome:
        call.url = self._origins.resolve(call.url)
        call.started = self._clock()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(AskAgain),
            wait=_wait,
            stop=lambda state: self._too_late(call, state),
            before_sleep=lambda state: self._announce(call, state),
            sleep=self.pause,
            reraise=True,
        )
        try:
            return retrying(self._attempt, call)
        except AskAgain as last:
            raise self._unavailable(call, last) from None

    def _attempt(self, call: Call) -> Outcome:
        self._pass_gate(call)
        token = self._keeper_or_raise().current() if call.authenticated else None
        attempt = Attempt(self._vendor, self._origins, self._pool, self._timeouts, lambda: self._count(call))
        try:
            outcome = attempt.run(call, token)
        except AskAgain as again:
            if again.wait is not None:
                self._gate.close_for(again.wait)
            if not again.nobody:
                self._contacted.add(origin_of(call.url))
            raise
        self._contacted.add(origin_of(call.url))
        served = served_at(outcome.reply.headers)
        if served is not None:
            self._skew, self.told_time = served - datetime.now(UTC), True
        if token is not None and self._keeper is not None:
            if outcome.verdict.action is Action.RENEW:
                self._renew(call, token.number)
            self._keeper.worked(token)
        return outcome

    def _renew(self, call: Call, number: int) -> None:
        keeper = self._keeper_or_raise()
        call.refused_tokens.add(number)
        keeper.refused(number, seen=len(call.refused_tokens))
        raise AskAgain("the token was refused", wait=0.0)

    def _count(self, call: Call) -> None:
        with self._lock:
            if call.authenticated and self._budget is not None and self._spent >= self._budget:
                raise LimitReached(
                    f"{self.source}: the api_budget of {self._budget} requests per run is used up",
                    hint="raise api_budget in crossfunnel.toml. What was read is kept; the next run asks for every "
                    "object again from its own cursor, so under the same budget it may not come to those not read yet",
                )
            self._spent += call.authenticated
            self._counts[call.object_name] += 1
        call.attempts += 1

    # --- patience ---

    def _pass_gate(self, call: Call) -> None:
        while (remaining := self._gate.remaining()) > 0:
            if self._clock() - call.started + remaining > self._longest:
                raise AskAgain(f"the source asks to be left alone for {remaining:.0f} s", wait=remaining)
            self.pause(remaining)

    def _too_late(self, call: Call, state: RetryCallState) -> bool:
        again = _last(state)
        patience = self._longest if again.wait else self._deadline
        if again.nobody and origin_of(call.url) not in self._contacted:
            patience = self._first_contact
        return self._closed.is_set() or self._clock() - call.started + state.upcoming_sleep > patience

    def _announce(self, call: Call, state: RetryCallState) -> None:
        log.info(
            "%s: %s %s: %s; asking again in %.1f s (attempt %d)",
            self.source,
            call.method,
            call.url.partition("?")[0],
            redaction.redact(_last(state).reason),
            state.upcoming_sleep,
            state.attempt_number,
        )

    def _doze(self, seconds: float) -> None:
        self._closed.wait(seconds)

    # --- errors ---

    def _unavailable(self, call: Call, last: AskAgain) -> SourceUnavailable:
        if self._closed.is_set():
            return self._was_closed()
        seconds = self._clock() - call.started
        asked = f", and it asks to wait {last.wait:.0f} s" if last.wait else ""
        return SourceUnavailable(
            redaction.redact(
                f"{self.source}: {origin_of(call.url)} gave no usable answer in {seconds:.0f} s "
                f"({call.attempts} attempts); at last: {last.reason}{asked}"
            ),
            hint="check the address, the network and proxy, and the vendor's status page; nothing is lost, run again",
        )

    def _was_closed(self) -> SourceUnavailable:
        return SourceUnavailable(f"{self.source}: the connection was closed while waiting", code=CLOSED)

    def _refusal(self, call: Call, outcome: Outcome) -> PermissionDenied | LimitReached | RequestRefused:
        verdict, reply = outcome.verdict, outcome.reply
        said = ": ".join(part for part in (verdict.code, verdict.message[:500]) if part)
        what = redaction.redact(
            f"{self.source}: {call.method} {call.url.partition('?')[0]} answered {reply.status}"
            + (said and f" ({said})")
        )
        if verdict.action is Action.FORBIDDEN:
            return PermissionDenied(what, hint="give the account of this sign-in the permission that the answer names")
        if verdict.action is Action.LIMIT:
            return LimitReached(what, hint="wait until the limit resets, or raise it with the vendor, then run again")
        return RequestRefused(what, status=reply.status, error_code=verdict.code)

    def _keeper_or_raise(self) -> TokenKeeper:
        if self._keeper is None:
            raise RuntimeError(f"{self.source}: no way to sign in was set")
        return self._keeper


def _wait(state: RetryCallState) -> float:
    asked = _last(state).wait
    return asked if asked is not None else backoff(state.attempt_number)


def _last(state: RetryCallState) -> AskAgain:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, AskAgain) else AskAgain("")


def _proxy_password(proxy: str | None) -> str | None:
    return requests.utils.get_auth_from_url(proxy)[1] if proxy else None
