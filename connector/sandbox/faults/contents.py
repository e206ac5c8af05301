"""Faults of the body: HTTP is in good order, but what it carries is cut or not what it is said to be."""

from __future__ import annotations

import gzip

from connector.sandbox.exchange import Answer
from connector.sandbox.faults.kinds import Exchange, Kind, Options, has_body
from connector.sandbox.wire import with_body


def _short(exchange: Exchange, _options: Options) -> Answer:
    return with_body(exchange.answer, exchange.body[: len(exchange.body) // 2])


def _called_gzip(exchange: Exchange, body: bytes) -> Answer:
    return with_body(exchange.answer, body, {"Content-Encoding": "gzip"})


def _false_gzip(exchange: Exchange, _options: Options) -> Answer:
    return _called_gzip(exchange, exchange.body)


def _cut_gzip(exchange: Exchange, _options: Options) -> Answer:
    packed = gzip.compress(exchange.body, mtime=0)
    return _called_gzip(exchange, packed[: len(packed) // 2])


def _corrupt_gzip(exchange: Exchange, _options: Options) -> Answer:
    packed = bytearray(gzip.compress(exchange.body, mtime=0))
    # the trailer holds checksum and length: what is read before it looks sound
    packed[-8] ^= 0xFF
    return _called_gzip(exchange, bytes(packed))


KINDS = (
    Kind("short-body", "Half of the body, under a Content-Length that fits the half.", _short, has_body),
    Kind("false-gzip", "A body that is said to be gzip and is not.", _false_gzip, has_body),
    Kind("cut-gzip", "Half of a gzip stream, under a Content-Length that fits the half.", _cut_gzip, has_body),
    Kind("corrupt-gzip", "A gzip stream whose checksum does not fit its content.", _corrupt_gzip, has_body),
)
