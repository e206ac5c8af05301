"""``make conformance``: every foreign client against one sandbox, a table of what each got, and the count."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from connector import sandbox
from connector.sandbox import Sandbox
from tests.conformance import dynamics, salesforce
from tests.conformance.environments import Client, NotBuilt, build, clients
from tests.conformance.running import Outcome, run
from tests.conformance.sides import Side

_DEALS = 1_500
_SIDES: dict[str, Callable[[Sandbox], Side]] = {
    "salesforce": lambda running: salesforce.SalesforceSide(running.salesforce),
    "dynamics": lambda running: dynamics.DynamicsSide(running.dynamics),
}
_SHOWN = 8
_LINE = "{:<34} {:<9} {:<26} {:>7} {:>8} {:>8} {:>8}  {}"


def main(names: Sequence[str]) -> int:
    """0: every client got everything; 1: some did not; 2: no such client, or some could not be installed."""
    known = {client.name: client for client in clients()}
    unknown = [name for name in names if name not in known]
    if unknown:
        say(f"no client is called {unknown[0]!r}; there are: {', '.join(known)}")
        return 2
    ready, unbuilt = prepare([known[name] for name in names or known])
    passed, failed = exercise(ready)
    for client, error in unbuilt:
        say(f"\n{client.name} could not be installed, so nothing is known about it:\n  {error}")
    say(f"\n{passed} passed, {failed} failed" + (f", {len(unbuilt)} skipped" if unbuilt else ""))
    return 1 if failed else 2 if unbuilt else 0


def prepare(wanted: Sequence[Client]) -> tuple[list[Client], list[tuple[Client, NotBuilt]]]:
    """Builds the environments; those that stand, and those that could not be built."""
    ready, unbuilt = [], []
    for client in wanted:
        say(f"preparing {client.name} …")
        try:
            build(client)
            ready.append(client)
        except NotBuilt as error:
            unbuilt.append((client, error))
    return ready, unbuilt


def exercise(ready: Sequence[Client]) -> tuple[int, int]:
    """Runs the clients one after another and shows how each went; how many exercises passed and failed."""
    passed = failed = 0
    if not ready:
        return passed, failed
    names = salesforce.HOSTS + dynamics.HOSTS
    with sandbox.start(deals=_DEALS, long_text=True, host_names=names) as running:
        sides = {system: _SIDES[system](running) for system in {client.system for client in ready}}
        say("\n" + _LINE.format("client", "version", "exercise", "objects", "expected", "got", "requests", "verdict"))
        for client in ready:
            outcome = run(client, sides[client.system], running)
            show(outcome, client)
            passed += sum(verdict.passed for verdict in outcome.verdicts)
            failed += sum(not verdict.passed for verdict in outcome.verdicts)
    return passed, failed


def show(outcome: Outcome, client: Client) -> None:
    """One line an exercise; below a failed one, what was different."""
    for place, each in enumerate(outcome.verdicts):
        head = (outcome.client, outcome.version) if place == 0 else ("", "")
        requests = outcome.requests if place == 0 else ""
        verdict = "passed" if each.passed else f"FAILED ({len(each.differences)} differences)"
        if each.short:
            verdict += f", but for {', '.join(each.short)}"
        say(_LINE.format(*head, each.exercise, each.objects, each.expected, each.got, requests, verdict))
        for difference in each.differences[:_SHOWN]:
            say(f"    {difference}")
    for note in client.known:
        say(f"    known: {note}")
    for what, why in client.leaves_out.items():
        say(f"    without {what}: {why}")
    for what, why in client.falls_short.items():
        say(f"    falls short in {what}: {why}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
