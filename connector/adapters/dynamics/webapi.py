"""One Web API request and its checked answer: addresses, headers, next links. Knows no table.

Headers: Dataverse docs "Compose HTTP requests and handle errors"; links: "Page results" ("Don't change the
nextLink or append any query options").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from connector.errors import SourceError, SourceUnavailable
from connector.transport import Complete, Reply, Transport, origin_of

#: may stand in a query as they are; + must not
_SAFE = "$,()'=:;/"
_HEADERS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "If-None-Match": "null",
}


class WebApi:
    """``{url}/api/data/{version}/``, with the source's bearer token on every request."""

    def __init__(self, transport: Transport, *, url: str, version: str) -> None:
        self._transport = transport
        self.origin = url.rstrip("/")
        self.root = f"{self.origin}/api/data/{version}/"

    def address(self, resource: str, options: Mapping[str, str] | None = None) -> str:
        """The full address of a resource; option values are percent-encoded, ``+`` included."""
        query = "&".join(f"${name}={quote(value, safe=_SAFE)}" for name, value in (options or {}).items())
        return self.root + resource + (f"?{query}" if query else "")

    def get(
        self, address: str, *, object_name: str | None = None, prefer: str = "", complete: Complete | None = None
    ) -> Reply:
        """GETs an address; an answer that ``complete`` finds lacking is asked for again, never skipped."""
        headers = {**_HEADERS, "Prefer": prefer} if prefer else _HEADERS
        return self._transport.request(
            "GET", address, headers=headers, expect="json", object_name=object_name, complete=complete
        )

    def document(
        self,
        resource: str,
        options: Mapping[str, str] | None = None,
        *,
        object_name: str | None = None,
        prefer: str = "",
    ) -> Reply:
        """One JSON object."""
        address = self.address(resource, options)
        return self.get(address, object_name=object_name, prefer=prefer, complete=_is_object)

    def collection(
        self, resource: str, options: Mapping[str, str] | None = None, *, object_name: str | None = None
    ) -> list[dict[str, Any]]:
        """The items of a collection that has no pages."""
        reply = self.get(self.address(resource, options), object_name=object_name, complete=lacks_items)
        items: list[dict[str, Any]] = reply.json()["value"]
        return items

    def broken(self, object_name: str, trouble: str) -> SourceError:
        """The error for answers that contradict the protocol: never taken for an end."""
        return SourceUnavailable(
            f"{object_name}: {trouble}",
            hint="Run again; nothing of this object's place was moved. If it stays so, tell the vendor.",
            code="protocol",
        )

    def own(self, link: str) -> str:
        """A link from an answer, verbatim, once it is sure that it leads to the same origin."""
        absolute = link if "://" in link else urljoin(self.root, link)
        if origin_of(absolute) != origin_of(self.origin):
            raise SourceError(
                f"the org sent a link to another origin ({origin_of(absolute) or 'unnamed'}); it was not followed",
                hint="Set url to the origin that the org itself uses; a token is never sent anywhere else.",
                code="foreign_link",
            )
        return absolute

    def local(self, link: str) -> str:
        """Path and query of a link: what a cursor keeps."""
        parts = urlsplit(self.own(link))
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def resume(self, local: str) -> str:
        """The address that a cursor's path and query stand for."""
        return self.own(self.origin + local if local.startswith("/") else local)


def lacks_items(reply: Reply) -> str | None:
    """What keeps an answer from being a list of records."""
    body = reply.json()
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list):
        return "it holds no list named 'value'"
    return None if all(item.__class__ is dict for item in items) else "its list holds something that is no record"


def _is_object(reply: Reply) -> str | None:
    return None if isinstance(reply.json(), dict) else "it is no JSON object"
