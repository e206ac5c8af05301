"""Entra's refusals: the AADSTS codes, their statuses and sentences, in the body that clients parse.

Codes and error words as Microsoft's "Microsoft Entra authentication and authorization error codes" lists them; 90002
and 7000215 as public clients recorded them. The statuses of the rest are unverified, and so are code and word of a
declined device (65004) and the error words of 90033 and 90055.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from connector.sandbox.exchange import Answer, Request, json_answer

_KNOWN: dict[int, tuple[int, str, str]] = {
    28000: (
        400,
        "invalid_scope",
        "Provided value for the input parameter scope is not valid because it contains more than one resource. "
        "Scope {scope} is not valid.",
    ),
    50027: (401, "invalid_client", "JWT token is invalid or malformed."),
    53003: (
        400,
        "invalid_grant",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    65004: (400, "authorization_declined", "User declined to consent to access the app."),
    50049: (400, "invalid_instance", "Unknown or invalid instance."),
    70000: (400, "invalid_grant", "The provided value for the input parameter '{name}' is not valid."),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    70011: (
        400,
        "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter "
        "'scope' is not valid. The scope {scope} is not valid.",
    ),
    70016: (
        400,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    70018: (400, "bad_verification_code", "Invalid verification code: the device code was not recognized."),
    70020: (400, "expired_token", "The provided value for the input parameter 'device_code' is not valid."),
    90033: (503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    90055: (429, "temporarily_unavailable", "There are too many incoming requests."),
    90002: (
        400,
        "invalid_tenant",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant.",
    ),
    500011: (
        400,
        "invalid_resource",
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You might have sent your authentication request to the wrong tenant.",
    ),
    700016: (
        400,
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    700021: (
        401,
        "invalid_client",
        "Client assertion application identifier doesn't match 'client_id' parameter.",
    ),
    700023: (401, "invalid_client", "Client assertion audience claim does not match Realm issuer."),
    700024: (401, "invalid_client", "Client assertion is not within its valid time range."),
    700027: (
        401,
        "invalid_client",
        "{what} [Reason - {reason}]",
    ),
    700082: (
        400,
        "invalid_grant",
        "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
    ),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{name}'."),
    900561: (400, "invalid_request", "The endpoint only accepts POST requests. Received a {method} request."),
    1002012: (
        400,
        "invalid_scope",
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
        "/.default suffixed to the resource identifier (application ID URI).",
    ),
    7000112: (400, "unauthorized_client", "Application '{client}' is disabled."),
    7000215: (
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
        "not the client secret ID, for a secret added to app '{client}'.",
    ),
    7000216: (
        401,
        "invalid_client",
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
    7000218: (
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000222: (
        401,
        "invalid_client",
        "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys "
        "for your app, or consider using certificate credentials for added security.",
    ),
}


class Refused(Exception):
    """The tenant says no. ``code`` is the number after AADSTS; ``details`` fill its sentence."""

    def __init__(self, code: int, *, retry_after: int | None = None, **details: str) -> None:
        self.code = code
        self.status, self.error, sentence = _KNOWN[code]
        self.description = f"AADSTS{code}: {sentence.format_map(_Details(details))}"
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(self.description)


class _Details(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"<{name}>"


def answer_of(refused: Refused, request: Request) -> Answer:
    """The refusal as Entra words it, with trace and correlation ids."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    trace = str(uuid.uuid4())
    correlation = request.headers.get("client-request-id") or str(uuid.uuid4())
    tail = f" Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    return json_answer(
        {
            "error": refused.error,
            "error_description": refused.description + tail,
            "error_codes": [refused.code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://{request.headers.get('Host', 'localhost')}/error?code={refused.code}",
        },
        refused.status,
        {
            "Cache-Control": "no-store, no-cache",
            "Pragma": "no-cache",
            "client-request-id": correlation,
            **refused.headers,
        },
    )
