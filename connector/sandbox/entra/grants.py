"""The grants of the token endpoint: client credentials, device code, refresh. Knows forms, not HTTP."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.sandbox.entra.assertions import check_assertion
from connector.sandbox.entra.refusals import Refused
from connector.sandbox.entra.tokens import encoded_part

if TYPE_CHECKING:
    from connector.sandbox.entra.tenant import Application, Tenant

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_OIDC_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})
_DEFAULT = "/.default"


@dataclass
class DeviceCode:
    """A device flow under way; ``user`` is who approved it, ``declined`` whether somebody did not."""

    client_id: str
    user_code: str
    audience: str
    expires_at: float
    user: str | None = None
    declined: bool = False


def token_for(tenant: Tenant, form: Mapping[str, str], token_url: str) -> dict[str, Any]:
    """What the token endpoint says to a form; raises Refused."""
    grant = _required(form, "grant_type")
    application = _application(tenant, form)
    if grant == "client_credentials":
        _prove(tenant, application, form, token_url)
        return _issued(tenant, application.client_id, _application_resource(tenant, form), None, token_url)
    if grant in (_DEVICE_CODE, "device_code", "refresh_token"):
        if not application.public_client:
            raise Refused(7000218)
        if grant == "refresh_token":
            return _by_refresh(tenant, application, _required(form, "refresh_token"), token_url)
        return _by_device(tenant, application, _required(form, "device_code"), token_url)
    raise Refused(70003, grant=grant)


def start_device_flow(tenant: Tenant, form: Mapping[str, str], verification_url: str) -> dict[str, Any]:
    """What the device authorization endpoint says to a form; raises Refused."""
    application = _application(tenant, form)
    audience = _resource(tenant, form)
    code, user_code = secrets.token_urlsafe(48), secrets.token_hex(4).upper()
    tenant.devices[code] = DeviceCode(application.client_id, user_code, audience, tenant.clock() + 900)
    return {
        "user_code": user_code,
        "device_code": code,
        "verification_uri": verification_url,
        "expires_in": 900,
        "interval": tenant.device_interval,
        "message": f"To sign in, open {verification_url} and enter the code {user_code} to authenticate.",
    }


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise Refused(900144, name=name)
    return form[name]


def _application(tenant: Tenant, form: Mapping[str, str]) -> Application:
    client_id = _required(form, "client_id")
    application = tenant.applications.get(client_id.lower())
    if application is None:
        raise Refused(700016, client=client_id, tenant=tenant.name)
    if application.disabled:
        raise Refused(7000112, client=client_id)
    return application


def _prove(tenant: Tenant, application: Application, form: Mapping[str, str], token_url: str) -> None:
    """Raises Refused unless the form carries a credential of the application."""
    if form.get("client_assertion_type") == _ASSERTION_TYPE and "client_assertion" in form:
        assertion, now = form["client_assertion"], tenant.clock()
        check_assertion(assertion, application.client_id, token_url, application.certificates, now)
        return
    if not form.get("client_secret"):
        raise Refused(7000216)
    given = form["client_secret"]
    if any(secrets.compare_digest(given.encode(), old.encode()) for old in application.expired_secrets):
        raise Refused(7000222, client=application.client_id)
    if not any(secrets.compare_digest(given.encode(), secret.encode()) for secret in application.secrets):
        raise Refused(7000215, client=application.client_id)


def _application_resource(tenant: Tenant, form: Mapping[str, str]) -> str:
    scope = form.get("scope", "")
    if scope and not all(word.endswith(_DEFAULT) for word in scope.split() if word not in _OIDC_SCOPES):
        raise Refused(1002012, scope=scope)
    return _resource(tenant, form)


def _resource(tenant: Tenant, form: Mapping[str, str]) -> str:
    """The one resource that the scopes name."""
    scope = _required(form, "scope")
    words = [word for word in scope.split() if word not in _OIDC_SCOPES]
    if not words or not all("/" in word for word in words):
        raise Refused(70011, scope=scope)
    if len({word.rpartition("/")[0] for word in words}) > 1:
        raise Refused(28000, scope=scope)
    resource = words[0].rpartition("/")[0].rstrip("/")
    if resource.lower() not in tenant.resources:
        raise Refused(500011, resource=resource, tenant=tenant.name)
    return resource


def _by_device(tenant: Tenant, application: Application, code: str, token_url: str) -> dict[str, Any]:
    device = tenant.devices.get(code)
    if device is None or device.client_id != application.client_id:
        raise Refused(70018)
    if device.expires_at <= tenant.clock():
        raise Refused(70020)
    if device.declined:
        raise Refused(65004)
    if device.user is None:
        raise Refused(70016)
    del tenant.devices[code]
    return _issued(tenant, application.client_id, device.audience, device.user, token_url)


def _by_refresh(tenant: Tenant, application: Application, token: str, token_url: str) -> dict[str, Any]:
    if token in tenant.stale_refresh_tokens:
        raise Refused(700082)
    kept = tenant.refresh_tokens.get(token)
    if kept is None or kept[0] != application.client_id:
        raise Refused(70000, name="refresh_token")
    return _issued(tenant, application.client_id, kept[1], kept[2], token_url)


def _issued(tenant: Tenant, client_id: str, audience: str, user: str | None, token_url: str) -> dict[str, Any]:
    lifetime = tenant.token_lifetime
    token = tenant.desk.issue(client_id, tenant.tenant_id, audience, lifetime, user)
    reply: dict[str, Any] = {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}
    if tenant.refresh_in is not None:
        reply["refresh_in"] = tenant.refresh_in
    if user is not None:
        refresh = secrets.token_urlsafe(64)
        tenant.refresh_tokens[refresh] = (client_id, audience, user)
        reply |= {"scope": f"{audience}/user_impersonation {audience}/.default", "refresh_token": refresh}
        reply |= _about(tenant, client_id, user, token_url)
    return {**reply, "access_token": token}


def _about(tenant: Tenant, client_id: str, user: str, token_url: str) -> dict[str, Any]:
    """Who signed in, as msal keeps its accounts by: ``client_info`` and an id token."""
    uid = str(uuid.uuid5(uuid.UUID(tenant.tenant_id), user))
    now = int(tenant.clock())
    claims = {
        "aud": client_id, "iss": token_url.replace("/oauth2/v2.0/token", "/v2.0"), "iat": now, "nbf": now,
        "exp": now + 3600, "oid": uid, "sub": uid, "tid": tenant.tenant_id, "preferred_username": user, "ver": "2.0",
    }  # fmt: skip
    info = encoded_part({"uid": uid, "utid": tenant.tenant_id})
    return {"client_info": info, "id_token": f"{encoded_part({'typ': 'JWT', 'alg': 'none'})}.{encoded_part(claims)}."}
