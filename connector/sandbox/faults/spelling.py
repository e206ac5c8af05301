"""Faults as text: ``cut-body,path=/jobs/query,after=1`` or ``status=503,times=always``, read with all it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.sandbox.faults.catalogue import CATALOGUE, TRIGGERS
from connector.sandbox.faults.kinds import Kind

ALWAYS, EACH = "always", "each"


class FaultError(ValueError):
    """A fault that cannot be planned. ``word`` is what nobody knows and ``known`` what there is, if that was it."""

    def __init__(self, message: str, word: str = "", known: Iterable[str] = ()) -> None:
        self.word = word
        self.known = tuple(known)
        self.message = message
        super().__init__(f"{message}; there are: {', '.join(self.known)}" if self.known else message)


@dataclass(frozen=True)
class Order:
    """A fault as it was asked for. ``times`` None: always; ``each``: every different call once."""

    text: str
    kind: Kind
    options: Mapping[str, Any]
    path: str = ""
    method: str = ""
    after: int = 0
    times: int | None = 1
    each: bool = False


def read_order(text: str, **given: object) -> Order:
    """Reads the text; what is ``given`` beside it counts as if it stood there (``retry_after=7``: ``retry-after=7``).

    Raises FaultError.
    """
    head, *rest = text.split(",")
    name, equals, value = (part.strip() for part in head.partition("="))
    kind = CATALOGUE.get(name)
    if kind is None:
        raise FaultError(f"unknown fault {name!r}", name, CATALOGUE)
    words = dict(_words(kind, value if equals else None, rest))
    words |= {key.replace("_", "-"): str(value) for key, value in given.items()}
    known = (*TRIGGERS, *kind.options)
    for word in words:
        if word not in known:
            raise FaultError(f"{name} has no option {word!r}", word, known)
    options = {key: _read(name, key, words.get(key), option) for key, option in kind.options.items()}
    spelled = _spelled(kind, words)
    after = _whole(name, "after", words.get("after", "0"), 0)
    said = words.get("times", "1")
    times = None if said in (ALWAYS, EACH) else _whole(name, "times", said, 1)
    path, method = words.get("path", ""), words.get("method", "").upper()
    return Order(spelled, kind, options, path, method, after, times, each=said == EACH)


def _words(kind: Kind, value: str | None, rest: Iterable[str]) -> Iterator[tuple[str, str]]:
    if value is not None:
        if kind.value is None:
            raise FaultError(f"{kind.name} takes no value: {kind.name}={value}")
        yield kind.value, value
    for word in rest:
        key, equals, said = (part.strip() for part in word.partition("="))
        if not equals:
            raise FaultError(f"{kind.name}: {word.strip()!r} is no option; write option=value, with commas between")
        yield key, said


def _spelled(kind: Kind, words: Mapping[str, str]) -> str:
    value = words.get(kind.value) if kind.value is not None else None
    first = kind.name if value is None else f"{kind.name}={value}"
    return ",".join([first, *(f"{key}={value}" for key, value in words.items() if key != kind.value)])


def _read(name: str, key: str, text: str | None, option: Any) -> Any:
    if text is None:
        return option.default
    try:
        return option.read(text)
    except ValueError:
        raise FaultError(f"{name}: {key}={text} cannot be; {key} is {option.sentence}") from None


def _whole(name: str, key: str, text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise FaultError(f"{name}: {key}={text} cannot be; {key} means: {TRIGGERS[key]}")
    return int(text)
