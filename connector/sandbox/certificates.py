"""The sandbox's throw-away certificate authority: TLS for loopback servers, and nothing that outlives them.

Must not know which protocols are spoken behind the certificates.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import trustme

HOSTS = ("localhost", "127.0.0.1")


class Authority:
    """A certificate authority in a temporary folder of its own; ``close`` removes every trace of it.

    ``ca_file`` is what a client trusts (``ca_bundle``, ``REQUESTS_CA_BUNDLE``). ``names``: what the servers are called
    beside the loopback names, for clients that insist on a vendor's host and are led here.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = (*HOSTS, *names)
        self._folder = tempfile.TemporaryDirectory(prefix="crossfunnel-sandbox-ca-")
        self._ca = trustme.CA(organization_name="crossfunnel sandbox (throw-away)")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    def server_context(self, *hosts: str) -> ssl.SSLContext:
        """A server-side context with a fresh certificate for ``hosts`` (default: the loopback names and ``names``)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._ca.issue_cert(*(hosts or self._names)).configure_cert(context)
        return context

    def close(self) -> None:
        """Removes the certificate file. Running servers keep working."""
        self._folder.cleanup()

    def __enter__(self) -> Authority:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
