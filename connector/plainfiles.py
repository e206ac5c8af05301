"""Reads what a user wrote into a file: a regular file, of a bounded size, in UTF-8. Knows nothing of what it means.

A folder, a pipe or a device in its place is told at once; none of them can hold the program up or fill its memory.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
#: never wait for somebody to write into a pipe (POSIX), never change line ends (Windows)
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class UnusableFile(Exception):
    """``str(error)`` follows on the file's name: "is a folder, not a file"."""


def read_bytes(path: Path, limit: int) -> bytes:
    """The content; UnusableFile where there is none to be had, or more than ``limit`` bytes."""
    try:
        # looked at before it is opened, since opening some devices does something, and again once it is held
        _check(path.stat().st_mode)
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            _check(os.fstat(file.fileno()).st_mode)
            content = file.read(limit + 1)
    except OSError as error:
        raise UnusableFile(f"cannot be read: {_reason(path, error)}") from None
    except ValueError:
        raise UnusableFile("cannot be read: no file can have this name") from None
    if len(content) > limit:
        raise UnusableFile(f"has over {limit:,} bytes; is this the right one?")
    return content


def read_text(path: Path, limit: int) -> str:
    """The same as text, without a byte order mark."""
    content = read_bytes(path, limit)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise UnusableFile("is not UTF-8 text but, by its first bytes, UTF-16 or UTF-32; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(f"is not UTF-8 text (byte {error.start + 1}); save it as UTF-8") from None


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise UnusableFile(f"is {kind}, not a file")


def _reason(path: Path, error: OSError) -> str:
    if path.is_symlink() and isinstance(error, FileNotFoundError):
        return "it is a link to a file that is not there"
    return error.strerror or type(error).__name__
