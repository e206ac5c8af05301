"""The host in a web or e-mail address. Knows no rule."""

from __future__ import annotations

import re

from connector.adapters.base import Value

_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z")


def domain(value: Value) -> str | None:
    """The host of an address, lower case and without ``www.``; None where there is none to be found."""
    if not isinstance(value, str):
        return None
    host = value.strip().casefold()
    host = host.partition("://")[2] or host
    for sign in "/?#":
        host = host.partition(sign)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").removeprefix("www.")
    return host if len(host) <= 253 and _HOST.match(host) else None
