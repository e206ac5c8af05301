"""What every body that a client sends has to be. Knows no resource."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.sandbox.exchange import Request
from connector.sandbox.salesforce.errors import Refusal, unsupported_media_type


def json_body(request: Request) -> dict[str, Any]:
    """The body as an object of JSON; a refusal's code is unverified."""
    kind = request.headers.get("Content-Type", "application/json")
    if not kind.lower().startswith("application/json"):
        raise unsupported_media_type(kind)
    try:
        body = request.json()
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "JSON_PARSER_ERROR", "the body is no JSON object")
    return body
