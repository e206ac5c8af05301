"""The summary of a sync tells each error once, with every source and object that it ended."""

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
