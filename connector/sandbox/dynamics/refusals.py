"""Dataverse's refusals: status, code and sentence, one function per reason.

Taken from Microsoft's "Compose HTTP requests and handle errors", "Service protection API limits", "Use change
tracking to synchronize data with external systems" and "Web service error codes". Where a docstring says
unverified, code or words are from memory: clients must not lean on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from connector.sandbox.exchange import Answer, json_answer

ODATA_HEADERS = {"OData-Version": "4.0"}
_JSON = "application/json; odata.metadata=minimal"
_PARSER = "0x80060888"

EXPIRED_STAMP = "0x80044352"
THROTTLE_MESSAGES = {
    "0x80072322": "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    "0x80072321": (
        "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of "
        "300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later."
    ),
    "0x80072326": "Number of concurrent requests exceeded the limit of 52.",
}


class Refused(Exception):
    """The organization says no."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def answer_of(refused: Refused, annotations: Sequence[str] = ()) -> Answer:
    """The error body, with those details that the ``annotations`` (names or patterns) ask for."""
    help_link = f"error=Microsoft.Crm.CrmException%3a{refused.code.removeprefix('0x')}&client=platform"
    details = {
        "Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus": "1",
        "Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode": "0",
        "Microsoft.PowerApps.CDS.HelpLink": f"http://go.microsoft.com/fwlink/?LinkID=398563&{help_link}",
        "Microsoft.PowerApps.CDS.InnerError.Message": refused.message,
    }
    asked = {
        f"@{term}": text for term, text in details.items() if any(fnmatchcase(term, pattern) for pattern in annotations)
    }
    error: dict[str, Any] = {"code": refused.code, "message": refused.message, **asked}
    return json_answer({"error": error}, refused.status, {**ODATA_HEADERS, **refused.headers}, content_type=_JSON)


def unauthorized(authorization_uri: str, resource: str, *, expired: bool = False) -> Answer:
    """401 with an empty body. Unverified: the exact challenge."""
    challenge = f'Bearer authorization_uri="{authorization_uri}", resource_id="{resource}/"'
    if expired:
        challenge += ', error="invalid_token", error_description="The token is expired"'
    return Answer(401, {"WWW-Authenticate": challenge, "Content-Type": "text/html"}, b"")


def disabled_user(user_id: str) -> Refused:
    """The application user is there but disabled: status, code and sentence as public clients recorded them."""
    message = (
        f"The specified user(Id = {user_id}) is disabled. Consider enabling this user. Additional Details: "
        "User IsDisabled=1."
    )
    return Refused(403, "0x80040225", message)


def not_a_member() -> Refused:
    """The application has no user in this environment: as recorded by public clients (403, code and sentence)."""
    return Refused(403, "0x80072560", "The user is not a member of the organization.")


def missing_privilege(user_id: str, table: str, code: int) -> Refused:
    """Code 0x80040220 is documented (PrivilegeDenied); the sentence is unverified."""
    name = "prvReadAuditSummary" if table == "audit" else f"prvRead{table.title()}"
    return Refused(
        403,
        "0x80040220",
        f"Principal user (Id={user_id}, type=8, roleCount=1, privilegeCount=212, accessMode='4 Non-interactive') is "
        f"missing {name} privilege (Id=00000000-0000-0000-0000-000000000000) on OTC={code} for entity '{table}'.",
    )


def no_impersonation() -> Refused:
    """Acting for another user without prvActOnBehalfOfAnotherUser: 403 is documented, code and sentence unverified."""
    return Refused(403, "0x80040220", "The caller is missing prvActOnBehalfOfAnotherUser privilege.")


def limited_read(user_id: str, table: str) -> Refused:
    """Change tracking needs read for the whole organization ("the system throws a privilege check error").

    Unverified: status and sentence.
    """
    return Refused(
        403,
        "0x80040220",
        f"Principal user (Id={user_id}, type=8) is missing prvRead{table.title()} privilege: change tracking needs "
        f"organization level read access on entity '{table}'.",
    )


def throttled(code: str, retry_after: int | None) -> Refused:
    """Service protection; ``retry_after`` None leaves the header out."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Refused(429, code, THROTTLE_MESSAGES[code], headers)


def wrong_method(method: str) -> Refused:
    """405 is documented for methods that do not go with a resource; code and sentence are unverified."""
    return Refused(405, _PARSER, f"The requested resource does not support http method '{method}'.")


def wrong_content(kind: str) -> Refused:
    """A body that says it is no JSON. Unverified: status, code and sentence."""
    return Refused(415, _PARSER, f"None of the supported type(s) matches the content type '{kind}'.")


def no_skip() -> Refused:
    """``$skip`` is documented not to be supported; code and sentence are from memory (unverified)."""
    return Refused(400, _PARSER, "Skip Clause is not supported in CRM")


def unknown_property(name: str, type_name: str) -> Refused:
    """OData's own sentence; the code is unverified."""
    message = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{type_name}'."
    return Refused(400, _PARSER, message)


def not_navigable(name: str, type_name: str) -> Refused:
    """OData's own sentence for an ``$expand`` of a plain column."""
    return bad_request(
        f"Property '{name}' on type 'Microsoft.Dynamics.CRM.{type_name}' is not a navigation property or complex "
        "property. Only navigation properties can be expanded."
    )


def not_acceptable(accept: str) -> Refused:
    """No JSON wanted: status and code as public clients met them, OData's own sentence."""
    return Refused(
        415,
        _PARSER,
        "A supported MIME type could not be found that matches the acceptable MIME types for the request. The "
        f"supported type(s) 'application/json' do not match any of the acceptable MIME types '{accept}'.",
    )


def unknown_segment(name: str) -> Refused:
    """OData's own sentence; the code is unverified."""
    return Refused(404, _PARSER, f"Resource not found for the segment '{name}'.")


def unknown_table(name: str) -> Refused:
    """Unverified: code and sentence."""
    message = f"The entity with a name = '{name}' with namemapping = 'Logical' was not found in the MetadataCache."
    return Refused(404, "0x80041102", message)


def bad_key() -> Refused:
    """A key that is no GUID: OData's own sentence, in the frame that the Web API gives it (unverified)."""
    return bad_request("Bad Request - Error in query syntax.")


def no_such_attribute(table: str, name: str) -> Refused:
    """Unverified: code and sentence."""
    return Refused(404, "0x80041103", f"'{table}' entity doesn't contain attribute with Name = '{name}'.")


def no_such_record(table: str, key: str) -> Refused:
    """0x80040217 is unverified; the sentence is quoted in the documentation of conditional operations."""
    return Refused(404, "0x80040217", f"{table} With Id = {key} Does Not Exist")


def bad_request(message: str) -> Refused:
    """Anything that the OData parser or the platform refuses with 400. The code is unverified."""
    return Refused(400, _PARSER, message)


def malformed_batch() -> Refused:
    """A batch body whose boundaries are not where they should be: wrong line endings, no end.

    Code and "stream was not readable" as public clients met them; the rest of the sentence is unverified.
    """
    return bad_payload("", "System.ArgumentException: Stream was not readable.")


def bad_payload(set_name: str, reason: str) -> Refused:
    """A body that cannot be read as the table's record: code and frame as public clients have recorded them."""
    return Refused(
        400,
        "0x80048d19",
        f"Error identified in Payload provided by the user for Entity :'{set_name}', For more information on this "
        "error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
        f"{reason}",
    )


def too_many_operations(most: int) -> Refused:
    """More requests than a batch may hold. The limit is documented; code and sentence are unverified."""
    return bad_request(
        f"The current batch message contains too many parts. Only batch messages with a maximum number of '{most}' "
        "query operations and change sets are allowed."
    )


def too_long(most: int) -> Refused:
    """An address beyond the documented length (32 KB, 64 KB within a batch). Status, code, sentence unverified."""
    return Refused(414, _PARSER, f"The length of the URL for this request exceeds the limit of {most} characters.")


def read_only(method: str, table: str) -> Refused:
    """A table that takes no such message. The sentence is the platform's; status and code are unverified."""
    message = {"POST": "Create", "PATCH": "Update", "DELETE": "Delete"}.get(method, method)
    return Refused(405, "0x80040800", f"The '{message}' method does not support entities of type '{table}'.")


def too_long_a_text(column: str, table: str, most: int) -> Refused:
    """Quoted under "Execute batch operations using the Web API"."""
    return Refused(
        400,
        "0x80044331",
        f"A validation error occurred.  The length of the '{column}' attribute of the '{table}' entity exceeded the "
        f"maximum allowed length of '{most}'.",
    )


def outside_range(value: int, column: str, table: str, known: list[int]) -> Refused:
    """A choice that does not exist: code and sentence as public clients have recorded them."""
    return Refused(
        400,
        "0x8004431a",
        f"A validation error occurred. The value {value} of '{column}' on record of type '{table}' is outside the "
        f"valid range. Accepted Values: {','.join(map(str, known))}",
    )


def duplicate_key() -> Refused:
    """DuplicateRecord on POST: 412 is documented; code and sentence are unverified."""
    return Refused(412, "0x80040237", "Cannot insert duplicate key.")


def already_there() -> Refused:
    """``If-None-Match: *`` on a record that is there; quoted under "Perform conditional operations"."""
    return Refused(412, "", "A record with matching key values already exists.")


def nothing_to_update(table: str, key: str) -> Refused:
    """``If-Match`` on a record that is not there; quoted under "Perform conditional operations"."""
    return Refused(404, "", f"{table} With Id = {key} Does Not Exist")


def other_version() -> Refused:
    """``If-Match`` with an old ETag; quoted under "Perform conditional operations"."""
    return Refused(412, "", "The version of the existing record doesn't match the RowVersion property provided.")


def not_with_tracking(option: str) -> Refused:
    """The documented sentence for query options beside change tracking; the code is unverified."""
    message = f'The "{option}" query parameter isn\'t supported when Change Tracking is enabled.'
    return Refused(400, _PARSER, message)


def not_tracked(table: str) -> Refused:
    """Change tracking asked of a table without it. Unverified: code and sentence."""
    return Refused(400, "0x80060890", f"Change tracking is not enabled for entity '{table}'.")


def expired_stamp() -> Refused:
    """The documented code and sentence of ExpiredVersionStamp; status 400 is unverified."""
    message = "Version stamp associated with the client has expired. Please perform a full sync."
    return Refused(400, EXPIRED_STAMP, message)


def bad_cookie() -> Refused:
    """A paging cookie that was not given like this. Unverified: code and sentence."""
    return Refused(400, "0x80048265", "Malformed XML in the Paging Cookie")


def incompatible(left: str, right: str, operator: str) -> Refused:
    """OData's own sentence for a comparison of two kinds of value."""
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{left}' and '{right}' for operator kind '{operator}'."
    )


def unknown_function(name: str) -> Refused:
    """OData's own sentence for a function that nobody knows."""
    return bad_request(
        f"An unknown function with name '{name}' was found. This may also be a function import or a key lookup on a "
        "navigation property, which is not allowed."
    )


def not_for_definitions(name: str) -> Refused:
    """A text function in a filter over definitions: code and sentence as a public client met them."""
    return Refused(400, "0x8006088a", f'The "{name}" function isn\'t supported for Metadata Entities.')


def no_signature(name: str) -> Refused:
    """OData's own sentence for arguments of the wrong kind."""
    return bad_request(
        f"No function signature for the function with name '{name}' matches the specified arguments. The function "
        f"signatures considered are: {name}(Edm.String Nullable=true, Edm.String Nullable=true)."
    )


def too_many_to_aggregate() -> Refused:
    """More than 50,000 rows under an aggregate: code and sentence as "Aggregate data using FetchXml" gives them."""
    return Refused(400, "0x8004E023", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.")


def too_many_expansions(most: int) -> Refused:
    """The limit is documented under "Join tables using OData"; code and sentence are unverified."""
    return bad_request(f"The number of $expand options exceeds the limit of {most}.")


def too_many_conditions() -> Refused:
    """TooManyConditionsInQuery, documented under "Filter rows using OData"."""
    return Refused(400, "0x8004430C", "Number of conditions in query exceeded maximum limit.")


def too_deep() -> Refused:
    """OData's own sentence; how deep is too deep for the real parser is unverified (it allows more)."""
    return bad_request("Recursion depth exceeded allowed limit.")


def not_supported(what: str) -> Refused:
    """What this sandbox does not speak, though the real organization may."""
    return Refused(501, "0x80060891", f"{what} is not supported by the sandbox.")
