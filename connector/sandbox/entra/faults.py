"""What faults on demand ask of a tenant: its error envelope."""

from __future__ import annotations

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.faults import Vendor

#: error and description by status; AADSTS90033 is documented as a transient error
_USUAL = {
    400: ("invalid_grant", "AADSTS70000: The provided value for the input parameter is not valid."),
    401: ("invalid_client", "AADSTS7000215: Invalid client secret provided."),
}
_TRANSIENT = ("temporarily_unavailable", "AADSTS90033: A transient error has occurred. Please try again.")


def _refusal(_request: Request, status: int, code: str, message: str) -> Answer:
    usual = _USUAL.get(status, _TRANSIENT)
    body = {"error": code or usual[0], "error_description": message or usual[1]}
    number = body["error_description"].partition(":")[0].removeprefix("AADSTS")
    return json_answer({**body, "error_codes": [int(number)] if number.isdecimal() else []}, status)


VENDOR = Vendor("an Entra tenant", _refusal)
