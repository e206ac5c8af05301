"""SOAP ``login()``, the sign-in that only old orgs have left: absent from API v65 on, off in new orgs before."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, unescape

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.salesforce.errors import not_found
from connector.sandbox.salesforce.oauth import TokenEndpoint
from connector.sandbox.salesforce.org import Org

PATH = re.compile(r"/services/Soap/u/(\d+\.\d)/?\Z")
FIRST_VERSION, LAST_VERSION = 31.0, 64.0
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns="urn:partner.soap.sforce.com"><soapenv:Body>{}</soapenv:Body>'
    "</soapenv:Envelope>"
)


def login(request: Request, org: Org, tokens: TokenEndpoint, origin: Callable[[], str]) -> Answer:
    """Answers one login call."""
    found = PATH.match(request.route)
    if found is None:
        raise not_found()
    if float(found[1]) < FIRST_VERSION:
        return fault("UNSUPPORTED_API_VERSION", f"API version {found[1]} is retired")
    if float(found[1]) > LAST_VERSION:
        return _no_such_operation()
    if not tokens.allows("soap"):
        return fault(
            "INVALID_OPERATION",
            "SOAP API login() is disabled by default in this org. "
            "Contact the org administrator to enable SOAP API login().",
        )
    text = request.body.decode("utf-8", "replace")
    if not tokens.knows(_value(text, "username"), _value(text, "password")):
        return fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
    session = org.sessions.open(org.user_id)
    server = f"{origin()}/services/Soap/u/{found[1]}/{org.id}"
    return _xml(
        200,
        f"<loginResponse><result><serverUrl>{escape(server)}</serverUrl><sessionId>{escape(session.token)}</sessionId>"
        f"<userId>{org.user_id}</userId></result></loginResponse>",
    )


def fault(code: str, message: str, status: int = 500) -> Answer:
    """A refusal as the SOAP API words it: with its code in the detail."""
    said = escape(f"{code}: {message}")
    return _xml(
        status,
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{said}</faultstring><detail>"
        f"<sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{said}"
        "</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>",
    )


def _no_such_operation() -> Answer:
    """The call is documented as absent; that the answer is a plain fault without a code is unverified."""
    said = "No operation available for request {urn:partner.soap.sforce.com}login"
    return _xml(
        500, f"<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>{said}</faultstring></soapenv:Fault>"
    )


def _value(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>(.*?)</(?:\w+:)?{name}>", text, re.DOTALL)
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"}) if found else ""


def _xml(status: int, body: str) -> Answer:
    return Answer(status, {"Content-Type": "text/xml;charset=UTF-8"}, _ENVELOPE.format(body).encode())
