"""requests sessions as this program uses them: own trust, own proxies, bearer by an auth object, no netrc.

A session is used by one thread at a time and goes back to the pool, so that short-lived threads inherit
warm connections.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import get_environ_proxies

from connector import __version__
from connector.transport.trust import tls_context

#: seconds to connect, and of silence; Salesforce itself gives up on a query after 120
TIMEOUTS = (10.0, 130.0)


class Bearer(AuthBase):
    """Sets the Authorization header last, so that neither ~/.netrc nor a library's own header can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class TrustingAdapter(HTTPAdapter):
    """Uses one verifying TLS context on every road, prepared requests and proxies included."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if proxy.lower().startswith("https"):
            options["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """The context already holds everything that is trusted; nothing may loosen it."""
        conn.cert_reqs = "CERT_REQUIRED"

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ARG002
        """Whatever a caller says about verification, the pool is keyed by, and uses, the one context."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED", "ssl_context": self._context}


class SessionPool:
    """Makes, lends and closes sessions of one source."""

    def __init__(self, ca_bundle: Path | None, proxy: str | None) -> None:
        self._adapter_context = tls_context(ca_bundle)
        self._proxy = proxy
        self._lock = threading.Lock()
        self._idle: list[requests.Session] = []
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[requests.Session]:
        """A session for this thread alone."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._make()
        try:
            yield session
        finally:
            with self._lock:
                keep = not self._closed
                if keep:
                    self._idle.append(session)
            if not keep:
                session.close()

    def proxies_for(self, url: str) -> dict[str, str]:
        """The source's own proxy, else what the environment says for this URL."""
        if self._proxy is not None:
            return {"http": self._proxy, "https": self._proxy}
        return dict(get_environ_proxies(url, no_proxy=None))

    def close(self) -> None:
        """Closes every idle session; lent ones follow when they come back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for session in idle:
            session.close()

    def _make(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.update(
            {"User-Agent": f"crossfunnel/{__version__}", "Accept-Encoding": "gzip", "Accept": "*/*"},
        )
        adapter = TrustingAdapter(self._adapter_context)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session
