"""Faults on demand: what may go wrong between a client and a server, each a tiny thing that says what it does.

``server.fault("cut-body", path="/query", after=1)`` plans one; ``catalogue.CATALOGUE`` lists them all. A vendor's
spelling of pages, sessions and jobs is asked of the vendor (``vendor.py``); nothing here knows one.
"""

from connector.sandbox.faults.catalogue import CATALOGUE, SERVERS
from connector.sandbox.faults.planned import Faults, Planned
from connector.sandbox.faults.spelling import FaultError, Order, read_order
from connector.sandbox.faults.vendor import Jobs, Page, Vendor

__all__ = ["CATALOGUE", "SERVERS", "FaultError", "Faults", "Jobs", "Order", "Page", "Planned", "Vendor", "read_order"]
