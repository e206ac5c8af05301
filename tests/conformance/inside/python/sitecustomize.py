"""Leads a client's own process to the sandbox: vendors' host names resolve to its ports, all others to nothing.

``CONFORMANCE_HOSTS`` maps a host name to a port on the loopback address (JSON). Clients that ask ``certifi`` for
authorities, whatever ``REQUESTS_CA_BUNDLE`` says, are told the sandbox's.
"""

import contextlib
import json
import os
import socket

_ports = json.loads(os.environ.get("CONFORMANCE_HOSTS", "{}"))
_asked = socket.getaddrinfo


def _led(host, port, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name in _ports:
        return _asked("127.0.0.1", _ports[name], *args, **options)
    if name in (None, "", "localhost", "127.0.0.1"):
        return _asked("127.0.0.1" if name == "localhost" else host, port, *args, **options)
    raise socket.gaierror(f"conformance: {name} is no host of the sandbox")


socket.getaddrinfo = _led

with contextlib.suppress(ImportError, KeyError):
    import certifi

    _authority = os.environ["REQUESTS_CA_BUNDLE"]
    certifi.where = lambda: _authority
