"""How a client's program hands over what it read: JSON lines in the file that ``CONFORMANCE_ANSWERS`` names."""

import json
import os
from importlib import metadata
from pathlib import Path


def hand_over(exercise, name, rows):
    """The rows of one object, as the client gave them; may be called again for more of them."""
    _write({"exercise": exercise, "object": name, "rows": rows})


def hand_over_version(distribution):
    """Which version of the client is at work."""
    _write({"version": metadata.version(distribution)})


def _write(line):
    with Path(os.environ["CONFORMANCE_ANSWERS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
