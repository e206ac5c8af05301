"""A table of a configuration held against its model, each mistake a sentence that never repeats what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from connector.mistakes import Mistakes
from connector.suggestions import nearest

T = TypeVar("T", bound=BaseModel)

#: pydantic's kinds of error, by their beginning, in plain words
_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "path_type": "must be a path in quotes",
    "tuple_type": 'must be a list, as in ["a", "b"]',
    "int_": "must be a whole number",
    "finite_number": "must be a whole number",
    "greater_than_equal": "must not be below {ge}",
    "less_than_equal": "must not be above {le}",
}


def validated(
    model: type[T],
    table: dict[str, Any],
    where: tuple[str, ...],
    mistakes: Mistakes,
    *,
    hidden: Collection[str] = (),
) -> T | None:
    """The table as its model, or None with the mistakes noted; ``hidden`` fields are no keys of the file."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        known = [name for name in model.model_fields if name not in hidden]
        for detail in error.errors(include_input=False, include_url=False):
            keys = (*where, *(str(part) for part in detail["loc"]))
            if detail["type"] == "extra_forbidden":
                mistakes.add(keys, f"unknown key{nearest(keys[-1], known)}")
            else:
                mistakes.add(keys, _plain(model, detail))
    return None


def _plain(model: type[BaseModel], detail: Any) -> str:
    """A validation detail as a sentence without the input, which might be a secret."""
    kind = detail["type"]
    if kind == "literal_error":
        field = model.model_fields.get(str(detail["loc"][0]))
        words = list(_words(field.annotation)) if field else []
        return f"must be one of {', '.join(words)}" if words else str(detail["msg"])
    for beginning, sentence in _SENTENCES.items():
        if kind.startswith(beginning):
            return sentence.format_map(detail.get("ctx", {}))
    return str(detail["msg"]).removeprefix("Value error, ")


def _words(annotation: Any) -> Iterator[str]:
    """The words of a closed list, also where it may be left out."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)
