"""Reads a whole org with Airbyte's source-salesforce: check, discover, full reads by Bulk, incremental reads."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from answers import hand_over, hand_over_version

SOURCE = Path(sys.executable).with_name("source-salesforce")
CONFIG = {
    "client_id": os.environ["SALESFORCE_CLIENT_ID"],
    "client_secret": os.environ["SALESFORCE_CLIENT_SECRET"],
    "refresh_token": os.environ["SALESFORCE_REFRESH_TOKEN"],
    "start_date": os.environ["SALESFORCE_START"],
    "stream_slice_step": "P365D",
    "preserve_na_values": True,
}
OWN_STREAM = "Describe"  # Airbyte's own: one row an object, made of describes
REST_ONLY = "CaseStatus"


def main():
    hand_over_version("airbyte-source-salesforce")
    platform = Platform(Path(os.environ["CONFORMANCE_KEPT"]))
    {"first": first, "later": later}[os.environ["CONFORMANCE_RUN"]](platform)


def first(platform):
    status = platform.run("check", CONFIG, "CONNECTION_STATUS")
    hand_over("check", "connection", [{"status": each["status"]} for each in status])
    streams = platform.run("discover", CONFIG, "CATALOG")[0]["streams"]
    streams = [stream for stream in streams if stream["name"] != OWN_STREAM]
    for stream in streams:
        hand_over("discover", stream["name"], [{"name": name} for name in stream["json_schema"]["properties"]])
    bulk = [stream for stream in streams if stream["name"] != REST_ONLY]
    platform.read("read by Bulk", {**CONFIG, "force_use_bulk_api": True}, bulk, "full_refresh")
    since = os.environ["SALESFORCE_SINCE"].replace("+00:00", "Z")
    platform.read("read from a date", {**CONFIG, "start_date": since}, streams, "incremental")
    platform.read("read in slices", CONFIG, streams, "incremental")
    platform.keep("streams", streams)


def later(platform):
    """One more incremental read from the state that the last one left."""
    platform.read("read after edits", CONFIG, platform.kept("streams"), "incremental", state=platform.kept("state"))


class Platform:
    """What Airbyte's platform does around a source: files in, messages out, state and rotated token kept."""

    def __init__(self, folder):
        self.folder = folder
        self.token = CONFIG["refresh_token"] if not (folder / "token.json").exists() else self.kept("token")

    def keep(self, name, content):
        (self.folder / f"{name}.json").write_text(json.dumps(content))

    def kept(self, name):
        return json.loads((self.folder / f"{name}.json").read_text())

    def run(self, command, config, kind, **files):
        arguments = [command]
        for name, content in {"config": {**config, "refresh_token": self.token}, **files}.items():
            self.keep(f"{name}-in", content)
            arguments += [f"--{name}", self.folder / f"{name}-in.json"]
        told = subprocess.run([SOURCE, *arguments], stdout=subprocess.PIPE, text=True, check=False)
        # not splitlines(): texts hold line separators of Unicode
        messages = [json.loads(line) for line in told.stdout.split("\n") if line.startswith("{")]
        for message in messages:
            if message["type"] == "CONTROL":  # the refresh token was rotated
                self.token = message["control"]["connectorConfig"]["config"]["refresh_token"]
                self.keep("token", self.token)
        if told.returncode:
            raise SystemExit("\n".join(error(each) for each in messages if each["type"] in ("TRACE", "LOG")))
        states = [message["state"] for message in messages if message["type"] == "STATE"]
        self.keep("state", list({each["stream"]["stream_descriptor"]["name"]: each for each in states}.values()))
        return [message[field(kind)] for message in messages if message["type"] == kind]

    def read(self, exercise, config, streams, mode, **files):
        chosen = [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"} for stream in streams]
        rows = defaultdict(list)
        for record in self.run("read", config, "RECORD", catalog={"streams": chosen}, **files):
            rows[record["stream"]].append(record["data"])
        for stream in streams:
            hand_over(exercise, stream["name"], rows[stream["name"]])


def field(kind):
    return "connectionStatus" if kind == "CONNECTION_STATUS" else kind.lower()


def error(message):
    return json.dumps(message)[:4000]


if __name__ == "__main__":
    main()
