"""Query options and preferences of one request, parsed and refused as Dataverse does. Knows no rows.

"Use OData to query data", "Page results" and "Compose HTTP requests" of Microsoft's Web API documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import unquote_plus

from connector.sandbox.dynamics.refusals import bad_request, no_skip, not_supported
from connector.sandbox.exchange import Request

MOST_ROWS = 5000
_KNOWN = frozenset(
    {"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$apply", "$skiptoken", "$deltatoken"}
)
_ALIAS = re.compile(r"'(?:[^']|'')*'|@\w+")
_ON_COLLECTIONS = ("$filter", "$orderby", "$count", "$skip", "$top", "$apply", "$skiptoken", "$deltatoken")
_OF_DEFINITIONS = frozenset({"$select", "$filter", "$expand"})
_PREFERENCE = re.compile(r'\s*([\w.-]+)\s*(?:=\s*(?:"([^"]*)"|([^,;\s]*)))?\s*(?:[,;]|$)')


@dataclass(frozen=True)
class Preferences:
    """What ``Prefer`` asked for; ``applied`` is told back."""

    page_size: int | None = None
    track_changes: bool = False
    annotations: tuple[str, ...] = ()
    representation: bool = False
    continue_on_error: bool = False
    applied: tuple[str, ...] = ()

    def annotates(self, term: str) -> bool:
        """Whether an annotation was asked for, by name or pattern."""
        return any(fnmatchcase(term, pattern) for pattern in self.annotations)

    @property
    def rows_per_page(self) -> int:
        return min(self.page_size or MOST_ROWS, MOST_ROWS)


@dataclass(frozen=True)
class Options:
    """The query options, decoded; ``order`` pairs a column with whether it descends."""

    select: tuple[str, ...] | None = None
    filter: str | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    count: bool = False
    expand: str | None = None
    apply: str | None = None
    skip_token: str | None = None
    delta_token: str | None = None
    #: everything but the two tokens, as it was spelt: a next link repeats it
    spelling: str = ""
    given: frozenset[str] = field(default_factory=frozenset)

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """What makes two queries the same, however they are encoded."""
        pairs = (piece.partition("=") for piece in self.spelling.split("&"))
        return tuple(sorted((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs))


def preferences(request: Request) -> Preferences:
    """The ``Prefer`` header."""
    size: int | None = None
    track = representation = going_on = False
    terms: tuple[str, ...] = ()
    applied: list[str] = []
    for name, value in _preferences(request.headers.get("Prefer", "")):
        match name.lower():
            case "odata.maxpagesize" | "maxpagesize":
                if not _is_whole(value) or int(value) < 1:
                    raise bad_request(f"The value '{value}' of the odata.maxpagesize preference is not valid.")
                size = int(value)
                applied.append(f"odata.maxpagesize={min(size, MOST_ROWS)}")
            case "odata.track-changes" | "track-changes":
                track = True
                applied.append("odata.track-changes")
            case "odata.include-annotations" | "include-annotations":
                terms = _terms(value)
                applied.append(f'odata.include-annotations="{value}"')
            case "return" if value == "representation":
                representation = True
                applied.append("return=representation")
            case "odata.continue-on-error" | "continue-on-error" if value in ("", "true"):
                going_on = True
            case _:
                continue
    return Preferences(size, track, terms, representation, going_on, tuple(applied))


def annotations_of(request: Request) -> tuple[str, ...]:
    """The annotations that ``Prefer`` asks for, by name or pattern; of a request that may be wrong otherwise."""
    found = dict(_preferences(request.headers.get("Prefer", "")))
    value = found.get("odata.include-annotations") or found.get("include-annotations") or ""
    return _terms(value)


def _terms(value: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in value.split(",") if term.strip())


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    for match in _PREFERENCE.finditer(header):
        yield match[1], match[2] if match[2] is not None else match[3] or ""


def options(raw: str) -> Options:
    """The query string; Refused for what Dataverse does not take."""
    found: dict[str, str] = {}
    kept: list[str] = []
    for piece in filter(None, raw.split("&")):
        name, _, value = piece.partition("=")
        name = unquote_plus(name)
        if name in found:
            raise bad_request(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        found[name] = unquote_plus(value)
        _check_name(name)
        if name not in ("$skiptoken", "$deltatoken"):
            kept.append(piece)
    if "$skiptoken" in found and "$deltatoken" in found:
        raise bad_request("The query options '$skiptoken' and '$deltatoken' cannot be specified together.")
    return Options(
        select=_names(found.get("$select")),
        filter=_with_aliases(found.get("$filter"), found),
        order=tuple(_order(_with_aliases(found.get("$orderby"), found) or "")),
        top=_whole("$top", found.get("$top")),
        count=_flag(found.get("$count")),
        expand=found.get("$expand"),
        apply=found.get("$apply"),
        skip_token=found.get("$skiptoken"),
        delta_token=found.get("$deltatoken"),
        spelling="&".join(kept),
        given=frozenset(found),
    )


def single_options(raw: str) -> Options:
    """The options of a GET on one record, which knows no order, filter or page (sentence of ASP.NET's OData)."""
    asked = options(raw)
    if asked.given.intersection(_ON_COLLECTIONS):
        raise bad_request(
            "The requested resource is not a collection. Query options $filter, $orderby, $count, $skip, and $top can "
            "be applied only on collections."
        )
    return asked


def definition_options(raw: str) -> Options:
    """The options of a GET on definitions: fewer than elsewhere, as public clients found by asking a real one."""
    for piece in filter(None, raw.split("&")):
        name = unquote_plus(piece.partition("=")[0])
        if name not in _OF_DEFINITIONS and not name.startswith("@"):
            raise bad_request(f"The query parameter {name} is not supported")
    return options(raw)


def _with_aliases(text: str | None, found: dict[str, str]) -> str | None:
    """``@p1`` outside quotes replaced by the option of that name; an unassigned one is null.

    "Use OData to query data", Use parameter aliases.
    """
    if text is None:
        return None
    return _ALIAS.sub(lambda hit: hit[0] if hit[0].startswith("'") else found.get(hit[0], "null"), text)


def _check_name(name: str) -> None:
    if name == "$skip":
        raise no_skip()
    if name.lower() in ("fetchxml", "savedquery", "userquery", "sql"):
        raise not_supported(f"The query option '{name}'")
    if name.startswith("$") and name not in _KNOWN:
        raise bad_request(f"The query parameter '{name}' is not supported.")


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None or text.strip() == "*":
        return None
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise bad_request("The query specified in the URI is not valid. An empty name was found in '$select'.")
    return tuple(dict.fromkeys(names))


def _order(text: str) -> Iterator[tuple[str, bool]]:
    for piece in filter(None, (part.strip() for part in text.split(","))):
        column, _, direction = piece.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error at position {len(column)} in '{piece}'.")
        yield column, direction.strip() == "desc"


def _whole(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _is_whole(text):
        raise bad_request(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _flag(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found.")
    return text == "true"
