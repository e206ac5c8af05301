"""Faults of the connection: it ends too early, or bytes come slowly or not at all."""

from __future__ import annotations

from connector.sandbox.exchange import Answer
from connector.sandbox.faults.kinds import Exchange, Kind, Option, Options, has_body
from connector.sandbox.wire import pieces, with_body

_PIECES = 20


def _reset_before(exchange: Exchange, _options: Options) -> None:
    _done(exchange)
    exchange.wire.reset()


def _done(exchange: Exchange) -> None:
    """The app does its part, whether anybody learns of it or not: a job is made, though its id never arrives."""
    _ = exchange.answer


def _reset_in_headers(exchange: Exchange, _options: Options) -> None:
    answer, _ = exchange.wire.packed(exchange.answer, exchange.body)
    head = exchange.wire.spelled_head(answer)
    exchange.wire.write(head[: len(head) // 2])
    exchange.wire.flush()
    exchange.wire.reset()


def _hang_up(exchange: Exchange, _options: Options) -> None:
    _done(exchange)
    exchange.wire.hang_up()


def _half(exchange: Exchange) -> None:
    """Status line, header fields as of the whole body, and half of it."""
    answer, body = exchange.wire.packed(exchange.answer, exchange.body)
    exchange.wire.head(answer)
    exchange.wire.write(body[: len(body) // 2])
    exchange.wire.flush()


def _reset_in_body(exchange: Exchange, _options: Options) -> None:
    _half(exchange)
    exchange.wire.reset()


def _cut_body(exchange: Exchange, _options: Options) -> None:
    _half(exchange)
    exchange.wire.hang_up()


def _without_end(exchange: Exchange, _options: Options) -> None:
    answer, body = exchange.wire.packed(exchange.answer, exchange.body)
    exchange.wire.head(with_body(answer, b"", {"Transfer-Encoding": "chunked", **_encoding(answer)}))
    for piece in pieces(body[: len(body) // 2], _PIECES):
        exchange.wire.chunk(piece)
    exchange.wire.hang_up()


def _encoding(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name == "Content-Encoding"}


def _drip(exchange: Exchange, options: Options) -> None:
    answer, body = exchange.wire.packed(exchange.answer, exchange.body)
    exchange.wire.head(answer)
    for piece in pieces(body, _PIECES):
        exchange.wire.write(piece)
        exchange.wire.flush()
        if exchange.wire.linger(options["seconds"] / _PIECES):
            break


def _stall(exchange: Exchange, options: Options) -> None:
    _half(exchange)
    exchange.wire.linger(options["seconds"])
    exchange.wire.hang_up()


def _silence(exchange: Exchange, options: Options) -> None:
    _done(exchange)
    exchange.wire.linger(options["seconds"])
    exchange.wire.hang_up()


def _seconds(sentence: str, default: float) -> Option:
    def read(text: str) -> float:
        seconds = float(text)
        if not 0 <= seconds <= 86_400:
            raise ValueError(text)
        return seconds

    return Option(sentence, read, default)


_PATIENT = _seconds("the longest silence; the server gives up after it", 300.0)

KINDS = (
    Kind("reset-before-headers", "The connection is reset before a byte of the answer.", _reset_before),
    Kind("reset-in-headers", "The connection is reset amid the header fields.", _reset_in_headers),
    Kind("reset-in-body", "The connection is reset when half of the body was sent.", _reset_in_body, has_body),
    Kind("hang-up", "The connection ends, in good order, before a byte of the answer.", _hang_up),
    Kind("cut-body", "The connection ends after half of what Content-Length promised.", _cut_body, has_body),
    Kind("chunks-without-end", "The body comes in chunks, half of it and no last chunk.", _without_end, has_body),
    Kind(
        "drip",
        "The whole answer, but slowly: a twentieth of the body at a time.",
        _drip,
        has_body,
        {"seconds": _seconds("how long the whole body takes", 1.0)},
        value="seconds",
    ),
    Kind(
        "stall",
        "Half of the body, then nothing, until the client hangs up.",
        _stall,
        has_body,
        {"seconds": _PATIENT},
        value="seconds",
    ),
    Kind(
        "silence",
        "Not a byte of an answer, until the client hangs up.",
        _silence,
        options={"seconds": _PATIENT},
        value="seconds",
    ),
)
