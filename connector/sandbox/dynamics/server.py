"""A Dynamics organization on the wire, with the Entra tenant that lets clients in: two HTTPS servers on loopback."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from types import TracebackType

from connector.sandbox.business.model import Business
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics import faults
from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.dynamics.projection import fill
from connector.sandbox.entra.faults import VENDOR as ENTRA
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.server import RunningServer, serve

TENANT_ID = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
CLIENT_ID = "3f0a6a5e-52f1-4c7e-9a64-7d1f6f3e2b10"


class DynamicsServer:
    """What tests hold on to.

    ``organization`` has the handles (records, metadata, tokens, throttling), ``tenant`` those of sign-in;
    ``web`` and ``entra`` are the running servers with their logs and their places for faults.
    """

    def __init__(self, business: Business | None, authority: Authority, *, port: int = 0, entra_port: int = 0) -> None:
        with ExitStack() as undo:
            self.tenant_id, self.client_id, self.client_secret = TENANT_ID, CLIENT_ID, secrets.token_urlsafe(24)
            self.tenant = Tenant(TENANT_ID, names=["quillmere.onmicrosoft.com"])
            self.tenant.register(Application(CLIENT_ID, secrets=[self.client_secret]))
            self.organization = undo.enter_context(Organization(self.tenant))
            if business is not None:
                fill(self.organization, business)
            self.entra: RunningServer = undo.enter_context(serve(self.tenant, authority, entra_port, vendor=ENTRA))
            vendor = faults.vendor(self.organization.revoke_tokens)
            self.web: RunningServer = undo.enter_context(serve(self.organization, authority, port, vendor=vendor))
            self.organization.open_at(self.web.url)
            self._close = undo.pop_all().close

    @property
    def url(self) -> str:
        """The organization's address."""
        return self.web.url

    @property
    def authority_url(self) -> str:
        """What stands for https://login.microsoftonline.com."""
        return self.entra.url

    def stop(self) -> None:
        """Ends both servers and removes the records."""
        self._close()

    def __enter__(self) -> DynamicsServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
