"""The HTTP face of one org: which path leads where, and what every call passes first (version, session, limit)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.salesforce import replication, soap
from connector.sandbox.salesforce.bulk import BulkJobs
from connector.sandbox.salesforce.composite import composite
from connector.sandbox.salesforce.describe_object import described, globally_described
from connector.sandbox.salesforce.errors import (
    CONTENT_TYPE,
    Refusal,
    method_not_allowed,
    no_view_setup,
    not_found,
    retired,
)
from connector.sandbox.salesforce.oauth import TokenEndpoint
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.queries import Queries
from connector.sandbox.salesforce.sessions import Session

FIRST_VERSION, LAST_VERSION = 31, 66
LONGEST_HEAD = 16_384
_DATA = re.compile(r"/services/data/v(\d+)\.0(/.*)?\Z")


class RestApi:
    """Answers requests to the org's own domain with ``answer``, and those to the login host with ``login_answer``."""

    def __init__(self, org: Org, tokens: TokenEndpoint, origin: Callable[[], str]) -> None:
        self._org = org
        self._tokens = tokens
        self._origin = origin
        self.queries = Queries(org)
        self.bulk = BulkJobs(org)

    def answer(self, request: Request) -> Answer:
        try:
            if _head_size(request) > LONGEST_HEAD:
                return _too_long(request)
            return self._route(request)
        except Refusal as refusal:
            return refusal.answer()

    def login_answer(self, request: Request) -> Answer:
        """login.salesforce.com and its like know the token endpoint and SOAP login only."""
        try:
            if request.route == "/services/oauth2/token":
                return self._tokens.answer(request, on_login_host=True)
            if request.route == "/services/oauth2/revoke":
                return self._tokens.revoke(request)
            return soap.login(request, self._org, self._tokens, self._origin)
        except Refusal as refusal:
            return refusal.answer()

    def close(self) -> None:
        self.bulk.close()

    def _route(self, request: Request) -> Answer:
        path = request.route.rstrip("/")
        if path == "/services/oauth2/token":
            return self._tokens.answer(request, on_login_host=False)
        if path == "/services/oauth2/revoke":
            return self._tokens.revoke(request)
        if path == "/services/data":
            return _json(_versions())
        if soap.PATH.match(path):
            return soap.login(request, self._org, self._tokens, self._origin)
        session = self._org.sessions.use(_bearer(request))
        if not (self._org.api_enabled and self._org.permissions.may("ApiEnabled")):
            raise Refusal(403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
        self._org.usage.count()
        with self._org.usage.running():
            return self._signed_in(request, session, path)

    def _signed_in(self, request: Request, session: Session, path: str) -> Answer:
        if path == "/services/oauth2/userinfo":
            told = {"user_id": session.user, "organization_id": self._org.id, "preferred_username": "integration"}
            return self._with_usage(_json(told))
        try:
            return self._with_usage(self._versioned(request))
        except Refusal as refusal:
            refusal.headers |= self._org.usage.header()
            raise

    def _versioned(self, request: Request) -> Answer:
        found = _DATA.match(request.route.rstrip("/"))
        if found is None or int(found[1]) > LAST_VERSION:
            raise not_found()
        if int(found[1]) < FIRST_VERSION:
            raise retired(f"{found[1]}.0")
        return self._resource(request, f"{found[1]}.0", found[2] or "")

    def _resource(self, request: Request, version: str, path: str) -> Answer:
        head, _, rest = path.lstrip("/").partition("/")
        if head == "jobs" and (rest == "query" or rest.startswith("query/")):
            return self.bulk.answer(request, version, rest.removeprefix("query"))
        if path == "/composite":
            return composite(request, self._versioned)
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed(request.method, "HEAD,GET")
        return self._read(request, version, head, rest)

    def _read(self, request: Request, version: str, head: str, rest: str) -> Answer:
        if head in ("query", "queryAll"):
            if rest:
                return _json(self.queries.more(rest))
            return _json(self.queries.first(request, version, deleted=head == "queryAll"))
        if head == "sobjects":
            return self._sobjects(request, version, rest)
        if head == "limits" and rest in ("", "recordCount"):
            if not self._org.permissions.may("ViewSetup"):
                raise no_view_setup()
            return _json(self._record_counts(request) if rest else self._limits())
        if head == "":
            names = ("query", "queryAll", "sobjects", "limits", "jobs", "composite")
            return _json({name: f"/services/data/v{version}/{name}" for name in names})
        raise not_found()

    def _sobjects(self, request: Request, version: str, rest: str) -> Answer:
        if not rest:
            told = [globally_described(sobject, version) for sobject in self._org.visible().values()]
            return _json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": told})
        name, _, action = rest.partition("/")
        sobject = self._org.visible_object(name)
        if sobject is None:
            raise not_found()
        if action == "describe":
            return self._describe(request, version, sobject)
        if action == "updated":
            return _json(replication.updated(self._org, sobject, request))
        if action == "deleted":
            return _json(replication.deleted(self._org, sobject, request))
        if not action:
            return _json({"objectDescribe": globally_described(sobject, version), "recentItems": []})
        return _json(self.queries.record(sobject, action, request.params.get("fields"), version))

    def _describe(self, request: Request, version: str, sobject: SObject) -> Answer:
        """That describe heeds If-Modified-Since is unverified."""
        changed = self._org.metadata_changed
        since = _http_date(request.headers.get("If-Modified-Since", ""))
        headers = {"Last-Modified": format_datetime(changed, usegmt=True)}
        if since is not None and changed <= since:
            return Answer(304, headers)
        told = described(sobject, self._org.visible(), self._org.picklists, version, self._origin())
        return json_answer(told, headers=headers, content_type=CONTENT_TYPE)

    def _record_counts(self, request: Request) -> dict[str, Any]:
        """Whether objects without records are told is recorded either way (``Org.tells_empty_counts``)."""
        asked = request.params.get("sObjects")
        names = asked.split(",") if asked else list(self._org.visible())
        told = []
        with self._org.records.reading() as connection:
            for name in names:
                sobject = self._org.visible_object(name.strip())
                if sobject is None:
                    continue
                alive = 'WHERE "IsDeleted" = 0' if sobject.field("IsDeleted") else ""
                count = connection.execute(f'SELECT count(*) FROM "{sobject.name}" {alive}').fetchone()[0]
                if count or self._org.tells_empty_counts:
                    told.append({"count": count, "name": sobject.name})
        return {"sObjects": told}

    def _limits(self) -> dict[str, Any]:
        return {
            **self._org.usage.told(),
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
            **self.bulk.quota.told(),
        }

    def _with_usage(self, answer: Answer) -> Answer:
        answer.headers |= self._org.usage.header()
        return answer


def _versions() -> list[dict[str, str]]:
    return [
        {"label": f"Release {number}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(FIRST_VERSION, LAST_VERSION + 1)
    ]


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("bearer", "oauth") else None


def _head_size(request: Request) -> int:
    return len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers.items())


def _too_long(request: Request) -> Answer:
    """Refused before the API sees it: no JSON."""
    status = 414 if len(request.target) > LONGEST_HEAD // 2 else 431
    title = "URI Too Long" if status == 414 else "Request Header Fields Too Large"
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, {"Content-Type": "text/html;charset=UTF-8"}, page.encode())


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _json(value: Any) -> Answer:
    return json_answer(value, content_type=CONTENT_TYPE)
