"""Small readers of tree nodes with one clear sentence for each way to be wrong. Knows no file in particular."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connector.errors import Place
from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries, Items, Node, Scalar, spelt

VERSION = 1


def unknown_keys(entry: Entries, known: Sequence[str], findings: Findings) -> None:
    """Notes every key that has no meaning here."""
    for key, place in entry.keys.items():
        if key not in known:
            findings.unknown(place, "key", key, known)


def check_version(tree: Entries, findings: Findings) -> None:
    """Every file says ``version: 1``."""
    node = tree.get("version")
    if node is None:
        findings.add(tree.place, f"the file must say version: {VERSION}")
    elif not isinstance(node, Scalar) or node.value is True or node.value != VERSION:
        findings.add(node.place, f"version {spelt(node)} is not known; this program reads version {VERSION}")


def entries_of(node: Node | None, what: str, findings: Findings) -> Entries | None:
    """A node that must be a mapping."""
    if node is None or isinstance(node, Entries):
        return node
    findings.add(node.place, f"{what} must be a mapping ({{key: value}}), not {spelt(node)}")
    return None


def optional_entries(entry: Entries, key: str, known: Sequence[str], findings: Findings) -> Entries | None:
    """A mapping under a key, with its unknown keys noted; nothing where the key is absent or null."""
    found = entries_of(_value(entry, key, findings), key, findings)
    if found is not None:
        unknown_keys(found, known, findings)
    return found


def list_of(entry: Entries, key: str, findings: Findings) -> tuple[Node, ...]:
    """A list under a key; nothing where the key is absent or null."""
    node = entry.get(key)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    if isinstance(node, Items):
        return node.items
    findings.add(node.place, f"{key} must be a list ([a, b]), not {spelt(node)}")
    return ()


def texts_of(entry: Entries, key: str, findings: Findings) -> list[tuple[str, Place]]:
    """A list of texts under a key, each with its place."""
    texts = []
    for node in list_of(entry, key, findings):
        if isinstance(node, Scalar) and isinstance(node.value, str):
            texts.append((node.value, node.place))
        else:
            findings.add(node.place, f"{key} holds texts, not {spelt(node)}")
    return texts


def text_of(entry: Entries, key: str, findings: Findings, *, required: bool = False) -> str | None:
    """A text under a key."""
    node = _value(entry, key, findings, required=required)
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        return node.value
    findings.add(node.place, f"{key} must be a text, not {spelt(node)}")
    return None


def flag_of(entry: Entries, key: str, findings: Findings, *, default: bool) -> bool:
    """true or false under a key."""
    node = _value(entry, key, findings)
    if node is None:
        return default
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    findings.add(node.place, f"{key} must be true or false, not {spelt(node)}")
    return default


def number_of(
    entry: Entries, key: str, findings: Findings, *, required: bool = False, least: int = 0
) -> Decimal | None:
    """A number under a key, not below ``least``."""
    node = _value(entry, key, findings, required=required)
    return None if node is None else as_number(node, key, findings, least=least)


def as_number(node: Node, what: str, findings: Findings, *, least: int = 0) -> Decimal | None:
    """A node as a number, not below ``least``."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        findings.add(node.place, f"{what} must be a number, not {spelt(node)}")
        return None
    if value < least:
        findings.add(node.place, f"{what} must not be below {least}, it is {value}")
        return None
    return Decimal(value)


def share_of(entry: Entries, key: str, findings: Findings, *, default: str) -> Decimal | None:
    """A number from 0 to 1 under a key; nothing where what stands there is none."""
    node = _value(entry, key, findings)
    if node is None:
        return Decimal(default)
    share = as_number(node, key, findings)
    if share is not None and share > 1:
        findings.add(node.place, f"{key} is a share, from 0 to 1, this one is {share}")
        return None
    return share


def whole_of(entry: Entries, key: str, findings: Findings, *, default: int, least: int = 0) -> int:
    """A whole number under a key, not below ``least``."""
    node = _value(entry, key, findings)
    if node is None:
        return default
    number = as_number(node, key, findings, least=least)
    if number is None:
        return default
    if number != int(number):
        findings.add(node.place, f"{key} must be a whole number, it is {number}")
        return default
    return int(number)


def word_of(entry: Entries, key: str, words: Sequence[str], findings: Findings) -> str:
    """One word of a closed list under a key; the first where the key is absent."""
    node = _value(entry, key, findings)
    if node is None:
        return words[0]
    if isinstance(node, Scalar) and node.value in words:
        return str(node.value)
    findings.unknown(node.place, f"value of {key}:", spelt(node), words)
    return words[0]


def _value(entry: Entries, key: str, findings: Findings, *, required: bool = False) -> Node | None:
    node = entry.get(key)
    if node is not None and not (isinstance(node, Scalar) and node.value is None):
        return node
    if required:
        findings.add(entry.keys.get(key, entry.place), f"{key} is missing")
    return None
