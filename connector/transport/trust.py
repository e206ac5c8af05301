"""Which certificate authorities are trusted: the system's, certifi's, and the one that the user adds."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi

from connector.errors import ConfigError
from connector.plainfiles import UnusableFile, read_bytes

#: bytes; the bundles that systems bring have a tenth of it
LARGEST = 5_000_000
#: looked at in this order where the source names no ca_bundle of its own
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """A verifying context; ``ca_bundle``, else the environment's bundle, adds to what is trusted anyway."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    path, named_by = _added(ca_bundle)
    if path is not None:
        _add(context, path, named_by)
    return context


def _added(ca_bundle: Path | None) -> tuple[Path | None, str]:
    if ca_bundle is not None:
        return ca_bundle, "ca_bundle"
    for variable in VARIABLES:
        value = os.environ.get(variable)
        if value:
            return Path(value), variable
    return None, ""


def _add(context: ssl.SSLContext, path: Path, named_by: str) -> None:
    try:
        if path.is_dir():
            context.load_verify_locations(capath=str(path))
        else:
            read_bytes(path, LARGEST)  # OpenSSL would read a pipe or device for ever
            context.load_verify_locations(cafile=str(path))
    except (OSError, ssl.SSLError, UnusableFile) as error:
        reason = str(error) if isinstance(error, UnusableFile) else error.__class__.__name__
        raise ConfigError(
            f"{named_by} = {path}: no certificate authority could be read from it ({reason})",
            hint="name a file of PEM certificates that the user running this program may read",
        ) from None
