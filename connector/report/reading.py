"""The store for those who only look at it: where there is none yet nothing is made, and that is said."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from connector.plaintext import lines
from connector.store import open_store

if TYPE_CHECKING:
    from sqlalchemy import Connection


@contextmanager
def looked_into(path: Path) -> Iterator[Connection]:
    """A view of the store at ``path``; of an empty one, with a note on standard error, where there is none yet.

    Raises StoreUnusable where something else lies there.
    """
    with ExitStack() as stack:
        is_there = path.exists()
        if not is_there:
            sys.stderr.write(lines(f"note: There is no store at {path} yet.\n"))
            sys.stderr.write("hint: Run `crossfunnel sync` first, or correct [store] url.\n")
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "empty.db"
        store = stack.enter_context(open_store(path, write=not is_there))
        yield stack.enter_context(store.read())
