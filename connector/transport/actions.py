"""One table: HTTP status -> what the transport does next. Vendors refine it by their own error codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from connector.transport.reply import Reply


class Action(Enum):
    """What to do with an answer."""

    OK = "hand it on"
    RETRY = "ask again under the deadline"
    RENEW = "renew the token and ask again"
    LIMIT = "stop: a limit of the source is used up"
    FORBIDDEN = "stop: signed in, but not allowed"
    REFUSED = "hand a definite refusal to the adapter"


@dataclass(frozen=True)
class Verdict:
    """A judged answer: the action, the vendor's own error code and its sentence."""

    action: Action
    code: str = ""
    message: str = ""


class Vendor(Protocol):
    """What one vendor's error envelope says beyond the HTTP status."""

    name: str

    def judge(self, reply: Reply) -> Verdict | None:
        """Refines the status table for an answer that is no success; None leaves the table's word."""


#: Statuses that are not listed: 2xx is OK, 5xx is RETRY, everything else is REFUSED.
STATUS_ACTIONS: dict[int, Action] = {
    304: Action.OK,
    401: Action.RENEW,
    403: Action.FORBIDDEN,
    408: Action.RETRY,
    425: Action.RETRY,
    429: Action.RETRY,
    501: Action.REFUSED,
    505: Action.REFUSED,
}


def action_for(status: int) -> Action:
    """The table's word on a status."""
    if status in STATUS_ACTIONS:
        return STATUS_ACTIONS[status]
    if 200 <= status < 300:
        return Action.OK
    return Action.RETRY if status >= 500 else Action.REFUSED
