"""design section 6: which exit code a run ends with, from what was committed and what failed."""

import pytest

from connector.errors import (
    CrossfunnelError,
    Interrupted,
    LimitReached,
    PermissionDenied,
    SignInFailed,
    SourceUnavailable,
)
from connector.sync.summary import ObjectSummary, RunSummary, SourceSummary


def run(*objects: ObjectSummary, error: CrossfunnelError | None = None, **more: object) -> RunSummary:
    source = SourceSummary("acme", "salesforce", {one.object: one for one in objects}, error)
    return RunSummary("r1", {"acme": source}, **more)  # type: ignore[arg-type]


def read(name: str = "Lead", rejected: int = 0, fetched: int = 5) -> ObjectSummary:
    return ObjectSummary(name, ("lead",), fetched=fetched, loaded=fetched - rejected, rejected=rejected, status="ok")


def failed(error: CrossfunnelError, name: str = "Contact", fetched: int = 0) -> ObjectSummary:
    return ObjectSummary(name, ("contact",), fetched=fetched, loaded=fetched, status="failed", error=error)


@pytest.mark.parametrize(
    ("summary", "code", "status"),
    [
        (run(read()), 0, "ok"),
        (run(read(fetched=0)), 0, "ok"),
        (run(read(rejected=1)), 5, "partial"),
        (run(read(), failed(PermissionDenied("no"))), 5, "partial"),
        (run(failed(PermissionDenied("no"))), 3, "failed"),
        (run(failed(SourceUnavailable("down"), fetched=2)), 5, "partial"),
        (run(failed(SourceUnavailable("down"))), 4, "failed"),
        (run(error=SignInFailed("wrong password")), 3, "failed"),
        (run(error=SourceUnavailable("no such host")), 4, "failed"),
        (run(read(), failed(LimitReached("used up"))), 4, "partial"),
        (run(failed(CrossfunnelError("bug"))), 1, "failed"),
        (run(read(), drift=2), 0, "ok"),
        (run(read(), drift=2, drift_fails=True), 6, "ok"),
        (run(read(rejected=1), drift=2, drift_fails=True), 5, "partial"),
        (run(read(), stopped=Interrupted("ended", signal_number=15)), 143, "interrupted"),
    ],
)
def test_exit_code(summary: RunSummary, code: int, status: str) -> None:
    assert (summary.exit_code, summary.status) == (code, status)
    assert summary.to_json()["status"] == status


def test_one_source_down_and_another_read_is_partial() -> None:
    summary = run(read())
    summary.sources["contoso"] = SourceSummary("contoso", "dynamics", {}, SignInFailed("wrong secret"))
    assert summary.exit_code == 5
    assert summary.to_json()["sources"][1]["error"]["code"] == "sign_in"
