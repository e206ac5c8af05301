"""A stand-in for Microsoft Entra ID: discovery and token endpoints of one tenant, strict as the real ones."""
