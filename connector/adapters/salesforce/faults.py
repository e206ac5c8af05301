"""Salesforce's error envelopes: which code means limit, permission, a busy server or a definite refusal.

REST and Bulk 2.0 answer with a list of ``{"message", "errorCode"}``, the token endpoint with
``{"error", "error_description"}`` (Salesforce docs: REST error responses; OAuth error codes).
"""

from __future__ import annotations

import re

from connector.transport import Action, Reply, Verdict
from connector.transport.actions import action_for

_ACTIONS: dict[str, Action] = {
    "INVALID_SESSION_ID": Action.RENEW,
    "LIMIT_EXCEEDED": Action.LIMIT,
    "API_DISABLED_FOR_ORG": Action.FORBIDDEN,
    "API_CURRENTLY_DISABLED": Action.FORBIDDEN,
    "INSUFFICIENT_ACCESS": Action.FORBIDDEN,
    "TXN_SECURITY_METERING_ERROR": Action.FORBIDDEN,
    "SERVER_UNAVAILABLE": Action.RETRY,
    "UNKNOWN_EXCEPTION": Action.RETRY,
    "UNABLE_TO_LOCK_ROW": Action.RETRY,
    "unknown_error": Action.RETRY,
}
#: answered by the edge while an org is being moved or set up (airbyte's Salesforce source retries them too)
_EDGE = frozenset({406, 420})
#: SOAP login refuses credentials with status 500
_SOAP_FAULT = re.compile(rb"<(?:\w+:)?exceptionCode>\s*(\w+)")


class SalesforceErrors:
    """The Vendor of a Salesforce transport."""

    name = "salesforce"

    def judge(self, reply: Reply) -> Verdict | None:
        """Refines the status table by the error code."""
        code, message = _said(reply)
        if reply.status in _EDGE:
            return Verdict(Action.RETRY, code, message)
        if not code:
            return None
        return Verdict(self._action(reply, code, message), code, message)

    def _action(self, reply: Reply, code: str, message: str) -> Action:
        if code == "REQUEST_LIMIT_EXCEEDED":
            # too many long requests at once passes by itself; the daily allowance does not
            return Action.RETRY if "concurrent" in message.lower() else Action.LIMIT
        if reply.status == 401:
            return Action.RENEW
        if reply.status >= 500 or action_for(reply.status) is Action.RETRY:
            definite = _SOAP_FAULT.search(reply.body) and code not in _ACTIONS
            return Action.REFUSED if definite else Action.RETRY
        return _ACTIONS.get(code, Action.FORBIDDEN if reply.status == 403 else Action.REFUSED)


def _said(reply: Reply) -> tuple[str, str]:
    fault = _SOAP_FAULT.search(reply.body)
    if fault:
        return fault.group(1).decode(), ""
    try:
        body = reply.json()
    except ValueError:
        return "", ""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("error") or ""
    message = first.get("message") or first.get("error_description") or ""
    return str(code), str(message)
