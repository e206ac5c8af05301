"""A mapper in a process of its own, for reads so large that a second processor pays: packed rows in, mapped rows out.

The process gets the rules and the rows by its standard input, holds no lock, no connection and no secret, and ends
when that input does: whatever kills the program takes it along. It knows no HTTP and no SQL. Whatever fails here is
no verdict on a record: ``map`` then answers None, and the caller maps these rows itself.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec

from connector.mapping.mapper import Mapped, RowMapper

if TYPE_CHECKING:
    from connector.adapters.base import PackedRows, Shape
    from connector.mapping.context import Context
    from connector.mapping.mapper import Rejected
    from connector.mapping.model import ObjectMapping

log = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-P", "-c", "from connector.mapping.process import serve; serve()")
#: the folder that holds the package, wherever this one was imported from
_PROGRAM = Path(__file__).resolve().parents[2]
#: of the environment, which may hold secrets, only what a Python needs to start
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
#: rows by table, and the ids of the records that they were made from
_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(tuple[dict[str, list[tuple[Any, ...]]], list[str]]).decode
#: the process has little garbage in cycles and many rows that would be looked through for it
_GARBAGE_THRESHOLD = 100_000


class MapperProcess:
    """Maps the packed rows of one object, in the order in which they are sent.

    It starts on its own time: until it is ``ready``, its owner had better map the rows itself.
    """

    def __init__(self, mapping: ObjectMapping, shape: Shape, context: Context) -> None:
        self._outputs = RowMapper(mapping, shape, context).outputs
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ready = False
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = str(_PROGRAM)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            # a Ctrl-C in the terminal is for the program; this process ends with its input
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="mapper-process", daemon=True)
        self._listener.start()
        # rules that need the hash key are not for here: see may_hold
        self._send((mapping, shape, replace(context, hash_key=b"")))

    @staticmethod
    def may_hold(mapping: ObjectMapping) -> bool:
        """Whether an object's rules ask for no secret."""
        return not mapping.hashed

    @property
    def ready(self) -> bool:
        """Whether the process stands; costs nothing to ask."""
        if not self._ready and not self._answers.empty():
            self._ready = self._answers.get() is not None
        return self._ready

    def send(self, rows: PackedRows) -> None:
        """Hands rows over; each is answered by one ``receive``."""
        self._send(rows)

    def receive(self) -> Mapped | None:
        """The rows sent longest ago, mapped; None where the process could not."""
        answer = self._answers.get()
        if answer is None:
            self._answers.put(None)  # it has ended, and answers no other question either
            return None
        pieces, rejects, dropped = answer
        mapped = Mapped(self._outputs, {output.table: [] for output in self._outputs}, [], rejects, dropped)
        for piece in pieces:
            tables, ids = _UNPACK(piece)
            mapped.accepted += ids
            for table, rows in tables.items():
                mapped.rows[table] += rows
        return mapped

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what is still to be written finds nobody to read it
                cast(BinaryIO, pipe).close()

    def _send(self, what: object) -> None:
        try:
            pickle.dump(what, cast(BinaryIO, self._process.stdin), pickle.HIGHEST_PROTOCOL)
            cast(BinaryIO, self._process.stdin).flush()
        except OSError as problem:
            log.debug("the mapper process takes nothing more: %s", problem)

    def _listen(self) -> None:
        """Takes answers as they come, so that neither side ever waits for the other with a full pipe."""
        try:
            while True:
                answer = pickle.load(cast(BinaryIO, self._process.stdout))  # noqa: S301 - written by serve()
                self._answers.put(answer)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as problem:
            log.debug("the mapper process has ended: %r", problem)
            self._answers.put(None)


def serve() -> None:
    """The other side: maps what comes until no more does."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what some library prints must not be taken for an answer
    mapping, shape, context = pickle.load(requests)  # noqa: S301 - written by MapperProcess
    mapper = RowMapper(mapping, shape, context)
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    answer: object = True
    with suppress(EOFError, OSError):
        while True:
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
            answer = _mapped(mapper, pickle.load(requests))  # noqa: S301 - written by MapperProcess


def _mapped(mapper: RowMapper, rows: PackedRows) -> tuple[list[bytes], list[Rejected], list[str]]:
    """Piece by piece, so that nothing leaves the processor's cache between its steps."""
    pieces: list[bytes] = []
    rejects: list[Rejected] = []
    dropped: list[str] = []
    for piece in rows.pieces():
        mapped = mapper.map(piece)
        # these are plain values, for which this takes a third of the time of pickle
        pieces.append(_PACK((mapped.rows, mapped.accepted)))
        rejects += mapped.rejects
        dropped += mapped.dropped
    return pieces, rejects, dropped
