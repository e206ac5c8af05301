"""Where a person opens a record in its CRM: no sign-in, only the configuration and what an earlier run remembered."""

from __future__ import annotations

from collections.abc import Mapping

from connector.settings import DynamicsSource, SalesforceSource, Source

#: under this name the Salesforce adapter remembers the org's own address, which a login host tells at sign-in only
INSTANCE = "instance_url"


def record_link(source: Source, remembered: Mapping[str, str], object_name: str, source_id: str) -> str | None:
    """A link into the CRM; None where the org's own address is not known (yet), or the object that its page is of.

    Salesforce: a Lightning record page (docs: "URL formats for Lightning experience"); without an object the address
    of the record, which leads there. Dynamics: a model-driven app's entityrecord page (docs: "Open apps, forms, views
    with a URL").
    """
    if isinstance(source, SalesforceSource):
        origin = remembered.get(INSTANCE) or source.instance_origin
        page = f"lightning/r/{object_name}/{source_id}/view" if object_name else source_id
        return f"{origin}/{page}" if origin else None
    if isinstance(source, DynamicsSource) and source.url and object_name:
        return f"{source.url}/main.aspx?pagetype=entityrecord&etn={object_name}&id={source_id}"
    return None
