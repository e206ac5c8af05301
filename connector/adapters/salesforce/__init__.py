"""Salesforce as a source: ``SalesforceAdapter`` is the door to this room."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.adapters.salesforce.adapter import SalesforceAdapter

__all__ = ["SalesforceAdapter"]


def __getattr__(name: str) -> Any:
    """The client library is imported with the adapter only: a process that unpacks rows needs none."""
    if name == "SalesforceAdapter":
        from connector.adapters.salesforce.adapter import SalesforceAdapter

        return SalesforceAdapter
    raise AttributeError(name)
