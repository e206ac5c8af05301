"""What Airbyte's platform does around a source: files in, messages out; state and a changed configuration are kept."""

import json
import os
import subprocess
import sys
from pathlib import Path


class Platform:
    """Runs one source by its command line. What it keeps is there in the program's next run, too."""

    def __init__(self, source):
        self.source = Path(sys.executable).with_name(source)
        self.folder = Path(os.environ["CONFORMANCE_KEPT"])

    def keep(self, name, content):
        (self.folder / f"{name}.json").write_text(json.dumps(content))

    def kept(self, name):
        """What was kept under this name; None where nothing was."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def run(self, command, config, **files):
        """All messages of one run; SystemExit with the source's own words where it failed."""
        given = config | (self.kept("changed") or {})
        arguments = [command]
        for name, content in {"config": given, **files}.items():
            self.keep(f"{name}-in", content)
            arguments += [f"--{name}", self.folder / f"{name}-in.json"]
        told = subprocess.run([self.source, *arguments], stdout=subprocess.PIPE, text=True, check=False)
        # not splitlines(): texts hold line separators of Unicode
        messages = [json.loads(line) for line in told.stdout.split("\n") if line.startswith("{")]
        for message in messages:
            if message["type"] == "CONTROL":  # it changed its configuration: a token was rotated
                changed = message["control"]["connectorConfig"]["config"]
                self.keep("changed", {name: value for name, value in changed.items() if config.get(name) != value})
        if told.returncode:
            errors = [json.dumps(each)[:4000] for each in messages if each["type"] in ("TRACE", "LOG")]
            raise SystemExit("\n".join(errors))
        return messages

    def check(self, config):
        """Whether the source can connect: ``status``, and ``message`` where it cannot."""
        return next(each["connectionStatus"] for each in self.run("check", config) if "connectionStatus" in each)

    def discover(self, config):
        """The streams of the catalog."""
        return next(each["catalog"] for each in self.run("discover", config) if "catalog" in each)["streams"]

    def read(self, config, streams, mode, state=None):
        """The records of every stream; the state that each left is kept as ``state``."""
        files = {"catalog": {"streams": [_configured(stream, mode) for stream in streams]}}
        messages = self.run("read", config, **files | ({"state": state} if state else {}))
        rows = {stream["name"]: [] for stream in streams}
        for record in (each["record"] for each in messages if each["type"] == "RECORD"):
            rows[record["stream"]].append(record["data"])
        states = [each["state"] for each in messages if each["type"] == "STATE"]
        self.keep("state", list({each["stream"]["stream_descriptor"]["name"]: each for each in states}.values()))
        return rows


def _configured(stream, mode):
    """A stream as a user's connection chooses it: its own cursor and key."""
    return {
        "stream": stream,
        "sync_mode": mode,
        "destination_sync_mode": "append",
        "cursor_field": stream.get("default_cursor_field", []),
        "primary_key": stream.get("source_defined_primary_key", []),
    }
