"""Reads a whole org with simple-salesforce: signs in with client credentials and uses each of its roads."""

import csv
import io
import os
from datetime import datetime

from answers import hand_over, hand_over_version
from simple_salesforce import Salesforce, SalesforceMalformedRequest

COMPOUND = {"address", "location"}


def main():
    csv.field_size_limit(1_000_000)
    client = Salesforce(
        consumer_key=os.environ["SALESFORCE_CLIENT_ID"],
        consumer_secret=os.environ["SALESFORCE_CLIENT_SECRET"],
        domain=os.environ["SALESFORCE_DOMAIN"],
    )
    window = [datetime.fromisoformat(os.environ[name]) for name in ("SALESFORCE_SINCE", "SALESFORCE_UNTIL")]
    hand_over_version("simple-salesforce")
    objects = client.describe()["sobjects"]
    hand_over("describe global", "sobjects", [{key: each[key] for key in ("name", "keyPrefix")} for each in objects])
    limits = client.limits()
    hand_over("limits", "limits", [{"name": "DailyApiRequests", "Max": limits["DailyApiRequests"]["Max"]}])
    for each in objects:
        read(client, each, window)


def read(client, each, window):
    name = each["name"]
    sobject = getattr(client, name)
    fields = sobject.describe()["fields"]
    hand_over("describe", name, [{key: field[key] for key in ("name", "type", "nillable")} for field in fields])
    query = f"SELECT {', '.join(field['name'] for field in fields)} FROM {name}"
    hand_over("query_all", name, client.query_all(query)["records"])
    hand_over("query_all with deleted", name, list(client.query_all_iter(query, include_deleted=True)))
    if each["replicateable"]:
        hand_over("updated", name, [{"Id": key} for key in sobject.updated(*window)["ids"]])
        hand_over("deleted", name, sobject.deleted(*window)["deletedRecords"])
    read_by_bulk(client, name, [field["name"] for field in fields if field["type"] not in COMPOUND])


def read_by_bulk(client, name, fields):
    query, handler = f"SELECT {', '.join(fields)} FROM {name}", getattr(client.bulk2, name)
    try:
        hand_over("bulk2.query", name, rows(handler.query(query, max_records=500, wait=0.1)))
    except SalesforceMalformedRequest as refusal:
        if "is not supported by the Bulk API" not in str(refusal):  # some objects are for REST alone
            raise
    else:
        hand_over("bulk2.query_all", name, rows(handler.query_all(query, wait=0.1)))


def rows(pages):
    return [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]


if __name__ == "__main__":
    main()
