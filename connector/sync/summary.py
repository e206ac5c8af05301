"""What a run did, in counts: the JSON summary, and the exit code that follows. It knows no store and no HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connector.errors import CrossfunnelError, DriftFound, LimitReached


@dataclass
class ObjectSummary:
    """One source object in one run; ``fetched = loaded + unchanged + rejected + deleted`` at every moment.

    Unchanged is every record that changed nothing, also one that ``keep`` of the mapping passes over.
    """

    object: str
    tables: tuple[str, ...]
    fetched: int = 0
    loaded: int = 0
    unchanged: int = 0
    rejected: int = 0
    deleted: int = 0
    requests: int = 0
    seconds: float = 0.0
    status: str = "waiting"
    error: CrossfunnelError | None = None

    def to_json(self) -> dict[str, Any]:
        line: dict[str, Any] = {
            "object": self.object,
            "table": self.tables[0] if self.tables else None,
            "fetched": self.fetched,
            "loaded": self.loaded,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "deleted": self.deleted,
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "status": self.status,
        }
        return {**line, **_cause(self.error)}


@dataclass
class SourceSummary:
    """One source in one run."""

    source: str
    kind: str
    objects: dict[str, ObjectSummary] = field(default_factory=dict)
    error: CrossfunnelError | None = None

    @property
    def status(self) -> str:
        failed = [summary for summary in self.objects.values() if summary.error is not None]
        if self.error is not None or (failed and len(failed) == len(self.objects)):
            return "failed"
        return "partial" if failed or any(summary.rejected for summary in self.objects.values()) else "ok"

    def causes(self) -> Iterator[tuple[str, CrossfunnelError]]:
        """Every error with what it ended: the source, or one of its objects."""
        if self.error is not None:
            yield self.source, self.error
        for one in self.objects.values():
            if one.error is not None:
                yield f"{self.source} {one.object}", one.error

    def to_json(self) -> dict[str, Any]:
        objects = [summary.to_json() for summary in self.objects.values()]
        return {
            "source": self.source,
            "kind": self.kind,
            "status": self.status,
            "objects": objects,
            **_cause(self.error),
        }


@dataclass
class RunSummary:
    """One run over all its sources."""

    run_id: str
    sources: dict[str, SourceSummary] = field(default_factory=dict)
    drift: int = 0
    #: mapped fields and objects that the orgs lack or hide, now
    missing: int = 0
    drift_fails: bool = False
    stopped: CrossfunnelError | None = None

    @property
    def causes(self) -> list[CrossfunnelError]:
        """Every error that ended something, in the order of the configuration."""
        found = [cause for source in self.sources.values() for _, cause in source.causes()]
        return [*found, self.stopped] if self.stopped else found

    @property
    def rejected(self) -> int:
        return sum(one.rejected for source in self.sources.values() for one in source.objects.values())

    @property
    def committed(self) -> bool:
        """Whether anything is in the store because of this run: an object read to its end, or rows of one."""
        return any(
            one.status == "ok" or one.fetched > one.rejected
            for source in self.sources.values()
            for one in source.objects.values()
        )

    @property
    def status(self) -> str:
        if self.stopped is not None:
            return "interrupted"
        if not self.causes:
            return "partial" if self.rejected else "ok"
        return "partial" if self.committed else "failed"

    @property
    def exit_code(self) -> int:
        """design: a limit is always 4; committed and failed or rejected is 5; else the first cause's own code."""
        if self.stopped is not None:
            return self.stopped.exit_code
        if any(isinstance(cause, LimitReached) for cause in self.causes):
            return LimitReached.exit_code
        if self.causes and not self.committed:
            return self.causes[0].exit_code
        if self.causes or self.rejected:
            return 5
        return DriftFound.exit_code if self.fails_for_drift else 0

    @property
    def fails_for_drift(self) -> bool:
        """Whether drift was met that the settings take for a failure."""
        return bool(self.drift) and self.drift_fails

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "status": self.status,
            "sources": [source.to_json() for source in self.sources.values()],
            "drift": self.drift,
            "missing": self.missing,
        }


def _cause(error: CrossfunnelError | None) -> dict[str, Any]:
    if error is None:
        return {}
    return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
