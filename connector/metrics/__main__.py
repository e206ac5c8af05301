"""Prints docs/measures.md: ``python -m connector.metrics > docs/measures.md``."""

import sys

from connector.metrics.catalog import as_markdown

sys.stdout.write(as_markdown())
