"""SOAP ``login()``, the sign-in that only old orgs have left: absent from API v65 on."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, unescape

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.salesforce.errors import not_found
from connector.sandbox.salesforce.oauth import TokenEndpoint
from connector.sandbox.salesforce.org import Org

PATH = re.compile(r"/services/Soap/u/(\d+\.\d)/?\Z")
LAST_VERSION = 64.0
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns="urn:partner.soap.sforce.com"><soapenv:Body>{}</soapenv:Body>'
    "</soapenv:Envelope>"
)


def login(request: Request, org: Org, tokens: TokenEndpoint, origin: Callable[[], str]) -> Answer:
    """Answers one login call."""
    found = PATH.match(request.route)
    if found is None or float(found[1]) > LAST_VERSION:
        raise not_found()
    text = request.body.decode("utf-8", "replace")
    if not tokens.knows(_value(text, "username"), _value(text, "password")):
        code = "INVALID_LOGIN"
        message = f"{code}: Invalid username, password, security token; or user locked out."
        fault = (
            f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{message}</faultstring><detail>"
            f"<sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}"
            "</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
        )
        return _xml(500, fault)
    session = org.sessions.open(org.user_id)
    server = f"{origin()}/services/Soap/u/{found[1]}/{org.id}"
    return _xml(
        200,
        f"<loginResponse><result><serverUrl>{escape(server)}</serverUrl><sessionId>{escape(session.token)}</sessionId>"
        f"<userId>{org.user_id}</userId></result></loginResponse>",
    )


def _value(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>(.*?)</(?:\w+:)?{name}>", text, re.DOTALL)
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"}) if found else ""


def _xml(status: int, body: str) -> Answer:
    return Answer(status, {"Content-Type": "text/xml;charset=UTF-8"}, _ENVELOPE.format(body).encode())
