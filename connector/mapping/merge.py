"""``extends: default``: a user's file laid over the packaged one, entry by entry. Knows trees only."""

from __future__ import annotations

from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries, Items, Node, Scalar

#: lists whose entries have a name -> that name
_NAMED = {"stages": "key", "plans": "name", "people": "email"}
#: path pattern of mappings that are merged key by key; below them a value replaces the whole old one
_DEEP = ((), ("objects",), ("objects", "*"), ("objects", "*", "fields"))


def extends_default(tree: Entries, findings: Findings) -> bool:
    """Whether a file starts with ``extends: default``."""
    node = tree.get("extends")
    if node is None:
        return False
    if isinstance(node, Scalar) and node.value == "default":
        return True
    findings.add(node.place, "extends can only be default: the packaged file of the same name")
    return False


def merge(base: Entries, over: Entries, findings: Findings) -> Entries:
    """The packaged tree with the user's entries laid over it; null takes an entry away."""
    return _merge(base, over, (), findings)


def _merge(base: Entries, over: Entries, path: tuple[str, ...], findings: Findings) -> Entries:
    values, keys = dict(base.values), dict(base.keys)
    for key, node in over.values.items():
        place = over.keys[key]
        if isinstance(node, Scalar) and node.value is None and path:
            if key not in values:
                what = "object" if path == ("objects",) else "entry"
                findings.unknown(place, f"{what} to take away:", key, map(str, base.values))
            values.pop(key, None)
            keys.pop(key, None)
            continue
        keys[key] = place
        values[key] = _laid_over(values.get(key), node, (*path, str(key)), findings)
    return Entries(values, over.place if not path else base.place, keys)


def _laid_over(old: Node | None, new: Node, path: tuple[str, ...], findings: Findings) -> Node:
    if isinstance(old, Entries) and isinstance(new, Entries) and _is_deep(path):
        return _merge(old, new, path, findings)
    if isinstance(old, Items) and isinstance(new, Items) and len(path) == 1 and path[0] in _NAMED:
        return _merge_named(old, new, _NAMED[path[0]])
    return new


def _is_deep(path: tuple[str, ...]) -> bool:
    return any(
        len(path) == len(pattern) and all(word in ("*", part) for word, part in zip(pattern, path, strict=True))
        for pattern in _DEEP
    )


def _merge_named(old: Items, new: Items, name: str) -> Items:
    """Entries of the same name are laid over each other where the packaged one stands; others are added behind."""
    merged = list(old.items)
    places = {_name_of(node, name): at for at, node in enumerate(merged)}
    for node in new.items:
        at = places.get(_name_of(node, name))
        if at is None or not isinstance(node, Entries):
            merged.append(node)
            continue
        base = merged[at]
        assert isinstance(base, Entries)
        merged[at] = Entries({**base.values, **node.values}, node.place, {**base.keys, **node.keys})
    return Items(tuple(merged), new.place)


def _name_of(node: Node, name: str) -> object:
    """The name of a list's entry; something that equals no name where it has none."""
    found = node.get(name) if isinstance(node, Entries) else None
    return found.value if isinstance(found, Scalar) and found.value is not None else object()
