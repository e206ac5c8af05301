"""Next links: the documented paging cookie, remembered as it was given, refused when it comes back altered.

"Page results using OData": the same page size on each page, and "Don't change the nextLink or append any query
options". The real service decodes the cookie; here a cookie is good exactly if it was given for this query.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from urllib.parse import quote

from connector.sandbox.dynamics.query import Options, Preferences
from connector.sandbox.dynamics.refusals import bad_cookie, bad_request

_MOST_COOKIES = 50_000


@dataclass(frozen=True)
class Place:
    """Where the next page of a chain begins, and what must not change on the way."""

    path: str
    page: int
    page_size: int
    #: sort values of the last row told, its key last; empty at the start
    after: tuple[object, ...] = ()
    #: for chains of change tracking: the version at their first page, and the one a delta began from
    until: int | None = None
    since: int | None = None
    told: int = 0


class Cookies:
    """The cookies given out so far; the oldest are forgotten."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[Hashable, str], Place] = OrderedDict()
        self._guard = threading.Lock()

    def give(self, place: Place, query: Hashable, columns: tuple[str, ...], first: tuple[object, ...]) -> str:
        """The ``$skiptoken`` value, encoded as it stands in a next link."""
        cookie = _cookie(place, columns, first)
        with self._guard:
            self._places[(query, cookie)] = place
            while len(self._places) > _MOST_COOKIES:
                self._places.popitem(last=False)
        return quote(cookie, safe="=/")

    def place(self, path: str, asked: Options, preferred: Preferences) -> Place:
        """Where a ``$skiptoken`` leads; Refused unless it, its query and the page size are as given."""
        with self._guard:
            place = self._places.get((asked.identity, asked.skip_token or ""))
        if place is None or place.path != path:
            raise bad_cookie()
        if preferred.rows_per_page != place.page_size:
            raise bad_request(
                f"The page size {preferred.rows_per_page} differs from the {place.page_size} of the paging cookie."
            )
        return place


def _cookie(place: Place, columns: tuple[str, ...], first: tuple[object, ...]) -> str:
    """``<cookie pagenumber="2" pagingcookie="%3ccookie…" istracking="False" />``, as the documentation shows it."""
    bounds = "".join(
        f'<{name} last="{_bound(last)}" first="{_bound(start)}" />'
        for name, last, start in zip(columns, place.after, first, strict=True)
    )
    # two chains of change tracking may stand at the same row and yet have begun at different versions
    tracking = place.until is not None
    begun = f' minactiverowversion="{place.until}"' if tracking else ""
    inner = _lower(quote(f'<cookie page="{place.page - 1}"{begun}>{bounds}</cookie>', safe=""))
    return f'<cookie pagenumber="{place.page}" pagingcookie="{inner}" istracking="{tracking}" />'


def _bound(value: object) -> str:
    text = str(value)
    return f"{{{text.upper()}}}" if len(text) == 36 and text.count("-") == 4 else text.replace('"', "&quot;")


def _lower(encoded: str) -> str:
    """Percent escapes in lower case, the way the inner cookie spells them."""
    pieces = encoded.split("%")
    return pieces[0] + "".join(f"%{piece[:2].lower()}{piece[2:]}" for piece in pieces[1:])
