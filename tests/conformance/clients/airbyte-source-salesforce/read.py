"""Reads a whole org with Airbyte's source-salesforce: check, discover, full reads by Bulk, incremental reads."""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from answers import hand_over, hand_over_version

SOURCE = Path(sys.executable).with_name("source-salesforce")
CONFIG = {
    "client_id": os.environ["SALESFORCE_CLIENT_ID"],
    "client_secret": os.environ["SALESFORCE_CLIENT_SECRET"],
    "refresh_token": os.environ["SALESFORCE_REFRESH_TOKEN"],
    "start_date": os.environ["SALESFORCE_START"],
    "stream_slice_step": "P1Y",
    "preserve_na_values": True,
}
OWN_STREAM = "Describe"  # Airbyte's own: one row an object, made of describes
REST_ONLY = "CaseStatus"


def main():
    hand_over_version("airbyte-source-salesforce")
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder))
        status = platform.run("check", CONFIG, "CONNECTION_STATUS")
        hand_over("check", "connection", [{"status": each["status"]} for each in status])
        streams = platform.run("discover", CONFIG, "CATALOG")[0]["streams"]
        streams = [stream for stream in streams if stream["name"] != OWN_STREAM]
        for stream in streams:
            hand_over("discover", stream["name"], [{"name": name} for name in stream["json_schema"]["properties"]])
        bulk = [stream for stream in streams if stream["name"] != REST_ONLY]
        platform.read("read by Bulk", {**CONFIG, "force_use_bulk_api": True}, bulk, "full_refresh")
        platform.read("read in slices", CONFIG, streams, "incremental")
        since = os.environ["SALESFORCE_SINCE"].replace("+00:00", "Z")
        platform.read("read from a date", {**CONFIG, "start_date": since}, streams, "incremental")


class Platform:
    """What Airbyte's platform does around a source: files in, messages out, a changed configuration kept."""

    def __init__(self, folder):
        self.folder = folder
        self.token = CONFIG["refresh_token"]

    def run(self, command, config, kind, **files):
        arguments = [command]
        for name, content in {"config": {**config, "refresh_token": self.token}, **files}.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", path]
        told = subprocess.run([SOURCE, *arguments], stdout=subprocess.PIPE, text=True, check=False)
        # not splitlines(): texts hold line separators of Unicode
        messages = [json.loads(line) for line in told.stdout.split("\n") if line.startswith("{")]
        for message in messages:
            if message["type"] == "CONTROL":  # the refresh token was rotated
                self.token = message["control"]["connectorConfig"]["config"]["refresh_token"]
        if told.returncode:
            raise SystemExit("\n".join(error(each) for each in messages if each["type"] in ("TRACE", "LOG")))
        return [message[field(kind)] for message in messages if message["type"] == kind]

    def read(self, exercise, config, streams, mode):
        chosen = [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"} for stream in streams]
        rows = defaultdict(list)
        for record in self.run("read", config, "RECORD", catalog={"streams": chosen}):
            rows[record["stream"]].append(record["data"])
        for stream in streams:
            hand_over(exercise, stream["name"], rows[stream["name"]])


def field(kind):
    return "connectionStatus" if kind == "CONNECTION_STATUS" else kind.lower()


def error(message):
    return json.dumps(message)[:600]


if __name__ == "__main__":
    main()
