"""The identity endpoint of an Azure host (IMDS): what a managed identity asks for its tokens.

"How to use managed identities for Azure resources on an Azure VM to acquire an access token": GET with the header
``Metadata: true``; values come as text; errors as ``{"error", "error_description"}``.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.entra.refusals import Refused
from connector.sandbox.entra.tenant import Tenant
from connector.sandbox.exchange import Answer, Request, json_answer

_PATH = "/metadata/identity/oauth2/token"


class IdentityHost:
    """An App for ``serve``: hands out tokens of one application of ``tenant``."""

    def __init__(self, tenant: Tenant, client_id: str) -> None:
        self._tenant = tenant
        self._client_id = client_id

    def __call__(self, request: Request) -> Answer:
        asked = request.params
        if request.path != _PATH or request.method != "GET":
            return Answer(404, {"Content-Type": "text/html"}, b"")
        if request.headers.get("Metadata", "").lower() != "true" or "X-Forwarded-For" in request.headers:
            return _refused("invalid_request", "Required metadata header not specified")
        for name in ("api-version", "resource"):
            if not asked.get(name):
                return _refused("invalid_request", f"Required query variable '{name}' is missing")
        if asked.get("client_id", self._client_id).lower() != self._client_id.lower():
            return _refused("invalid_request", "Identity not found")
        resource = asked["resource"].rstrip("/")
        if resource.lower() not in self._tenant.resources:
            refused = Refused(500011, resource=resource, tenant=self._tenant.name)
            return _refused(refused.error, refused.description)
        return json_answer(self._token(resource))

    def _token(self, resource: str) -> dict[str, Any]:
        lifetime, now = self._tenant.token_lifetime, int(self._tenant.clock())
        token = self._tenant.desk.issue(self._client_id, self._tenant.tenant_id, resource, lifetime)
        return {
            "access_token": token, "client_id": self._client_id, "expires_in": str(lifetime),
            "expires_on": str(now + lifetime), "ext_expires_in": str(lifetime), "not_before": str(now),
            "resource": resource, "token_type": "Bearer",
        }  # fmt: skip


def _refused(error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description}, 400)
