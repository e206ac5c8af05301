"""Clients that we did not write read the sandbox, and what they got is held against its records."""
