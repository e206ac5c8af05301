"""Microsoft Dynamics 365 (Dataverse Web API) as a source: sign-in, metadata, the two roads of reading, labels.

Knows no table of the store and no mapping file; what it hands on are canonical values (``adapters/base.py``).
"""

from connector.adapters.dynamics.adapter import DynamicsAdapter

__all__ = ["DynamicsAdapter"]
