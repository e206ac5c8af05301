"""Reads a whole organization with Microsoft's SDK: signs in through azure-identity and uses each of its roads."""

import os
from datetime import datetime

from answers import hand_over, hand_over_version
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col

LABEL = "OData.Community.Display.V1.FormattedValue"
TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"


def main():
    credential = ClientSecretCredential(
        *(os.environ[f"DYNAMICS_{name}"] for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"))
    )
    hand_over_version("PowerPlatform-Dataverse-Client")
    with DataverseClient(os.environ["DYNAMICS_URL"], credential) as client:
        if os.environ["CONFORMANCE_RUN"] == "first":
            read_all(client)
        else:
            read_later(client)


def read_all(client):
    tables = client.tables.list()
    hand_over("tables.list", "tables", [described(table) for table in tables])
    for table in tables:
        read(client, table["LogicalName"], table["PrimaryIdAttribute"])
    read_in_one_batch(client, [table["LogicalName"] for table in tables])


def described(table):
    return {
        "name": table["LogicalName"],
        "set": table["EntitySetName"],
        "key": table["PrimaryIdAttribute"],
        "tracked": table["ChangeTrackingEnabled"],
    }


def read(client, name, key):
    columns = client.tables.list_columns(name)
    types = [{"name": column["LogicalName"], "type": column["AttributeType"]} for column in columns]
    hand_over("tables.list_columns", name, types)
    records = client.records.list(name, page_size=500, count=True)
    hand_over("records.list", name, [whole(record) for record in records])
    pages = client.query.builder(name).page_size(50).execute_pages()
    hand_over("builder, 50 a page", name, [whole(record) for page in pages for record in page])
    annotated = client.records.list(name, page_size=500, include_annotations=f"{LABEL},{TABLE}")
    hand_over("records.list, labels", name, [labels(record, key) for record in annotated])


def read_in_one_batch(client, names):
    batch = client.batch.new()
    for name in names:
        batch.records.list(name)
    for name, part in zip(names, batch.execute().responses, strict=True):
        hand_over("batch.records.list", name, part.data["value"] if part.data else [])


def read_later(client):
    try:
        client.tables.list()
    except HttpError as error:
        told = error.details
        refusal = {
            "status": str(error.status_code),
            "code": told["service_error_code"],
            "retry_after": told["retry_after"],
        }
        hand_over("429 is raised", "refusal", [refusal])
    since = datetime.fromisoformat(os.environ["DYNAMICS_SINCE"])
    for table in client.tables.list(select=["LogicalName"]):
        name = table["LogicalName"]
        if not any(column["LogicalName"] == "modifiedon" for column in client.tables.list_columns(name)):
            continue
        recent = client.query.builder(name).where(col("modifiedon") >= since).order_by("modifiedon").page_size(200)
        hand_over("where modifiedon >=", name, [whole(record) for record in recent.execute()])


def whole(record):
    return {**record.to_dict(), "@odata.etag": record.etag}


def labels(record, key):
    """``column@label`` and ``column@table`` of every column, null where the organization told none."""
    columns = [column for column in record if "@" not in column]
    told = {
        f"{column}@{short}": record.get(f"{column}@{term}")
        for column in columns
        for short, term in (("label", LABEL), ("table", TABLE))
    }
    return {key: record[key], **told}


if __name__ == "__main__":
    main()
