"""Where a person opens a record in its CRM, from the configuration alone: no sign-in, no metadata."""

from __future__ import annotations

from connector.settings import DynamicsSource, SalesforceSource, Source


def record_link(source: Source, object_name: str, source_id: str) -> str | None:
    """A link into the CRM; None where the configuration does not name the org's own address.

    Salesforce: a Lightning record page (docs: "URL formats for Lightning experience"). Dynamics: a model-driven
    app's entityrecord page (docs: "Open apps, forms, views with a URL").
    """
    if isinstance(source, SalesforceSource) and source.instance_origin:
        return f"{source.instance_origin}/lightning/r/{object_name}/{source_id}/view"
    if isinstance(source, DynamicsSource) and source.url:
        return f"{source.url}/main.aspx?pagetype=entityrecord&etn={object_name}&id={source_id}"
    return None
