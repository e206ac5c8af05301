"""Every world that the suite is held against."""

from __future__ import annotations

from tests.adapters.dynamics_world import DynamicsPolled, DynamicsTracked
from tests.adapters.salesforce_world import SalesforceByBulk, SalesforceByRest
from tests.adapters.world import SourceWorld

WORLDS: tuple[type[SourceWorld], ...] = (SalesforceByRest, SalesforceByBulk, DynamicsTracked, DynamicsPolled)
