"""What ``crossfunnel check`` finds out about an org, one line each, with the mend where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connector.adapters.base import CheckResult, Wanted
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.fields import Selection
from connector.errors import CrossfunnelError
from connector.settings import SalesforceSource

#: a JWT assertion lives for three minutes, so a clock wrong by more cannot sign in
CLOCK_SECONDS = 120
CALLS_LEFT = 1_000
#: an org that does not answer this is not asked for each object in turn
_UNANSWERED = "API access"


def run_checks(
    source: SalesforceSource,
    client: Client,
    connect: Callable[[], None],
    selection: Callable[[Wanted], Selection],
    wanted: Sequence[Wanted],
) -> Iterator[CheckResult]:
    """Signs in, then looks at the clock, the limits and every wanted object."""
    try:
        connect()
    except CrossfunnelError as error:
        yield CheckResult(False, f"sign-in by {source.method()}: {error}", error.hint)
        return
    yield CheckResult(True, f"signed in by {source.method()}, API v{client.version}")
    answered = list(_limits(client))
    yield from answered
    if not all(line.ok for line in answered if line.what.startswith(_UNANSWERED)):
        return
    yield _clock(client)
    for one in wanted:
        yield from _object(one, selection)


def _limits(client: Client) -> Iterator[CheckResult]:
    try:
        calls = client.limits().get("DailyApiRequests") or {}
    except CrossfunnelError as error:
        yield CheckResult(False, f"{_UNANSWERED}: {error}", error.hint)
        return
    left, most = calls.get("Remaining"), calls.get("Max")
    if isinstance(left, int):
        mend = "" if left >= CALLS_LEFT else "wait for the daily reset, or set api_budget to leave calls to others"
        yield CheckResult(left >= CALLS_LEFT, f"API calls left today: {left} of {most}", mend)


def _clock(client: Client) -> CheckResult:
    seconds = round(client.transport.skew().total_seconds())
    good = abs(seconds) <= CLOCK_SECONDS
    said = f"clock differs from the org's by {abs(seconds)} s"
    return CheckResult(good, said, "" if good else "set this machine's clock (NTP): signed assertions expire by it")


def _object(wanted: Wanted, selection: Callable[[Wanted], Selection]) -> Iterator[CheckResult]:
    try:
        found = selection(wanted)
    except CrossfunnelError as error:
        yield CheckResult(False, f"{wanted.object}: {error}", error.hint)
        return
    if found.absent:
        yield CheckResult(
            True,
            f"{wanted.object}: the org lacks this object or hides it; it counts as empty",
            f"give the account read access to {wanted.object} if the org has it",
        )
        return
    if not found.missing:
        yield CheckResult(True, f"{wanted.object}: all {len(wanted.fields)} mapped fields are visible")
        return
    yield CheckResult(
        False,
        f"{wanted.object}: lacking or hidden: {', '.join(found.missing)}",
        "make them visible by a permission set (field-level security), or take them out of the mapping",
    )
