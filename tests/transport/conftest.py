"""A loopback TLS server that answers from a script of right and wrong answers, and a clock that tests turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from connector.sandbox.certificates import Authority
from connector.sandbox.server import Answer, Request, RunningServer, TakeOver, Wire, json_answer, serve
from connector.transport import Action, Reply, Transport, Verdict

Step = Answer | Callable[[Request, Wire], None]


class Scripted:
    """Answers each request with the next step; the last one stays. A callable step writes to the wire itself.

    Faults (``fault``) befall the answers, not what callable steps write.
    """

    def __init__(self, authority: Authority) -> None:
        self.steps: list[Step] = [json_answer({"ok": True})]
        self._guard = threading.Lock()
        self.server: RunningServer = serve(self._answer, authority)
        self.server.interceptor = self._taken_over
        self.fault = self.server.fault

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def seen(self) -> list[Request]:
        return self.server.requests()

    def plays(self, *steps: Step) -> None:
        self.steps = list(steps)

    def _next(self) -> Step:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def _taken_over(self, request: Request) -> TakeOver | None:
        with self._guard:
            step = self._next() if callable(self.steps[0]) else None
        return (lambda request, app, wire: step(request, wire)) if callable(step) else None

    def _answer(self, request: Request) -> Answer:
        with self._guard:
            step = self._next()
        assert isinstance(step, Answer)
        return Answer(step.status, dict(step.headers), step.body)


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Plain:
    """A vendor without error codes of its own."""

    name = "plain"

    def judge(self, reply: Reply) -> Verdict | None:
        if b"out of calls" in reply.body:
            return Verdict(Action.LIMIT, "OUT", "out of calls")
        return None


@dataclass
class Numbered:
    """Signs in without any server: token-1, token-2, ..."""

    fetched: int = 0
    gate: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self) -> str:
        with self.gate:
            self.fetched += 1
            return f"token-{self.fetched}"


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def server(authority: Authority) -> Iterator[Scripted]:
    scripted = Scripted(authority)
    yield scripted
    scripted.server.stop()


@pytest.fixture
def other(authority: Authority) -> Iterator[Scripted]:
    scripted = Scripted(authority)
    yield scripted
    scripted.server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(authority: Authority, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Transport]]:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made: list[Transport] = []

    def build(*origins: str, **options: object) -> Transport:
        defaults = {
            "source": "acme",
            "origins": origins,
            "vendor": Plain(),
            "tokens": Numbered(),
            "ca_bundle": authority.ca_file,
            "clock": clock,
            "sleep": clock.sleep,
            "timeouts": (5.0, 5.0),
        }
        transport = Transport(**{**defaults, **options})  # type: ignore[arg-type]
        made.append(transport)
        return transport

    yield build
    for transport in made:
        transport.close()
