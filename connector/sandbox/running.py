"""The whole sandbox in one hand: a business, the servers that tell it, and the configuration that points at them.

Of the Dynamics side it uses ``dynamics.server.DynamicsServer(business, authority, port=, entra_port=)`` with ``url``,
``authority_url``, ``tenant_id``, ``client_id``, ``client_secret`` and ``stop()``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from connector.sandbox.business import Business, generate
from connector.sandbox.business.model import SYSTEMS, System
from connector.sandbox.certificates import Authority
from connector.sandbox.faults import SERVERS, FaultError, Planned, read_order
from connector.sandbox.salesforce import Org, SalesforceServer, Seeding
from connector.sandbox.salesforce.export import export_org
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.server import RunningServer

if TYPE_CHECKING:
    from connector.sandbox.dynamics.server import DynamicsServer

_HEAD = """\
[store]
url = "sqlite:///crossfunnel.db"

[report]
base_currency = "USD"
timezone = "Europe/Berlin"
"""
_SALESFORCE = """
[sources.acme]
kind = "salesforce"
instance_url = "{url}"
login_url = "{url}"
auth = "client_credentials"
client_id = "${{SALESFORCE_CLIENT_ID}}"
client_secret = "${{SALESFORCE_CLIENT_SECRET}}"
ca_bundle = "{ca_bundle}"
"""
_DYNAMICS = """
[sources.contoso]
kind = "dynamics"
url = "{url}"
tenant_id = "{tenant_id}"
client_id = "{client_id}"
client_secret = "${{DYNAMICS_CLIENT_SECRET}}"
auth = "client_secret"
timezone = "Europe/Berlin"
authority = "{authority_url}"
ca_bundle = "{ca_bundle}"
"""


class Sandbox:
    """Running servers with their handles; ``stop`` (or leaving the context) ends them and removes every file.

    ``salesforce`` and ``dynamics`` raise where the sandbox was started without that system.
    """

    def __init__(self, business: Business | None, authority: Authority, close: Callable[[], None]) -> None:
        self.business = business
        self.authority = authority
        self._close = close
        self._salesforce: SalesforceServer | None = None
        self._dynamics: DynamicsServer | None = None

    @property
    def salesforce(self) -> SalesforceServer:
        if self._salesforce is None:
            raise LookupError("this sandbox was started without a Salesforce org")
        return self._salesforce

    @property
    def dynamics(self) -> DynamicsServer:
        if self._dynamics is None:
            raise LookupError("this sandbox was started without a Dynamics organization")
        return self._dynamics

    @property
    def servers(self) -> dict[str, RunningServer]:
        """The servers that run, by the names of ``SERVERS``."""
        found: dict[str, RunningServer] = {}
        if self._salesforce is not None:
            found |= {"salesforce": self._salesforce.domain, "login": self._salesforce.login}
        if self._dynamics is not None:
            found |= {"dynamics": self._dynamics.web, "entra": self._dynamics.entra}
        return found

    def fault(self, text: str, **options: object) -> Planned:
        """Plans a fault at the server that its text begins with: ``fault("dynamics:status=503", path="leads")``.

        FaultError where there is no such server or fault.
        """
        servers = self.servers
        name, fault = _addressed(text, servers)
        return servers[name].fault(fault, **options)

    @property
    def ca_file(self) -> Path:
        """The throw-away authority that clients have to trust."""
        return self.authority.ca_file

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that ``config_text`` asks for: throw-away secrets, made at this start."""
        told: dict[str, str] = {}
        if self._salesforce is not None:
            app = self._salesforce.app
            told |= {"SALESFORCE_CLIENT_ID": app.client_id, "SALESFORCE_CLIENT_SECRET": app.client_secret}
        if self._dynamics is not None:
            told["DYNAMICS_CLIENT_SECRET"] = self._dynamics.client_secret
        return told

    def config_text(self, ca_bundle: str | None = None) -> str:
        """A ``crossfunnel.toml`` for the systems that run, without a secret in it.

        ``ca_bundle`` is written in place of the authority's own file, for those who copy it elsewhere.
        """
        bundle = ca_bundle if ca_bundle is not None else self.ca_file.as_posix()
        text = _HEAD
        if self._salesforce is not None:
            text += _SALESFORCE.format(url=self._salesforce.instance_url, ca_bundle=bundle)
        if self._dynamics is not None:
            text += _DYNAMICS.format(
                url=self._dynamics.url,
                tenant_id=self._dynamics.tenant_id,
                client_id=self._dynamics.client_id,
                authority_url=self._dynamics.authority_url,
                ca_bundle=bundle,
            )
        return text

    def stop(self) -> None:
        self._close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(  # noqa: PLR0913 - the one place where a user chooses
    *,
    seed: int = 7,
    deals: int = 300,
    history: bool = True,
    systems: Sequence[System] | None = None,
    export: Path | None = None,
    today: date | None = None,
    long_text: bool = False,
    multi_currency: bool = True,
    host_names: Sequence[str] = (),
    salesforce_port: int = 0,
    login_port: int = 0,
    dynamics_port: int = 0,
    entra_port: int = 0,
    faults: Sequence[str] = (),
) -> Sandbox:
    """Starts the servers of ``systems`` over one made-up business, ``deals`` opportunities each; ports 0: free ones.

    ``history=False`` leaves out the moves between creation and close: 200,000 deals stand within seconds.
    ``export``: serve this folder of a Salesforce data export instead of a made-up business (no Dynamics then,
    unless ``systems`` asks for it). ``multi_currency=False``: the Salesforce org knows one currency.
    ``host_names``: names beside ``localhost`` that the certificates cover; leading clients there is the caller's part.
    ``faults``: what goes wrong from the start, each as ``Sandbox.fault`` takes it.
    """
    for text in faults:
        read_order(_addressed(text, SERVERS)[1])
    chosen = tuple(systems if systems is not None else ("salesforce",) if export is not None else SYSTEMS)
    made_up = tuple(system for system in chosen if system != "salesforce" or export is None)
    with ExitStack() as undo:
        authority = undo.enter_context(Authority(host_names))
        business = None
        if made_up:
            business = generate(seed, deals, today=today, history=history, systems=made_up, long_text=long_text)
        sandbox = Sandbox(business, authority, lambda: None)
        if "salesforce" in chosen:
            org = _org(business, export, multi_currency=multi_currency)
            sandbox._salesforce = SalesforceServer(org, authority, port=salesforce_port, login_port=login_port)
            undo.callback(sandbox._salesforce.stop)
        if "dynamics" in chosen:
            from connector.sandbox.dynamics.server import DynamicsServer

            assert business is not None
            sandbox._dynamics = DynamicsServer(business, authority, port=dynamics_port, entra_port=entra_port)
            undo.callback(sandbox._dynamics.stop)
        for text in faults:
            sandbox.fault(text)
        sandbox._close = undo.pop_all().close
        return sandbox


def _addressed(text: str, servers: Collection[str]) -> tuple[str, str]:
    """The server that a fault begins with, and the rest."""
    name, colon, fault = (part.strip() for part in text.partition(":"))
    if not colon:
        raise FaultError(f"{text!r} does not say at which server: write server:fault", known=servers)
    if name not in servers:
        raise FaultError(f"unknown server {name!r}", name, servers)
    return name, fault


def _org(business: Business | None, export: Path | None, *, multi_currency: bool) -> Org:
    if export is not None:
        return export_org(export)
    assert business is not None
    org = Org(standard_schema(multi_currency=multi_currency))
    Seeding(org, business).fill()
    return org
