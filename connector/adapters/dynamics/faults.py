"""What Dataverse means by its error codes, where they say more than the HTTP status. Sends no request.

Codes: Dataverse docs "Web service error codes", "Service protection API limits" and "Use change tracking to
synchronize data". They come as ``0x80044352``, now and then as the signed decimal ``-2147204270``, or empty
with the code in the message only.
"""

from __future__ import annotations

import re

import msgspec

from connector.errors import RequestRefused
from connector.transport import Action, Reply, Verdict
from connector.transport.actions import action_for

#: "Version stamp associated with the client has expired. Please perform a full sync."
EXPIRED_VERSION_STAMP = "0x80044352"
PRIVILEGE_DENIED = "0x80040220"
OBJECT_DOES_NOT_EXIST = "0x80040217"
UNKNOWN_NAME = "0x80060888"
UNKNOWN_TABLE = "0x80041102"
#: too many requests, too much execution time, too many at once
SERVICE_PROTECTION = frozenset({"0x80072322", "0x80072321", "0x80072326"})

_CODE = re.compile(r"0x8[0-9a-fA-F]{7}")
_UNKNOWN_PROPERTY = re.compile(r"could not find a property named|unknown property|invalid attribute", re.IGNORECASE)
_UNTRACKED = re.compile(r"change ?tracking", re.IGNORECASE)


class _Detail(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None


class _Envelope(msgspec.Struct):
    error: _Detail = msgspec.field(default_factory=_Detail)


class Dataverse:
    """The Vendor that the transport asks for its verdict on a refusal."""

    name = "Dataverse"

    def judge(self, reply: Reply) -> Verdict | None:
        """Reads the error envelope: the code decides where it is known, else the table of statuses."""
        if reply.status < 400:
            return None
        code, message = fault_of(reply.body)
        return Verdict(_action(reply.status, code), code, message)


def _action(status: int, code: str) -> Action:
    if code == EXPIRED_VERSION_STAMP:
        return Action.REFUSED
    if code in SERVICE_PROTECTION:
        return Action.RETRY
    if code == PRIVILEGE_DENIED and status != 401:
        return Action.FORBIDDEN
    return action_for(status)


def fault_of(body: bytes) -> tuple[str, str]:
    """Code (``0x8…``, lower case, or empty) and message of an error envelope."""
    try:
        detail = msgspec.json.decode(body, type=_Envelope).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    message = (detail.message or "").strip()
    return _spelling(detail.code, message), message


def _spelling(code: str | int | None, message: str) -> str:
    text = str(code or "").strip()
    if re.fullmatch(r"-\d+", text):
        return f"0x{int(text) & 0xFFFFFFFF:08x}"
    if _CODE.fullmatch(text):
        return text.lower()
    found = _CODE.search(message)
    return found.group().lower() if found else text


def is_expired(error: RequestRefused) -> bool:
    """The change tracking token is too old, or the table's metadata changed since it was given."""
    return error.error_code.lower() == EXPIRED_VERSION_STAMP


def is_unknown_property(error: RequestRefused) -> bool:
    """A column in ``$select`` is no longer there. Both signs are unverified: code and words are from memory."""
    if error.status not in (400, 404):
        return False
    return error.error_code.lower() == UNKNOWN_NAME or bool(_UNKNOWN_PROPERTY.search(error.message))


def is_absent(error: RequestRefused) -> bool:
    """The org has no such table (an optional solution is not installed). Codes beside 404 are unverified."""
    return error.status == 404 or error.error_code.lower() in (OBJECT_DOES_NOT_EXIST, UNKNOWN_TABLE)


def is_untracked(error: RequestRefused) -> bool:
    """The table refuses change tracking although its metadata offers it. Unverified: read from the words."""
    return error.status in (400, 405, 501) and bool(_UNTRACKED.search(error.message))
