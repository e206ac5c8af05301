"""Salesforce as a source: ``SalesforceAdapter`` is the door to this room."""

from connector.adapters.salesforce.adapter import SalesforceAdapter

__all__ = ["SalesforceAdapter"]
