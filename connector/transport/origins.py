"""The origin rule: a token goes to the configured origins only, and next links stay at home."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from connector.errors import RequestRefused

_PORTS = {"http": 80, "https": 443}
FOREIGN = "FOREIGN_ORIGIN"


def origin_of(url: str) -> str:
    """``https://host[:port]``, folded, without a default port. Empty where the URL has no such origin.

    Read with urllib3's parser, because that is the one that decides where the connection really goes.
    """
    try:
        parts = parse_url(url)
    except (LocationParseError, ValueError):
        return ""
    if parts.scheme not in _PORTS or not parts.host or parts.auth is not None:
        return ""
    host = parts.host.lower().rstrip(".")
    port = parts.port
    return f"{parts.scheme}://{host}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


class OriginRule:
    """Which origins may see a token, and which may only take part in a sign-in."""

    def __init__(self, source: str, origins: Iterable[str], sign_in: Iterable[str] = ()) -> None:
        self._source = source
        self._home = [origin for origin in map(origin_of, origins) if origin]
        self._sign_in = {origin for origin in map(origin_of, sign_in) if origin}

    def trust(self, url: str) -> None:
        """From now on this URL's origin may see the token too: the sign-in itself named it."""
        origin = origin_of(url)
        if origin and origin not in self._home:
            self._home.append(origin)

    def resolve(self, url: str) -> str:
        """A relative link against the first configured origin; an absolute one as it is."""
        return urljoin(self._home[0] + "/", url) if self._home else url

    def check(self, url: str, *, authenticated: bool) -> None:
        """Raises where this URL must not be asked, before anything is sent."""
        origin = origin_of(url)
        if origin in self._home or (not authenticated and origin in self._sign_in):
            return
        known = ", ".join(self._home) or "(none)"
        raise RequestRefused(
            f"{self._source}: refused to ask {origin or 'an address without a plain origin'}: it is not {known}, "
            "and credentials go to the configured origin only",
            status=0,
            error_code=FOREIGN,
            hint="if the org really moved there, set its address in crossfunnel.toml",
        )
