"""Reads a whole org with Singer's tap-salesforce over REST: discovers, syncs everything, syncs from a state."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from answers import hand_over, hand_over_version

TAP = Path(sys.executable).with_name("tap-salesforce")
CONFIG = {
    "client_id": os.environ["SALESFORCE_CLIENT_ID"],
    "client_secret": os.environ["SALESFORCE_CLIENT_SECRET"],
    "refresh_token": os.environ["SALESFORCE_REFRESH_TOKEN"],
    "start_date": os.environ["SALESFORCE_START"],
    "api_type": "REST",
    "select_fields_by_default": "true",
}


def main():
    hand_over_version("tap-salesforce")
    {"first": first, "later": later}[os.environ["CONFORMANCE_RUN"]](Path(os.environ["CONFORMANCE_KEPT"]))


def first(kept):
    config = kept / "config.json"
    config.write_text(json.dumps(CONFIG))  # the tap keeps the rotated refresh token in it
    found = json.loads(tap("--config", config, "--discover"))
    for stream in found["streams"]:
        hand_over("discover", stream["stream"], [{"name": name} for name in stream["schema"]["properties"]])
    catalog = kept / "catalog.json"
    catalog.write_text(json.dumps(selected(found)))
    state = hand_over_records("REST sync", found, tap("--config", config, "--properties", catalog))
    (kept / "state.json").write_text(json.dumps(state))
    marks = {stream["stream"]: {"SystemModstamp": os.environ["SALESFORCE_SINCE"]} for stream in found["streams"]}
    (kept / "marks.json").write_text(json.dumps({"bookmarks": marks}))
    told = tap("--config", config, "--properties", catalog, "--state", kept / "marks.json")
    hand_over_records("REST sync from a date", found, told)


def later(kept):
    """One more sync from the state that the first one left."""
    config, catalog, state = (kept / f"{name}.json" for name in ("config", "catalog", "state"))
    told = tap("--config", config, "--properties", catalog, "--state", state)
    hand_over_records("REST sync after edits", json.loads(catalog.read_text()), told)


def tap(*arguments):
    return subprocess.run([TAP, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def selected(catalog):
    """Every stream, incrementally where the tap found a key for it."""
    for stream in catalog["streams"]:
        about = next(each["metadata"] for each in stream["metadata"] if not each["breadcrumb"])
        about["selected"] = True
        keys = about.get("valid-replication-keys")
        about |= {"replication-method": "INCREMENTAL", "replication-key": keys[0]} if keys else {}
    return catalog


def hand_over_records(exercise, catalog, told):
    """Hands over what a sync told; its last state."""
    rows, state = defaultdict(list), {}
    for message in map(json.loads, told.strip().split("\n")):
        if message["type"] == "RECORD":
            rows[message["stream"]].append(message["record"])
        elif message["type"] == "STATE":
            state = message["value"]
    for stream in catalog["streams"]:
        hand_over(exercise, stream["stream"], rows[stream["stream"]])
    return state


if __name__ == "__main__":
    main()
