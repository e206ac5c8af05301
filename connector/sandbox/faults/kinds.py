"""What a kind of fault is, and the exchange that it befalls. Knows no kind in particular, and no trigger."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any

from connector.sandbox.exchange import Answer, App, Request
from connector.sandbox.faults.vendor import Page, Vendor
from connector.sandbox.wire import Wire, whole, with_body

_MARK = re.compile(r"detour\d+x[0-9a-f]{6}")


@dataclass
class Exchange:
    """One request, and its right answer as soon as somebody asks for it: then the app has done its part."""

    request: Request
    app: App
    wire: Wire
    vendor: Vendor
    detours: Detours

    @cached_property
    def answer(self) -> Answer:
        return self.app(self.request)

    @cached_property
    def body(self) -> bytes:
        """The right answer's body, in one piece and not compressed."""
        body = whole(self.answer)
        # a stream can be read once: from now on it is told in one piece
        self.answer.headers = with_body(self.answer, body).headers
        self.answer.body = body
        return body

    @cached_property
    def page(self) -> Page | None:
        """The page in the right answer, as the vendor spells it."""
        if self.vendor.page is None or self.answer.status != 200:
            return None
        return self.vendor.page(self.request, replace(self.answer, body=self.body))


class Detours:
    """Links that a fault made up: whoever follows one gets what the fault's own request asked for.

    With ``for_ever`` the page behind the link leads back to that link, however often it is followed.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._ours = secrets.token_hex(3)
        self._places: dict[str, tuple[Request, bool]] = {}

    def make(self, request: Request, *, for_ever: bool = False) -> str:
        """A mark to put into a link that leads to what ``request`` asked for."""
        mark = f"detour{next(self._numbers)}x{self._ours}"
        self._places[mark] = (request, for_ever)
        return mark

    def resolve(self, request: Request) -> tuple[Request, str | None]:
        """The request that is meant, and the mark to lead back to where it is a circle."""
        found = _MARK.search(request.target) if self._places else None
        if found is None or found[0] not in self._places:
            return request, None
        meant, for_ever = self._places[found[0]]
        return replace(request, path=meant.path, query=meant.query), found[0] if for_ever else None


Options = Mapping[str, Any]
#: does the fault: what is returned is sent as HTTP asks; None: it has written to the wire itself
Act = Callable[[Exchange, Options], Answer | None]


@dataclass(frozen=True)
class Option:
    """An option of a kind, beside those that every fault has."""

    sentence: str
    read: Callable[[str], Any]
    default: Any


def any_call(_exchange: Exchange, _options: Options) -> bool:
    return True


def has_body(exchange: Exchange, _options: Options) -> bool:
    """Only answers with a body can be cut."""
    return exchange.request.method != "HEAD" and exchange.answer.status not in (204, 304) and bool(exchange.answer.body)


@dataclass(frozen=True)
class Kind:
    """One way to go wrong. ``befalls`` tells which exchanges it can happen to at all."""

    name: str
    sentence: str
    act: Act
    befalls: Callable[[Exchange, Options], bool] = any_call
    options: Mapping[str, Option] = field(default_factory=dict)
    #: the option that stands behind the kind's own name: ``status=503``
    value: str | None = None
    #: what it needs of the vendor: the name of an attribute of Vendor
    needs: str | None = None
    #: whether it happens before the app is asked
    early: bool = False
