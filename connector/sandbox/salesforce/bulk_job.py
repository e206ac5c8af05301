"""One Bulk API 2.0 query job: its states and what is told of it. Knows no other job and no HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.salesforce.bulk_results import BulkResult
from connector.sandbox.salesforce.bulk_rules import Order

RUNNING = ("UploadComplete", "InProgress")
ENDED = ("JobComplete", "Failed", "Aborted")


@dataclass
class Job:
    """``polls`` counts how often its state was asked, ``done`` is set when its worker has ended."""

    id: str
    version: str
    order: Order
    sobject: str
    user_id: str
    created: datetime
    state: str = "UploadComplete"
    polls: int = 0
    error: str = ""
    result: BulkResult | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def polled(self, least: int) -> None:
        """Its state was asked: it is in progress for ``least`` calls at least; what has ended stays as it is."""
        self.polls += 1
        if self.state == "UploadComplete":
            self.state = "InProgress"
        if self.state == "InProgress" and self.result is not None and self.polls > least:
            self.state = "JobComplete"

    def end(self, state: str, error: str = "") -> None:
        """Ends it, unless it has ended."""
        if self.state in RUNNING:
            self.state, self.error = state, error

    def created_told(self) -> dict[str, Any]:
        """The answer of a create or abort call (recorded)."""
        stamp = self.created.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {
            "id": self.id,
            "operation": self.order.operation,
            "object": self.sobject,
            "createdById": self.user_id,
            "createdDate": stamp,
            "systemModstamp": stamp,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.order.line_ending,
            "columnDelimiter": self.order.delimiter,
        }

    def listed(self) -> dict[str, Any]:
        """Its entry in the list of jobs."""
        return self.created_told() | {"jobType": "V2Query"}

    def told(self) -> dict[str, Any]:
        """The answer of a status call."""
        processed = self.result.rows if self.result is not None and self.state == "JobComplete" else 0
        told = self.listed() | {
            "numberRecordsProcessed": processed,
            "retries": 0,
            "totalProcessingTime": 100,
            "isPkChunkingSupported": True,
        }
        return told | {"errorMessage": self.error} if self.state == "Failed" else told
