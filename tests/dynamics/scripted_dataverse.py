"""A Dataverse org that says exactly what a test puts in its mouth, behind real TLS and a real Entra sign-in."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from connector.sandbox.certificates import Authority
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.server import serve

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
SECRET = "Very~Secret.Value"

ORGANIZATION = {
    "@odata.context": "…#organizations",
    "@Microsoft.Dynamics.CRM.globalmetadataversion": "1000",
    "value": [
        {
            "organizationid": "0a000000-0000-0000-0000-000000000001",
            "name": "Contoso",
            "_basecurrencyid_value": "C0000000-0000-0000-0000-00000000EEEE",
            "languagecode": 1033,
            "fiscalcalendarstart": "2024-03-31T22:00:00Z",
            "fiscalyeardisplaycode": 1,
            "fiscalperiodtype": 2000,
        }
    ],
}


def attribute(name: str, kind: str, *, of: str | None = None, readable: bool = True, new: str = "") -> dict[str, Any]:
    return {
        "LogicalName": name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": new or f"{kind}Type"},
        "AttributeOf": of,
        "IsValidForRead": readable,
    }


class ScriptedOrg:
    """Metadata from ``define``; every other answer from ``says``, in order, the last one for good."""

    def __init__(self, authority: Authority) -> None:
        self.tenant = Tenant(TENANT)
        self.tenant.register(Application(CLIENT, secrets=[SECRET]))
        self.server = serve(self, authority)
        self.url = self.server.url
        self.tenant.add_resource(self.url)
        self.organization: Any = ORGANIZATION
        self.metadata: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, list[dict[str, Any]]] = {}
        self.behaviors: dict[str, dict[str, str]] = {}
        self.options: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._script: dict[str, deque[Answer]] = defaultdict(deque)
        self.refuse_tokens = 0

    def define(
        self, name: str, entity_set: str, columns: dict[str, str], *, tracked: bool = True, behaviors: Any = None
    ) -> None:
        self.metadata[name] = {
            "LogicalName": name,
            "EntitySetName": entity_set,
            "PrimaryIdAttribute": f"{name}id",
            "PrimaryNameAttribute": "name",
            "ChangeTrackingEnabled": tracked,
        }
        every = {f"{name}id": "Uniqueidentifier", "modifiedon": "DateTime", **columns}
        self.columns[name] = [attribute(column, kind) for column, kind in every.items()]
        self.behaviors[name] = behaviors or {}

    def says(self, entity_set: str, *answers: Any) -> None:
        """Each answer is a JSON body, or an Answer."""
        for answer in answers:
            self._script[entity_set].append(answer if isinstance(answer, Answer) else json_answer(answer))

    def refusal(self, code: str, message: str, status: int = 400) -> Answer:
        return json_answer({"error": {"code": code, "message": message}}, status)

    def link(self, rest: str) -> str:
        return f"{self.url}/api/data/v9.2/{rest}"

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.server.requests("/api/data/") if part in request.target]

    def __call__(self, request: Request) -> Answer:
        if not request.path.startswith("/api/data/v9.2/"):
            return self.tenant(request)
        if request.bearer is None or self.refuse_tokens:
            self.refuse_tokens = max(0, self.refuse_tokens - 1)
            return self.refusal("0x80040000", "token expired", 401)
        resource = request.route.removeprefix("/api/data/v9.2/")
        if resource == "organizations":
            return self.organization if isinstance(self.organization, Answer) else json_answer(self.organization)
        if resource.startswith("EntityDefinitions("):
            return self._definition(resource)
        script = self._script[resource]
        if not script:
            return self.refusal("unscripted", f"nothing scripted for {resource}", 418)
        return script.popleft() if len(script) > 1 else script[0]

    def _definition(self, resource: str) -> Answer:
        name = resource.split("'")[1]
        if name not in self.metadata:
            return self.refusal("0x80060888", f"Could not find an entity with name '{name}'", 404)
        rest = resource.split(")", 1)[1]
        if not rest:
            return json_answer(self.metadata[name])
        if rest == "/Attributes":
            return json_answer({"value": self.columns[name]})
        cast = rest.rpartition(".")[2]
        if cast == "DateTimeAttributeMetadata":
            return json_answer({"value": [self._behavior(name, column) for column in self.columns[name]]})
        return json_answer({"value": self.options.get((name, cast), [])})

    def _behavior(self, name: str, column: dict[str, Any]) -> dict[str, Any]:
        logical = column["LogicalName"]
        return {"LogicalName": logical, "DateTimeBehavior": {"Value": self.behaviors[name].get(logical, "UserLocal")}}
