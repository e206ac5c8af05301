"""The typed settings: what each table of ``crossfunnel.toml`` may hold. No file and no environment is read here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from connector.instants import spell
from connector.interpolation import MissingValue

#: a hundred years
MOST_DAYS = 36_525
SOURCE_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z|\[[0-9a-f:.]+\]\Z")
_API_VERSION = re.compile(r"v?[0-9]{1,3}(\.[0-9]{1,2})?\Z")
_TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\Z")


def _https(value: str) -> str:
    """An https origin, without path or user information: a token is only ever sent to such a one."""
    scheme, _, rest = value.strip().partition("://")
    if scheme.lower() != "https":
        raise ValueError("must begin with https://, since tokens are sent there")
    if "@" in rest:
        raise ValueError("must hold no user name or password; use the keys made for them")
    host = rest.removesuffix("/").lower()
    if not _is_host(host):
        raise ValueError("must be a bare origin such as https://acme.my.salesforce.com, without path, ? or #")
    return f"https://{host}"


def _is_host(netloc: str) -> bool:
    """Whether this is a host name or address, with a port or not, in plain ASCII (IDN hosts as xn--...)."""
    name, colon, port = netloc.rpartition(":") if re.search(r":[0-9]+\Z", netloc) else (netloc, "", "")
    return len(netloc) <= 300 and bool(_HOST.match(name)) and (not colon or 0 < int(port[:6]) < 65_536)


def _proxy(value: str) -> str:
    """The address of a proxy, which alone may carry a user name and a password."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        raise ValueError("is no address; a proxy looks like http://proxy:3128") from None
    host = parts.netloc.rpartition("@")[2].lower()
    if parts.scheme not in ("http", "https") or not _is_host(host) or parts.path.strip("/") or parts.query:
        raise ValueError("must look like http://proxy:3128, or http://user:password@proxy:3128")
    return value.strip()


def _api_version(value: str) -> str:
    if not _API_VERSION.match(value):
        raise ValueError("must be a version number such as 62.0")
    return value


def _tenant(value: str) -> str:
    if not _TENANT.match(value):
        raise ValueError("must be the tenant's id (a GUID) or one of its domains, such as contoso.onmicrosoft.com")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; use a name such as Europe/Berlin") from None
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("must be an ISO 4217 code such as USD")
    return value


def _moment(value: Any) -> Any:
    """A TOML date, date-time or their text, as an instant; a bare day begins at midnight UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day such as 2025-01-01") from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("needs a zone, as in 2025-01-01T00:00:00Z")
        return spell(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise ValueError("must be a day such as 2025-01-01")


def _no_flag(value: Any) -> Any:
    """true is 1 to Python, and to nobody who writes it into a file."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _iso_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("fiscal_year_days holds something that is no day such as 2025-02-02") from None


Origin = Annotated[str, AfterValidator(_https)]
Zone = Annotated[str, AfterValidator(_zone)]
CurrencyCode = Annotated[str, AfterValidator(_currency)]
Moment = Annotated[str, BeforeValidator(_moment)]
Proxy = Annotated[str, AfterValidator(_proxy)]
ApiVersion = Annotated[str, AfterValidator(_api_version)]
Tenant = Annotated[str, AfterValidator(_tenant)]
Whole = Annotated[int, BeforeValidator(_no_flag)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StoreSettings(_Table):
    """``[store]``"""

    url: str = "sqlite:///crossfunnel.db"

    @model_validator(mode="after")
    def _sqlite_only(self) -> StoreSettings:
        if not self.url.startswith("sqlite:///") or len(self.url) == len("sqlite:///"):
            raise ValueError("url must look like sqlite:///crossfunnel.db")
        if "?" in self.url or "#" in self.url:
            raise ValueError("url names a file; nothing may follow its name")
        return self

    @property
    def file(self) -> str:
        return self.url.removeprefix("sqlite:///")


class ReportSettings(_Table):
    """``[report]``: what an amount is counted in, which day an instant falls on, and the fiscal calendar."""

    base_currency: CurrencyCode = "USD"
    timezone: Zone = "UTC"
    calendar: Literal["standard", "4-4-5", "4-5-4", "5-4-4", "jalali"] = "standard"
    fiscal_year_start: Whole = Field(default=1, ge=1, le=12)
    fiscal_year_named_by: Literal["end", "start"] = "end"
    fiscal_year_days: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _days_as_text(cls, table: Any) -> Any:
        days = table.get("fiscal_year_days") if isinstance(table, dict) else None
        if isinstance(days, list):
            return {**table, "fiscal_year_days": tuple(str(day) for day in days)}
        return table

    @model_validator(mode="after")
    def _declared_years(self) -> ReportSettings:
        days = [_iso_day(day) for day in self.fiscal_year_days]
        week_based = self.calendar in ("4-4-5", "4-5-4", "5-4-4")
        if week_based and not days:
            raise ValueError("a week-based calendar needs fiscal_year_days, the first day of each fiscal year")
        if days and not week_based:
            raise ValueError(f"fiscal_year_days belongs to week-based calendars, not to {self.calendar!r}")
        for first, second in itertools.pairwise(days):
            if (second - first).days not in (52 * 7, 53 * 7):
                raise ValueError(f"fiscal_year_days: {first} to {second} is neither 52 nor 53 weeks")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class SyncSettings(_Table):
    """``[sync]``"""

    on_drift: Literal["warn", "fail"] = "warn"
    retain_versions_days: Whole = Field(default=0, ge=0, le=MOST_DAYS)
    retain_rejects_days: Whole = Field(default=0, ge=0, le=MOST_DAYS)


class MappingsSettings(_Table):
    """``[mappings]``"""

    path: str | None = None


class Source(_Table):
    """What every ``[sources.NAME]`` may hold."""

    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {}

    name: str
    kind: str
    start_date: Moment | None = None
    objects: tuple[str, ...] = ()
    currency: CurrencyCode | None = None
    timezone: Zone | None = None
    proxy: Proxy | None = Field(default=None, repr=False)
    ca_bundle: Path | None = None
    api_version: ApiVersion | None = None
    api_budget: Whole | None = Field(default=None, ge=1)
    missing: tuple[MissingValue, ...] = Field(default=(), exclude=True)

    @model_validator(mode="after")
    def _named(self) -> Source:
        if not SOURCE_NAME.match(self.name):
            raise ValueError("a source name begins with a letter a-z and goes on with a-z, 0-9, _ or -")
        return self

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.timezone) if self.timezone else None

    def method(self) -> str:
        """The way of signing in, inferred from the other keys where ``auth`` is not given."""
        return str(getattr(self, "auth", None) or "")

    def secrets(self) -> Iterator[str]:
        """What must be in no text that anybody reads."""
        for value in self.__dict__.values():
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
        if self.proxy is not None:
            yield unquote(urlsplit(self.proxy).password or "")

    def lacks(self, path: str) -> Iterator[str]:
        """One line for every value that signing in needs and that is nowhere to be found."""
        table = f"[sources.{self.name}] in {path}"
        unfilled = {lack.keys[-1]: lack for lack in self.missing}
        for lack in self.missing:
            yield f"sources.{self.name}.{lack.keys[-1]}: {lack.sentence}"
        for need in self.NEEDS.get(self.method(), ()):
            names = need.split("|")
            if any(getattr(self, name, None) for name in names) or any(name in unfilled for name in names):
                continue
            spelt = " or ".join(names)
            yield f"sources.{self.name}.{names[0]}: no value for {self.method()}; looked at {spelt} of {table}"


class SalesforceSource(Source):
    """``kind = "salesforce"``"""

    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "client_credentials": ("client_id", "client_secret", "domain|instance_url|login_url"),
        "jwt": ("client_id", "username", "private_key_file"),
        "refresh_token": ("client_id", "refresh_token|token_file"),
        "password": ("username", "password"),
        "session": ("session_id", "domain|instance_url"),
    }

    kind: Literal["salesforce"]
    domain: str | None = None
    instance_url: Origin | None = None
    login_url: Origin | None = None
    auth: Literal["client_credentials", "jwt", "refresh_token", "password", "session"] | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    security_token: SecretStr | None = None
    private_key_file: Path | None = None
    refresh_token: SecretStr | None = None
    token_file: Path | None = None
    session_id: SecretStr | None = None

    @model_validator(mode="after")
    def _domain_is_a_name(self) -> SalesforceSource:
        if self.domain is not None and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", self.domain):
            raise ValueError("domain is the name before .salesforce.com, such as acme.my; a URL goes to instance_url")
        return self

    def method(self) -> str:
        if self.auth:
            return self.auth
        for method, key in (("session", "session_id"), ("jwt", "private_key_file"), ("password", "password")):
            if getattr(self, key) is not None:
                return method
        return "refresh_token" if self.refresh_token or self.token_file else "client_credentials"

    @property
    def instance_origin(self) -> str | None:
        """The org's own origin, where the configuration names it."""
        if self.instance_url:
            return self.instance_url
        if self.domain and self.domain not in ("login", "test"):
            return f"https://{self.domain.lower().removesuffix('.salesforce.com')}.salesforce.com"
        return None

    @property
    def login_origin(self) -> str:
        """Where tokens are asked for: ``login_url``, else the org itself, else login.salesforce.com."""
        if self.login_url:
            return self.login_url
        if self.domain in ("login", "test"):
            return f"https://{self.domain}.salesforce.com"
        return self.instance_origin or "https://login.salesforce.com"


class DynamicsSource(Source):
    """``kind = "dynamics"``"""

    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "client_secret": ("url", "tenant_id", "client_id", "client_secret"),
        "certificate": ("url", "tenant_id", "client_id", "certificate_file"),
        "device_code": ("url", "tenant_id", "client_id"),
        "managed_identity": ("url",),
    }

    kind: Literal["dynamics"]
    url: Origin | None = None
    tenant_id: Tenant | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    certificate_file: Path | None = None
    certificate_password: SecretStr | None = None
    auth: Literal["client_secret", "certificate", "device_code", "managed_identity"] | None = None
    authority: Origin = "https://login.microsoftonline.com"

    def method(self) -> str:
        if self.auth:
            return self.auth
        return "certificate" if self.certificate_file else "client_secret"


class Office365Source(Source):
    """``kind = "office365"``"""

    kind: Literal["office365"]
    tenant_id: Tenant | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    mailboxes: tuple[str, ...] = ()
    graph_url: Origin = "https://graph.microsoft.com"
    authority: Origin = "https://login.microsoftonline.com"


@dataclass(frozen=True)
class Settings:
    """Everything that one run goes by."""

    path: Path
    store_path: Path
    report: ReportSettings
    sync: SyncSettings
    mappings: Path | None = None
    sources: dict[str, Source] = field(default_factory=dict)
