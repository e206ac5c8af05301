"""One consistent made-up business, told in neutral words, that every sandbox server renders in its own wire shape."""

from __future__ import annotations

from connector.sandbox.business.generator import generate
from connector.sandbox.business.model import Business

__all__ = ["Business", "generate"]
