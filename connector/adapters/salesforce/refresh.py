"""The refresh-token flow, with rotation: a new refresh token is on disk before its access token is used.

simple-salesforce has no such flow, and its answer's new refresh token must not be lost (Salesforce docs:
Refresh Token Rotation: each token works once).
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from connector import redaction
from connector.adapters.salesforce.instance import Instance
from connector.errors import ConfigError, RequestRefused, SignInFailed
from connector.plainfiles import UnusableFile, read_text
from connector.settings import SalesforceSource
from connector.transport import Transport

log = logging.getLogger(__name__)

LARGEST_TOKEN = 65_536


class RefreshToken:
    """``token_file`` holds the newest refresh token and beats ``refresh_token``, which seeds it."""

    def __init__(
        self, source: SalesforceSource, transport: Transport, instance: Instance, *, url: str, hints: dict[str, str]
    ) -> None:
        self._source = source
        self._transport = transport
        self._instance = instance
        self._url = url
        self._hints = hints
        self._newest: str | None = None

    def fetch(self) -> str:
        """Trades the refresh token for an access token."""
        form = {"grant_type": "refresh_token", "client_id": self._source.client_id, "refresh_token": self._current()}
        if self._source.client_secret is not None:
            form["client_secret"] = self._source.client_secret.get_secret_value()
        try:
            answer = self._transport.request("POST", self._url, data=form, authenticated=False).json()
        except RequestRefused as refusal:
            hint = self._hints.get(refusal.error_code, "") or "authorise the connected app anew and store its token"
            raise SignInFailed(f"{self._source.name}: the refresh token was refused: {refusal}", hint=hint) from None
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise SignInFailed(
                f"{self._source.name}: the sign-in answered without a token",
                hint="check login_url or domain in crossfunnel.toml: something else than Salesforce may answer there",
            )
        self._keep(answer.get("refresh_token"))
        self._instance.adopt(str(answer.get("instance_url") or self._source.instance_origin or ""))
        return token

    def _current(self) -> str:
        if self._newest is not None:
            return self._newest
        path, given = self._source.token_file, self._source.refresh_token
        if path is not None and path.exists():
            try:
                stored = read_text(path, LARGEST_TOKEN).strip()
            except UnusableFile as error:
                raise ConfigError(f"sources.{self._source.name}.token_file: {path} {error}") from None
            redaction.register(stored)
            if stored:
                return stored
        if given is None:
            raise ConfigError(f"sources.{self._source.name}.token_file: {path}: holds no refresh token")
        return given.get_secret_value()

    def _keep(self, rotated: object) -> None:
        if not isinstance(rotated, str) or not rotated:
            return
        redaction.register(rotated)
        self._newest = rotated
        if self._source.token_file is None:
            log.warning(
                "%s: the org rotates refresh tokens, so the configured one is used up; set token_file to keep the new",
                self._source.name,
            )
            return
        _replace(self._source.token_file, rotated)


def _replace(path: Path, text: str) -> None:
    """Whole or not at all, readable by the owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
