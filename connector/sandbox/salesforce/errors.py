"""Refusals of the Salesforce APIs: status, code and message as the wire has them."""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.exchange import Answer, json_answer

CONTENT_TYPE = "application/json;charset=UTF-8"


class Refusal(Exception):
    """Ends the handling of a request with an error answer."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        """The envelope of REST and Bulk 2.0: a list of one."""
        body = [{"message": self.message, "errorCode": self.code}]
        return json_answer(body, self.status, self.headers, content_type=CONTENT_TYPE)


class OAuthRefusal(Refusal):
    """An error of the token endpoint, which has an envelope of its own."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(status, code, message)

    def answer(self) -> Answer:
        body = {"error": self.code, "error_description": self.message}
        return json_answer(body, self.status, content_type=CONTENT_TYPE)


def not_found() -> Refusal:
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")


def no_view_setup() -> Refusal:
    """That limits need View Setup and Configuration is documented (REST: Limits), code and sentence are unverified."""
    return Refusal(403, "INSUFFICIENT_ACCESS", "You do not have the level of access necessary to perform the operation")


def retired(version: str) -> Refusal:
    """The status is documented (API end of life), the code in the body is unverified."""
    return Refusal(410, "GONE", f"API version {version} is retired and unavailable")


def method_not_allowed(method: str, allowed: str) -> Refusal:
    """``allowed`` as the sentence lists it, with commas (docs: method not allowed)."""
    return Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")


def unsupported_media_type(kind: str) -> Refusal:
    """The status is documented, code and sentence are unverified."""
    return Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type '{kind}' is not supported")


def session_invalid() -> Refusal:
    return Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")


def malformed_query(message: str) -> Refusal:
    return Refusal(400, "MALFORMED_QUERY", message)


def invalid_field(message: str) -> Refusal:
    return Refusal(400, "INVALID_FIELD", message)


def not_served(what: str) -> Refusal:
    """For what the real org answers and the sandbox does not: no refusal of Salesforce's own."""
    return Refusal(501, "NOT_IMPLEMENTED", f"this sandbox does not answer {what}")


def at_place(text: str, position: int, message: str) -> str:
    """A message under the query with a caret at the place that it is about (recorded form)."""
    return f"\n{text}\n{' ' * position}^\nERROR at Row:1:Column:{position + 1}\n{message}"
