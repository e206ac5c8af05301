"""All HTTP of a source goes through one Transport: see ``transport.py``; the retry table is in ``actions.py``."""

from connector.transport.actions import Action, Vendor, Verdict
from connector.transport.call import Complete, Expect
from connector.transport.origins import FOREIGN, origin_of
from connector.transport.pacing import backoff
from connector.transport.reply import Reply, decode_json
from connector.transport.routed import RoutedSession
from connector.transport.tokens import TokenSource
from connector.transport.transport import CLOSED, Transport

__all__ = [
    "CLOSED",
    "FOREIGN",
    "Action",
    "Complete",
    "Expect",
    "Reply",
    "RoutedSession",
    "TokenSource",
    "Transport",
    "Vendor",
    "Verdict",
    "backoff",
    "decode_json",
    "origin_of",
]
