"""Where the org lives: as configured, else as the sign-in says, if that can be believed."""

from __future__ import annotations

from urllib.parse import urlsplit

from connector.errors import ConfigError, SignInFailed
from connector.settings import SalesforceSource
from connector.transport import Transport, origin_of

#: where Salesforce hosts orgs (Salesforce docs: domains to allow)
_VENDOR_DOMAINS = (".salesforce.com", ".force.com", ".salesforce.mil", ".sfcrmproducts.cn")


class Instance:
    """The org's origin. The token never follows a sign-in answer to a host outside the configured ones."""

    def __init__(self, source: SalesforceSource, transport: Transport) -> None:
        self._source = source
        self._transport = transport
        self._origin = source.instance_origin

    def origin(self) -> str:
        """``https://acme.my.salesforce.com``"""
        if self._origin is None:
            raise ConfigError(f"sources.{self._source.name}: the org's address is not known before the sign-in")
        return self._origin

    def adopt(self, url: str) -> None:
        """Takes the instance that a sign-in named, where nothing else is configured and it can be believed."""
        told, configured = origin_of(url), self._source.instance_origin
        if configured is not None:
            if told and told != origin_of(configured):
                raise SignInFailed(
                    f"{self._source.name}: the sign-in says the org lives at {told}, but {configured} is configured",
                    hint=f'if that is right, set instance_url = "{told}"',
                )
            return
        if not told or not self._believable(told):
            raise SignInFailed(
                f"{self._source.name}: the sign-in named {told or 'no address'} as the org's, which is not "
                "a Salesforce address; no token is sent there",
                hint=f'if that is right, set instance_url = "{told}"',
            )
        self._origin = told
        self._transport.trust_origin(told)

    def _believable(self, told: str) -> bool:
        here, there = urlsplit(self._source.login_origin), urlsplit(told)
        if there.scheme != "https":
            return False
        host = there.hostname or ""
        return told == origin_of(self._source.login_origin) or (
            host.endswith(_VENDOR_DOMAINS) and (here.hostname or "").endswith(_VENDOR_DOMAINS)
        )
