"""A Salesforce org on the loopback address: OAuth, REST, SOQL and Bulk API 2.0, as strict as the real one."""

from __future__ import annotations

from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.seeding import Seeding, record_id
from connector.sandbox.salesforce.server import SalesforceServer

__all__ = ["Org", "SalesforceServer", "Seeding", "record_id"]
