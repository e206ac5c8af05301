"""Client assertions: the signed JWT by which an application proves that it holds a registered certificate.

Microsoft's "Microsoft identity platform application authentication certificate credentials": RS256 or PS256,
``x5t`` or ``x5t#S256`` naming the certificate, ``aud`` the token endpoint, ``iss`` = ``sub`` = the client id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from connector.sandbox.entra.refusals import Refused


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    digest = certificate.fingerprint(algorithm)
    return jwt.utils.base64url_encode(digest).decode()


def _named(header: dict[str, Any], name: str) -> str:
    """A thumbprint of the header; msal pads it, others do not."""
    return str(header.get(name, "")).rstrip("=")


def _named_key(token: str, certificates: Sequence[str]) -> RSAPublicKey:
    """The public key of the registered certificate that the header names."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused(50027) from None
    for text in certificates:
        certificate = x509.load_pem_x509_certificate(text.encode())
        named = (
            _named(header, "x5t#S256") == _thumbprint(certificate, hashes.SHA256())
            or _named(header, "x5t") == _thumbprint(certificate, hashes.SHA1())  # noqa: S303 - what the wire uses
        )
        key = certificate.public_key()
        if named and isinstance(key, RSAPublicKey):
            return key
    raise Refused(700027)


def check_assertion(token: str, client_id: str, audience: str, certificates: Sequence[str]) -> None:
    """Raises Refused unless ``token`` is signed by one of the PEM ``certificates`` and meant for ``audience``."""
    key = _named_key(token, certificates)
    try:
        claims = jwt.decode(token, key, algorithms=["PS256", "RS256"], audience=audience, issuer=client_id)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise Refused(700024) from None
    except jwt.InvalidAudienceError:
        raise Refused(700023) from None
    except jwt.InvalidSignatureError:
        raise Refused(700027) from None
    except jwt.PyJWTError:
        raise Refused(50027) from None
    if claims.get("sub") != client_id:
        raise Refused(50027)
