"""The error tree: every way this program can fail, in one screen.

::

    CrossfunnelError                1  an internal error (a bug of ours)
    ├── UsageError                  2  the command line asks for something that does not exist
    │   ├── ConfigError             2  crossfunnel.toml or the environment
    │   ├── MappingError            2  a mapping or policy file
    │   ├── StoreUnusable           2  the store cannot be opened, or is newer than this program
    │   └── ValueUnusable           2  a value in the store is of no use: no figure can be told from it
    ├── AccessError                 3
    │   ├── SignInFailed            3  the credentials were refused
    │   └── PermissionDenied        3  signed in, but not allowed
    ├── SourceError                 4
    │   ├── SourceUnavailable       4  no usable answer within the deadline
    │   ├── LimitReached            4  a daily limit of the source, or our own api_budget
    │   └── RequestRefused          4  a definite refusal that the adapter did not expect
    ├── PartlyDone                  5  something was committed and something failed
    ├── DriftFound                  6  the org drifted from the mapping and on_drift = "fail"
    ├── StoreLocked                 7  another run holds the store: a sync, or another that writes
    ├── AnswerIsNo                  8  the question was answered with no (stale, not allowed)
    └── Interrupted           130/143  a signal ended the run

Each error has a stable ``code`` (for scripts), a ``hint`` (what to do next) and an ``exit_code``.
``RecordRejected`` stands outside the tree: it is a verdict on one record and never ends a run.
"""

from __future__ import annotations

from dataclasses import dataclass


class CrossfunnelError(Exception):
    """Base of everything this program raises on purpose. ``str(error)`` is one sentence without secrets."""

    code = "internal"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageError(CrossfunnelError):
    """The caller asked for something that does not exist; the message names what exists."""

    code = "usage"
    exit_code = 2


class ConfigError(UsageError):
    """crossfunnel.toml or an environment variable that it names is wrong or missing."""

    code = "config"


@dataclass(frozen=True, order=True)
class Place:
    """Where in a mapping or policy file something stands; lines and columns count from 1. A folder has none."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One mistake in a mapping or policy file: ``file:line:column: what, did you mean X``."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class MappingError(UsageError):
    """A mapping or policy file is wrong; carries *all* findings, so that one round trip mends them."""

    code = "mapping"

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = sorted(findings, key=lambda finding: finding.place)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class StoreUnusable(UsageError):
    """The store cannot be opened: not a database, no permission, or written by a newer program."""

    code = "store"


class ValueUnusable(UsageError):
    """A value that a person put into the store is not what its column is for; the message names row and column."""

    code = "value"


class AccessError(CrossfunnelError):
    """Sign-in or permission."""

    code = "access"
    exit_code = 3


class SignInFailed(AccessError):
    """The source refused the credentials, or refused a fresh token three times in a row."""

    code = "sign_in"


class PermissionDenied(AccessError):
    """Signed in, but the account may not do this; the hint names the permission."""

    code = "permission"


class SourceError(CrossfunnelError):
    """The source gave no usable answer."""

    code = "source"
    exit_code = 4


class SourceUnavailable(SourceError):
    """No usable answer within the deadline: network, 5xx, throttling, cut bodies, HTML for JSON."""

    code = "unavailable"


class LimitReached(SourceError):
    """A daily limit of the source, or the source's own ``api_budget``, is used up."""

    code = "limit"


class RequestRefused(SourceError):
    """A definite 4xx answer. ``status`` and the vendor's ``error_code`` let an adapter decide."""

    code = "refused"

    def __init__(self, message: str, *, status: int, error_code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.error_code = error_code


class PartlyDone(CrossfunnelError):
    """Something was committed and something failed or was rejected; the summary has each cause."""

    code = "partial"
    exit_code = 5


class DriftFound(CrossfunnelError):
    """The org drifted from the mapping files and ``[sync] on_drift = "fail"``."""

    code = "drift"
    exit_code = 6


class StoreLocked(CrossfunnelError):
    """Another run holds the store's lock."""

    code = "locked"
    exit_code = 7


class AnswerIsNo(CrossfunnelError):
    """The command asked a yes-or-no question and the answer is no."""

    code = "no"
    exit_code = 8


class Interrupted(CrossfunnelError):
    """A signal ended the run: 128 + its number."""

    code = "interrupted"
    exit_code = 130

    def __init__(self, message: str, *, signal_number: int = 2) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


class RecordRejected(Exception):
    """One record cannot be mapped. ``rule`` names the unified column or op, ``message`` says why."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
