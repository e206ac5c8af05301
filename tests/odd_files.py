"""Things that may lie where a file is due."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

#: what it is -> what is said of it
ODD = {
    "folder": "is a folder, not a file",
    "pipe": "is a pipe, not a file",
    "socket": "is a socket, not a file",
    "device": "is a device, not a file",
    "dangling": "cannot be read: it is a link to a file that is not there",
    "circle": "cannot be read: ",
}
if Path("/proc/self/mem").exists():
    # a file that even root cannot read from its beginning
    ODD["unreadable"] = "cannot be read: "


def put(what: str, path: Path) -> None:
    """Puts something else than a file at a path."""
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "socket":
        # the whole path may be longer than the name of a socket may be
        with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    else:
        leads_to = {"device": "/dev/zero", "dangling": "nowhere", "circle": path, "unreadable": "/proc/self/mem"}
        path.symlink_to(leads_to[what])
