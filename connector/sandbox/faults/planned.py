"""When faults befall: each planned fault with its trigger and its count, and all of one server together."""

from __future__ import annotations

import threading
from types import TracebackType
from urllib.parse import unquote, unquote_plus

from connector.sandbox.exchange import Answer, App, Request
from connector.sandbox.faults.kinds import Detours, Exchange
from connector.sandbox.faults.paging import circle
from connector.sandbox.faults.spelling import FaultError, Order, read_order
from connector.sandbox.faults.vendor import Vendor
from connector.sandbox.wire import Wire


class Planned:
    """One fault of one server.

    ``fired`` counts the calls that it has befallen; ``mend`` (or leaving the context) ends it.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.fired = 0
        self._passed = 0
        self._met: set[tuple[str, str, bytes]] = set()
        self._mended = False
        self._guard = threading.Lock()

    @property
    def over(self) -> bool:
        """Whether it befalls nothing any more."""
        return self._mended or self.fired == self.order.times

    def mend(self) -> None:
        """Ends it, whatever it still had in mind."""
        with self._guard:
            self._mended = True

    def concerns(self, exchange: Exchange) -> bool:
        """Whether the call is one that it could befall."""
        order, request = self.order, exchange.request
        return (
            not self.over
            and order.method in ("", request.method)
            and order.path in f"{unquote(request.path)}?{unquote_plus(request.query)}"
            and order.kind.befalls(exchange, order.options)
        )

    def take(self, request: Request) -> bool:
        """Counts such a call; whether it befalls this one."""
        with self._guard:
            if self.over:
                return False
            if self._passed < self.order.after:
                self._passed += 1
                return False
            if self.order.each:
                call = (request.method, request.target, request.body)
                if call in self._met:
                    return False
                self._met.add(call)
            self.fired += 1
            return True

    def __enter__(self) -> Planned:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mend()

    def __repr__(self) -> str:
        return f"<fault {self.order.text}: fired {self.fired}>"


class Faults:
    """The faults of one server.

    Where several could befall a call, the one that was planned first does; those that come before the app is asked
    go before the others.
    """

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._planned: list[Planned] = []
        self._detours = Detours()

    def plan(self, text: str, **options: object) -> Planned:
        """Plans a fault; see ``read_order``. FaultError where there is no such fault, or not at this server."""
        order = read_order(text, **options)
        needs = order.kind.needs
        if needs is not None and getattr(self._vendor, needs) is None:
            raise FaultError(f"{order.kind.name} cannot befall {self._vendor.name}: it has nothing of that kind")
        planned = Planned(order)
        self._planned.append(planned)
        return planned

    def mend(self) -> None:
        """Ends every fault."""
        for planned in self._planned:
            planned.mend()

    def all(self) -> list[Planned]:
        """What was planned so far, in order."""
        return list(self._planned)

    def answer(self, request: Request, app: App, wire: Wire) -> None:
        """Answers a request, wrongly where a fault wants it so."""
        meant, around = self._detours.resolve(request)
        exchange = Exchange(meant, app, wire, self._vendor, self._detours)
        if around is not None and exchange.page is not None:
            wire.send(circle(exchange, around))
            return
        told = self._told(exchange)
        if told is not None:
            wire.send(told)

    def _told(self, exchange: Exchange) -> Answer | None:
        for planned in sorted(self._planned, key=lambda each: not each.order.kind.early):
            if planned.concerns(exchange) and planned.take(exchange.request):
                return planned.order.kind.act(exchange, planned.order.options)
        return exchange.answer
