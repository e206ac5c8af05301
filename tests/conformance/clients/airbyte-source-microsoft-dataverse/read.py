"""Reads a whole organization with Airbyte's source-microsoft-dataverse: check, discover, full and incremental reads."""

import os
import re

from airbyte import Platform
from answers import hand_over, hand_over_version

CONFIG = {
    "url": os.environ["DYNAMICS_URL"],
    "tenant_id": os.environ["DYNAMICS_TENANT_ID"],
    "client_id": os.environ["DYNAMICS_CLIENT_ID"],
    "client_secret_value": os.environ["DYNAMICS_CLIENT_SECRET"],
    "odata_maxpagesize": 100,
}
OWN_FIELDS = ("_ab_cdc_updated_at", "_ab_cdc_deleted_at")


def main():
    hand_over_version("airbyte-source-microsoft-dataverse")
    platform = Platform("source-microsoft-dataverse")
    {"first": read_all, "later": read_changes}[os.environ["CONFORMANCE_RUN"]](platform)


def read_all(platform):
    hand_over("check", "connection", [{"status": platform.check(CONFIG)["status"]}])
    streams = platform.discover(CONFIG)
    hand_over("discover", "tables", [described(stream) for stream in streams])
    for stream in streams:
        hand_over("discover by $batch", stream["name"], dates(stream))
    rows = platform.read(CONFIG, streams, "full_refresh")
    for stream in streams:
        hand_over("full refresh", stream["name"], rows[stream["name"]])
    hand_over("fields without a schema", "fields", [{"name": name} for name in sorted(undescribed(streams, rows))])
    tracked = [stream for stream in streams if "incremental" in stream["supported_sync_modes"]]
    rows = platform.read(CONFIG, tracked, "incremental")
    for stream in tracked:
        hand_over("incremental", stream["name"], [without_own_fields(row) for row in rows[stream["name"]]])
    platform.keep("streams", tracked)


def read_changes(platform):
    status = re.search(r"HTTPError\('(\d+)", platform.check(CONFIG)["message"])
    hand_over("check, throttled", "refusal", [{"status": status[1]}])
    streams = platform.kept("streams")
    rows = platform.read(CONFIG, streams, "incremental", platform.kept("state"))
    for stream in streams:
        name, key = stream["name"], stream["source_defined_primary_key"][0][0]
        gone = [row for row in rows[name] if row.get("_ab_cdc_deleted_at")]
        changed = [without_own_fields(row) for row in rows[name] if not row.get("_ab_cdc_deleted_at")]
        hand_over("incremental, changes", name, changed)
        hand_over("incremental, deletions", name, [{"id": row[key]} for row in gone])


def described(stream):
    return {
        "name": stream["name"],
        "key": stream["source_defined_primary_key"][0][0],
        "tracked": "incremental" in stream["supported_sync_modes"],
    }


def dates(stream):
    """Which columns hold days or instants, as the connector learnt from its batch of metadata queries."""
    properties = stream["json_schema"]["properties"]
    formats = {name: each["format"] for name, each in properties.items() if "format" in each}
    return [{"name": name, "day": text == "date"} for name, text in formats.items()]


def undescribed(streams, rows):
    for stream in streams:
        name, told = stream["name"], stream["json_schema"]["properties"]
        came = {field for row in rows[name] for field in row if "@" not in field}
        yield from (f"{name}.{field}" for field in came if field not in told)


def without_own_fields(row):
    return {name: value for name, value in row.items() if name not in OWN_FIELDS}


if __name__ == "__main__":
    main()
