"""One request as the transport sees it: what to ask, what to expect, where its body goes, and its tally."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from connector.transport.actions import Verdict
from connector.transport.reply import Reply

Expect = Literal["json", "csv", "xml", "any"]
#: looks at a successful answer and names what it lacks, or None where it is complete
Complete = Callable[[Reply], str | None]


@dataclass(slots=True)
class Call:
    """One question; it may take several attempts."""

    method: str
    url: str
    headers: Mapping[str, Any] | None = None
    params: Any = None
    data: Any = None
    json: Any = None
    auth: Any = None
    expect: Expect = "json"
    authenticated: bool = True
    object_name: str | None = None
    into: BinaryIO | None = None
    complete: Complete | None = None
    started: float = 0.0
    attempts: int = 0
    refused_tokens: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Outcome:
    """A definite answer and how it was judged."""

    reply: Reply
    verdict: Verdict


class AskAgain(Exception):
    """This attempt gave no answer. ``wait`` is what the source asked for; ``nobody`` says that no API spoke."""

    def __init__(self, reason: str, *, wait: float | None = None, nobody: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.nobody = nobody
