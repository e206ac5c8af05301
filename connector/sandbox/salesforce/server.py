"""A Salesforce org on the wire: its own domain and the login host, each an HTTPS server on the loopback address."""

from __future__ import annotations

from types import TracebackType

from connector.sandbox.certificates import Authority
from connector.sandbox.salesforce import faults
from connector.sandbox.salesforce.edits import Edits
from connector.sandbox.salesforce.oauth import ConnectedApp, TokenEndpoint
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.rest import RestApi
from connector.sandbox.server import RunningServer, serve


class SalesforceServer:
    """What tests hold on to.

    ``org`` is the state, ``edits`` what users do to records, ``app`` the secrets of sign-in, ``api.queries`` and
    ``api.bulk`` the locators and jobs; ``domain`` and ``login`` are the running servers with their logs.
    """

    def __init__(self, org: Org, authority: Authority, *, port: int = 0, login_port: int = 0) -> None:
        self.org = org
        self.edits = Edits(org)
        self.app = ConnectedApp()
        tokens = TokenEndpoint(org, self.app, lambda: self.domain.url, lambda: {self.domain.url, self.login.url})
        self.api = RestApi(org, tokens, lambda: self.domain.url)
        vendor = faults.vendor(org.sessions.revoke, self.api.bulk.end_next_as)
        self.domain: RunningServer = serve(self.api.answer, authority, port, vendor=vendor)
        self.login: RunningServer = serve(self.api.login_answer, authority, login_port, vendor=faults.login_vendor())

    @property
    def instance_url(self) -> str:
        """The org's own domain, where data is read and client credentials sign in."""
        return self.domain.url

    @property
    def login_url(self) -> str:
        """The host that stands for login.salesforce.com."""
        return self.login.url

    def session_id(self) -> str:
        """A session opened without any sign-in, for clients that bring one."""
        return self.org.sessions.open(self.org.user_id).token

    def stop(self) -> None:
        self.domain.stop()
        self.login.stop()
        self.api.close()
        self.org.close()

    def __enter__(self) -> SalesforceServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
