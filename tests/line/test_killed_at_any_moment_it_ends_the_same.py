"""Promises 1 to 3 and 6: nothing lost, nothing twice, one writer, whenever a run is killed."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.exchange import Request


def servers(box: Sandbox) -> list[object]:
    return [box.salesforce.domain, box.dynamics.web]


def killed_at(place: Workplace, box: Sandbox, request_number: int, number: int = signal.SIGKILL) -> int:
    """Runs a sync and sends it a signal when its n-th request arrives, before the answer goes out."""
    process: subprocess.Popen[bytes] | None = None
    met = 0

    def intercept(_: Request) -> None:
        nonlocal met
        met += 1
        if met == request_number and process is not None:
            os.kill(process.pid, number)

    for server in servers(box):
        server.interceptor = intercept  # type: ignore[attr-defined]
    process = place.process("sync", "--quiet")
    process.communicate(timeout=60)
    for server in servers(box):
        server.interceptor = None  # type: ignore[attr-defined]
    return process.returncode


@pytest.mark.parametrize("request_number", [3, 14, 23, 31, 40, 52])
def test_a_run_after_a_kill_ends_as_if_it_had_never_been(
    place: Workplace, box: Sandbox, request_number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert killed_at(place, box, request_number) == -signal.SIGKILL
    outcome = place.sync()
    assert outcome.code == 0
    calm = Workplace(tmp_path_factory.mktemp("calm"))
    calm.configure(place.config.read_text(encoding="utf-8"))
    assert calm.sync().code == 0
    assert place.content() == calm.content()


def test_a_terminated_run_ends_orderly_with_143(place: Workplace, box: Sandbox) -> None:
    assert killed_at(place, box, 20, signal.SIGTERM) == 143
    assert place.rows("SELECT status, exit_code FROM sync_run") == [("interrupted", 143)]
    assert place.sync().code == 0


def test_a_second_sync_is_refused_with_7_while_one_runs(place: Workplace, box: Sandbox) -> None:
    outcomes: list[int] = []

    def intercept(_: Request) -> None:
        if not outcomes:
            outcomes.append(-1)
            second = place.process("sync", "--quiet")
            second.communicate(timeout=60)
            outcomes.append(second.returncode)

    box.dynamics.web.interceptor = intercept
    assert place.sync("contoso").code == 0
    assert outcomes == [-1, 7]


def test_one_forbidden_object_does_not_stop_the_others(place: Workplace, box: Sandbox) -> None:
    box.dynamics.organization.deny_read("lead")
    outcome = place.sync("contoso")
    assert outcome.code == 5
    lines = outcome.objects()
    assert lines["contoso/lead"]["status"] == "failed"
    assert lines["contoso/lead"]["error"]["code"] == "permission"
    assert all(line["status"] == "ok" for name, line in lines.items() if name != "contoso/lead")
    box.dynamics.organization.allow_read("lead")
    assert place.sync("contoso").objects()["contoso/lead"]["loaded"] > 0
