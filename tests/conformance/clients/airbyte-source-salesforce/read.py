"""Reads a whole org with Airbyte's source-salesforce: check, discover, full reads by Bulk, incremental reads."""

import os

from airbyte import Platform
from answers import hand_over, hand_over_version
from source_salesforce.api import UNSUPPORTED_BULK_API_SALESFORCE_OBJECTS

CONFIG = {
    "client_id": os.environ["SALESFORCE_CLIENT_ID"],
    "client_secret": os.environ["SALESFORCE_CLIENT_SECRET"],
    "refresh_token": os.environ["SALESFORCE_REFRESH_TOKEN"],
    "start_date": os.environ["SALESFORCE_START"],
    "stream_slice_step": "P365D",
    "preserve_na_values": True,
}
OWN_STREAM = "Describe"  # Airbyte's own: one row an object, made of describes


def main():
    hand_over_version("airbyte-source-salesforce")
    platform = Platform("source-salesforce")
    {"first": first, "later": later}[os.environ["CONFORMANCE_RUN"]](platform)


def first(platform):
    hand_over("check", "connection", [{"status": platform.check(CONFIG)["status"]}])
    streams = [stream for stream in platform.discover(CONFIG) if stream["name"] != OWN_STREAM]
    for stream in streams:
        hand_over("discover", stream["name"], [{"name": name} for name in stream["json_schema"]["properties"]])
    by_bulk = [stream for stream in streams if stream["name"] not in UNSUPPORTED_BULK_API_SALESFORCE_OBJECTS]
    hand_over_rows("read by Bulk", platform.read({**CONFIG, "force_use_bulk_api": True}, by_bulk, "full_refresh"))
    since = os.environ["SALESFORCE_SINCE"].replace("+00:00", "Z")
    hand_over_rows("read from a date", platform.read({**CONFIG, "start_date": since}, streams, "incremental"))
    hand_over_rows("read in slices", platform.read(CONFIG, streams, "incremental"))
    platform.keep("streams", streams)


def later(platform):
    """One more incremental read from the state that the last one left."""
    rows = platform.read(CONFIG, platform.kept("streams"), "incremental", platform.kept("state"))
    hand_over_rows("read after edits", rows)


def hand_over_rows(exercise, rows):
    for name, each in rows.items():
        hand_over(exercise, name, each)


if __name__ == "__main__":
    main()
