"""Faults of the way from page to page, spelled as the vendor spells pages and links."""

from __future__ import annotations

from connector.sandbox.exchange import Answer
from connector.sandbox.faults.kinds import Exchange, Kind, Option, Options
from connector.sandbox.faults.vendor import Page

ELSEWHERE = "https://elsewhere.invalid"


def _is_page(exchange: Exchange, _options: Options) -> bool:
    return exchange.page is not None


def _page(exchange: Exchange) -> Page:
    assert exchange.page is not None
    return exchange.page


def _duplicate(exchange: Exchange, _options: Options) -> Answer:
    page = _page(exchange)
    return page.leading_to(page.detour(exchange.detours.make(exchange.request)))


def _empty(exchange: Exchange, _options: Options) -> Answer:
    page = _page(exchange)
    return page.emptied(page.detour(exchange.detours.make(exchange.request)))


def _loop(exchange: Exchange, _options: Options) -> Answer:
    return circle(exchange, exchange.detours.make(exchange.request, for_ever=True))


def circle(exchange: Exchange, mark: str) -> Answer:
    """The page with a next link that leads to it again."""
    page = _page(exchange)
    return page.leading_to(page.detour(mark))


def _told_by_address(exchange: Exchange, options: Options) -> bool:
    return exchange.page is not None and exchange.page.foreign(options["to"]) is not None


def _foreign(exchange: Exchange, options: Options) -> Answer:
    page = _page(exchange)
    return page.leading_to(page.foreign(options["to"]) or "")


def _has_delta(exchange: Exchange, options: Options) -> bool:
    return exchange.page is not None and exchange.page.delta_leading_to(options["to"]) is not None


def _foreign_delta(exchange: Exchange, options: Options) -> Answer | None:
    return _page(exchange).delta_leading_to(options["to"])


_TO = {"to": Option("the other origin", str, ELSEWHERE)}

KINDS = (
    Kind(
        "duplicate-page",
        "The page comes twice: its next link leads to it once more.",
        _duplicate,
        _is_page,
        needs="page",
    ),
    Kind(
        "empty-page",
        "A page without records comes first; its next link leads to this one.",
        _empty,
        _is_page,
        needs="page",
    ),
    Kind(
        "looping-link",
        "The next link leads to this page again and again, as long as it is followed.",
        _loop,
        _is_page,
        needs="page",
    ),
    Kind("foreign-link", "The next link leads to another origin.", _foreign, _told_by_address, _TO, "to", "page"),
    Kind(
        "foreign-delta-link", "The delta link leads to another origin.", _foreign_delta, _has_delta, _TO, "to", "page"
    ),
)
