"""Every kind of fault there is, by name; the one place that help, documentation and error messages read."""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.faults import connections, contents, paging, refusals
from connector.sandbox.faults.kinds import Kind

CATALOGUE: dict[str, Kind] = {
    kind.name: kind for kind in (*refusals.KINDS, *connections.KINDS, *contents.KINDS, *paging.KINDS)
}

#: the servers of a sandbox of everything, as faults name them
SERVERS = {
    "salesforce": "the Salesforce org's own domain: its APIs, and its sign-ins by client credentials",
    "login": "what stands for login.salesforce.com",
    "dynamics": "the Dynamics organization's Web API",
    "entra": "what stands for login.microsoftonline.com",
}

#: what every fault takes beside its kind's own options
TRIGGERS = {
    "path": "befalls only calls whose address (path and query, decoded) holds this text",
    "method": "befalls only calls with this HTTP method",
    "after": "lets so many of these calls pass first; default: 0",
    "times": "befalls so many of them, `always`, or `each` different one once; default: 1",
}


def options_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """A kind's own options, spelled with their defaults, and what they mean."""
    for name, option in kind.options.items():
        spelled = f"{name}={option.default:g}" if isinstance(option.default, float) else f"{name}={option.default}"
        yield spelled, option.sentence


def summary(kind: Kind) -> str:
    """A kind in one line: its sentence and its options."""
    options = ", ".join(spelled for spelled, _ in options_of(kind))
    return f"{kind.sentence} ({options})" if options else kind.sentence


def table() -> str:
    """The catalogue as the documentation has it."""
    rows = ["| server | what it stands for |", "|---|---|"]
    rows += [f"| `{name}` | {sentence} |" for name, sentence in SERVERS.items()]
    rows += ["", "| fault | what happens | its own options |", "|---|---|---|"]
    for kind in CATALOGUE.values():
        options = "; ".join(f"`{spelled}`: {sentence}" for spelled, sentence in options_of(kind))
        rows.append(f"| `{kind.name}` | {kind.sentence} | {options} |")
    rows += ["", "| option of every fault | what it means |", "|---|---|"]
    rows += [f"| `{name}=` | {sentence} |" for name, sentence in TRIGGERS.items()]
    return "\n".join(rows)
