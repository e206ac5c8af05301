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

_NOT_REGISTERED = "The certificate with identifier used to sign the client assertion is not registered on application."
_EXPIRED = "The certificate with identifier used to sign the client assertion is expired on application."
_BAD_SIGNATURE = "Client assertion contains an invalid signature."


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    digest = certificate.fingerprint(algorithm)
    return jwt.utils.base64url_encode(digest).decode()


def _named(header: dict[str, Any], name: str) -> str:
    """A thumbprint of the header; msal pads it, others do not."""
    return str(header.get(name, "")).rstrip("=")


def _named_certificate(token: str, certificates: Sequence[str]) -> x509.Certificate:
    """The registered certificate that the header names."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused(50027) from None
    for text in certificates:
        certificate = x509.load_pem_x509_certificate(text.encode())
        if (
            _named(header, "x5t#S256") == _thumbprint(certificate, hashes.SHA256())
            or _named(header, "x5t") == _thumbprint(certificate, hashes.SHA1())  # noqa: S303 - what the wire uses
        ):
            return certificate
    raise Refused(700027, what=_NOT_REGISTERED, reason="The key was not found.")


def check_assertion(token: str, client_id: str, audience: str, certificates: Sequence[str], now: float) -> None:
    """Raises Refused unless ``token`` is signed by one of the PEM ``certificates`` and meant for ``audience``."""
    certificate = _named_certificate(token, certificates)
    if certificate.not_valid_after_utc.timestamp() < now:
        raise Refused(700027, what=_EXPIRED, reason="The key used is expired.")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise Refused(700027, what=_NOT_REGISTERED, reason="The key is no RSA key.")
    claims = _claims(token, key, client_id, audience)
    if claims.get("sub") != client_id:
        raise Refused(50027)


def _claims(token: str, key: RSAPublicKey, client_id: str, audience: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=["PS256", "RS256"],
            audience=audience,
            issuer=client_id,
            options={"require": ["exp", "iss", "sub", "aud"]},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise Refused(700024) from None
    except jwt.InvalidAudienceError:
        raise Refused(700023) from None
    except jwt.InvalidIssuerError:
        raise Refused(700021) from None
    except jwt.InvalidSignatureError:
        reason = "The key was found, but use of the key to verify the signature failed."
        raise Refused(700027, what=_BAD_SIGNATURE, reason=reason) from None
    except jwt.PyJWTError:
        raise Refused(50027) from None
