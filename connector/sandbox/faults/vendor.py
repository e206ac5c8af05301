"""What faults ask of a vendor's part of the sandbox: its error envelope, its pages, its sessions, its jobs.

A server gets one ``Vendor``; what the vendor has not stays None, and the faults that need it are refused there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from connector.sandbox.exchange import Answer, Request, json_answer


class Page(Protocol):
    """One page of an answer that has pages, as its vendor spells it."""

    def detour(self, mark: str) -> str:
        """A link of the vendor's own spelling with ``mark`` in it."""

    def leading_to(self, link: str) -> Answer:
        """The same page with ``link`` as its next link."""

    def emptied(self, link: str) -> Answer:
        """The page without its records, with ``link`` as its next link."""

    def foreign(self, origin: str) -> str | None:
        """An address on another origin as its next link would spell it; None where pages are not told by address."""

    def delta_leading_to(self, origin: str) -> Answer | None:
        """The page with its delta link on another origin; None where it has none."""


@dataclass(frozen=True)
class Jobs:
    """Jobs that a vendor runs for its clients."""

    #: whether a request makes a job
    made_by: Callable[[Request], bool]
    #: how the next job made shall end: state and message
    end_next_as: Callable[[str, str], None]


def plain_refusal(_request: Request, status: int, code: str, message: str) -> Answer:
    """An error in no vendor's envelope."""
    return json_answer({"error": {"code": code, "message": message}}, status)


@dataclass(frozen=True)
class Vendor:
    """One vendor's answers to what faults ask."""

    name: str = "this server"
    #: request, status, code and message (empty: the vendor's usual ones for the status) -> the error in its envelope
    refusal: Callable[[Request, int, str, str], Answer] = plain_refusal
    #: the page in an answer, None where it is none
    page: Callable[[Request, Answer], Page | None] | None = None
    #: ends every session, as if its time were over
    expire_sessions: Callable[[], object] | None = None
    jobs: Jobs | None = None
