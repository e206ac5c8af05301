"""A filled Dynamics organization and a small client for it, without a network: what the tests of this room share."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from connector.sandbox.business.generator import generate
from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.dynamics.projection import fill
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.exchange import Answer, Headers, Request

ORIGIN = "https://contoso.crm4.dynamics.com"
CLIENT, SECRET, TENANT = "11111111-2222-3333-4444-555555555555", "s3cret~value", "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
ROOT = f"{ORIGIN}/api/data/v9.2"


class Client:
    """Asks the organization directly, as the documentation tells clients to."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.token = organization.tenant.desk.issue(CLIENT, TENANT, ORIGIN, 3600)

    def ask(self, url: str, prefer: str = "", method: str = "GET", body: Any = None, **headers: str) -> Answer:
        path, _, query = url.removeprefix(ORIGIN).partition("?")
        if not path.startswith("/"):
            path = f"/api/data/v9.2/{path}"
        sent = {"Authorization": f"Bearer {self.token}", "Host": "contoso.crm4.dynamics.com", **headers}
        if prefer:
            sent["Prefer"] = prefer
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.organization(Request(method, path, query.replace(" ", "%20"), Headers(sent), data))

    def get(self, url: str, prefer: str = "", **headers: str) -> dict[str, Any]:
        answer = self.ask(url, prefer, **headers)
        assert answer.status == 200, answer.body
        assert isinstance(answer.body, bytes)
        return json.loads(answer.body, parse_float=Decimal)

    def refused(self, url: str, prefer: str = "", **headers: str) -> tuple[int, str, str]:
        answer = self.ask(url, prefer, **headers)
        assert answer.status >= 400, answer.body
        assert isinstance(answer.body, bytes)
        error = json.loads(answer.body)["error"]
        return answer.status, error["code"], error["message"]

    def whole(self, url: str, prefer: str = "") -> tuple[list[dict[str, Any]], str | None]:
        """All pages, and the delta link at the end."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.get(url, prefer)
            rows += page["value"]
            if "@odata.nextLink" not in page:
                return rows, page.get("@odata.deltaLink")
            url = page["@odata.nextLink"]


def organization(deals: int = 60, *, seed: int = 7) -> Organization:
    tenant = Tenant(TENANT, names=["contoso.onmicrosoft.com"])
    tenant.register(Application(CLIENT, secrets=[SECRET]))
    made = Organization(tenant)
    made.open_at(ORIGIN)
    if deals:
        fill(made, generate(seed=seed, deals=deals))
    return made
