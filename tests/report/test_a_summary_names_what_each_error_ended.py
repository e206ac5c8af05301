"""The summary of a sync tells each error once, with every source and object that it ended, and what drift does."""

from __future__ import annotations

from connector.errors import CrossfunnelError, SourceUnavailable
from connector.report.sync import render_summary
from connector.sync.summary import ObjectSummary, RunSummary, SourceSummary


def test_what_ends_several_objects_is_told_once_with_their_names() -> None:
    down = [SourceUnavailable("gave no usable answer", hint="run again") for _ in range(2)]
    acme = SourceSummary("acme", "salesforce", {
        "Lead": ObjectSummary("Lead", ("lead",), status="failed", error=down[0]),
        "Account": ObjectSummary("Account", ("account",), status="ok"),
        "Opportunity": ObjectSummary("Opportunity", ("opportunity",), status="failed", error=down[1]),
    })  # fmt: skip
    contoso = SourceSummary("contoso", "dynamics", error=CrossfunnelError("refused"))
    told = [
        line
        for line in render_summary(RunSummary("r", {"a": acme, "c": contoso}), "table").splitlines()
        if "error" in line
    ]
    assert told == [
        f"acme Lead, acme Opportunity: error [{SourceUnavailable.code}]: gave no usable answer (run again)",
        f"contoso: error [{CrossfunnelError.code}]: refused",
    ]


def test_a_run_that_drift_fails_does_not_end_with_the_word_ok() -> None:
    summary = RunSummary("r", drift=1, drift_fails=True)
    *_, drift, run = render_summary(summary, "table").splitlines()
    assert drift.startswith("drift: 1 value that no mapping entry claims;")
    assert (run, summary.exit_code) == ('run r: ok, but drift fails it ([sync] on_drift = "fail"): exit code 6', 6)
    assert summary.to_json()["status"] == "ok"
    warned = render_summary(RunSummary("r", drift=2), "table").splitlines()
    assert warned[0].startswith("drift: 2 values ") and warned[-1] == "run r: ok"
