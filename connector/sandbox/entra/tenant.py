"""One Entra tenant on the wire: OpenID discovery, instance discovery, token and device endpoints.

What msal 1.39 asks, in its order: the tenant's ``v2.0/.well-known/openid-configuration``, then the token
endpoint that this document names (msal source, authority.py and application.py). Knows no CRM: resources are
the origins it was told of.
"""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from connector.sandbox.entra.grants import DeviceCode, start_device_flow, token_for
from connector.sandbox.entra.refusals import Refused, answer_of
from connector.sandbox.entra.tokens import TokenDesk
from connector.sandbox.exchange import Answer, Request, json_answer

#: a resource that every tenant has
GRAPH = "https://graph.microsoft.com"


@dataclass
class Application:
    """A registered application and the credentials it may prove itself with. Certificates are PEM texts.

    ``public_client``: "Allow public client flows" is on, so that people may sign in by device code.
    """

    client_id: str
    secrets: list[str] = field(default_factory=list)
    expired_secrets: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    public_client: bool = True
    disabled: bool = False


class Tenant:
    """A tenant: an App for ``serve``, and the handles by which a test changes its mind.

    ``names`` are the tenant's domain names; its endpoints answer to the GUID and to any of them, and the
    discovery document always spells the GUID.
    """

    def __init__(
        self,
        tenant_id: str,
        *,
        names: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
        token_lifetime: int = 3599,
    ) -> None:
        self.tenant_id = tenant_id.lower()
        self.names = {self.tenant_id, *(name.lower() for name in names)}
        self.clock = clock
        self.token_lifetime = token_lifetime
        #: seconds after which a client should renew ahead of time (``refresh_in``); None: not told
        self.refresh_in: int | None = None
        self.device_interval = 5
        self.desk = TokenDesk(self._now)
        self.applications: dict[str, Application] = {}
        self.resources: set[str] = {GRAPH}
        self.devices: dict[str, DeviceCode] = {}
        self.refresh_tokens: dict[str, tuple[str, str, str]] = {}
        self.stale_refresh_tokens: set[str] = set()
        self._refusals: deque[Refused] = deque()
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """The tenant as its refusals spell it."""
        return min(self.names - {self.tenant_id}, default=self.tenant_id)

    def register(self, application: Application) -> None:
        """Lets an application sign in."""
        self.applications[application.client_id.lower()] = application

    def add_resource(self, origin: str) -> None:
        """Lets tokens be asked for ``origin``."""
        self.resources.add(origin.rstrip("/").lower())

    def revoke_tokens(self) -> int:
        """Every token issued so far is worth nothing from now on."""
        return self.desk.revoke_all()

    def expire_refresh_tokens(self) -> None:
        """Nobody has used their refresh tokens for 90 days: people have to sign in again."""
        self.stale_refresh_tokens.update(self.refresh_tokens)
        self.refresh_tokens.clear()

    def refuse(self, count: int, code: int, retry_after: int | None = None) -> None:
        """The next ``count`` requests for a token are refused: 90033 (503), 90055 (429), 53003 or any known code."""
        with self._guard:
            self._refusals.extend(Refused(code, retry_after=retry_after) for _ in range(count))

    def decline_device(self, user_code: str) -> None:
        """A person says no in the browser."""
        self._device(user_code).declined = True

    def approve_device(self, user_code: str, user: str) -> None:
        """What a person does in the browser at the end of a device flow."""
        self._device(user_code).user = user

    def _device(self, user_code: str) -> DeviceCode:
        return next(device for device in self.devices.values() if device.user_code == user_code)

    def __call__(self, request: Request) -> Answer:
        try:
            return self._route(request)
        except Refused as refused:
            return answer_of(refused, request)

    def _now(self) -> float:
        return self.clock()

    def _route(self, request: Request) -> Answer:
        tenant, _, rest = request.route.lstrip("/").partition("/")
        if (tenant, rest) == ("common", "discovery/instance"):
            return json_answer(self._instance(request))
        if tenant.lower() not in self.names:
            raise Refused(90002, tenant=tenant)
        if rest == "v2.0/.well-known/openid-configuration":
            return json_answer(self._discovery(request), headers={"Cache-Control": "max-age=86400, private"})
        if rest in ("oauth2/v2.0/token", "oauth2/v2.0/devicecode"):
            if request.method != "POST":
                raise Refused(900561, method=request.method)
            return self._posted(request, rest)
        return Answer(404, {"Content-Type": "text/html"}, b"")

    def _posted(self, request: Request, rest: str) -> Answer:
        base = f"{_origin(request)}/{self.tenant_id}"
        if rest.endswith("devicecode"):
            return json_answer(start_device_flow(self, request.form, f"{_origin(request)}/device"))
        with self._guard:
            refused = self._refusals.popleft() if self._refusals else None
        if refused is not None:
            raise refused
        reply = token_for(self, {**request.form, **_basic(request)}, f"{base}/oauth2/v2.0/token")
        quiet = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "x-ms-request-id": str(uuid.uuid4())}
        return json_answer(reply, headers=quiet)

    def _discovery(self, request: Request) -> dict[str, Any]:
        """Microsoft's "OpenID Connect on the Microsoft identity platform": the tenant's configuration document."""
        base = f"{_origin(request)}/{self.tenant_id}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }

    def _instance(self, request: Request) -> dict[str, Any]:
        """Instance discovery, which msal asks for unless told not to (``instance_discovery=False``)."""
        endpoint = urlsplit(request.params.get("authorization_endpoint", ""))
        host = request.headers.get("Host", "")
        # msal leaves the port out when it names the authority here
        if endpoint.hostname != host.partition(":")[0]:
            raise Refused(50049)
        tenant = endpoint.path.lstrip("/").partition("/")[0]
        return {
            "tenant_discovery_endpoint": f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.params.get("api-version", "1.1"),
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }


def _basic(request: Request) -> dict[str, str]:
    """Client id and secret out of an ``Authorization: Basic`` header (client_secret_basic)."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}


def _origin(request: Request) -> str:
    return f"https://{request.headers.get('Host', 'localhost')}"
