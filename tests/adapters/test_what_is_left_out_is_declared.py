"""Which promises a world cannot be held to, and why: the whole list, so that nothing is left out in silence."""

from __future__ import annotations

from pathlib import Path

from tests.adapters import world as abilities
from tests.adapters.world import PLACE_EXPIRES, RECYCLE_BIN, TELLS_DELETES
from tests.adapters.worlds import WORLDS

LEFT_OUT = {
    "salesforce by REST": set(),
    "salesforce by Bulk": set(),
    "dynamics with change tracking": {RECYCLE_BIN},
    "dynamics without change tracking": {RECYCLE_BIN, TELLS_DELETES, PLACE_EXPIRES},
}


def test_every_world_declares_what_it_cannot_do_and_why() -> None:
    for world in WORLDS:
        for what, why in world.cannot.items():
            print(f"{world.name}: left out is what needs {what!r}: {why}")  # noqa: T201
            assert len(why) > 20
    assert {world.name: set(world.cannot) for world in WORLDS} == LEFT_OUT


def test_every_ability_is_asked_for_by_a_test() -> None:
    """One that no test needs would be a reason for nothing; one that every world lacks would be a dead test."""
    named = {name: value for name, value in vars(abilities).items() if name.isupper() and isinstance(value, str)}
    assert set(named.values()) == set().union(*LEFT_OUT.values())
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert all(f"needs({name})" in tests for name in named)
    assert all(any(ability not in world.cannot for world in WORLDS) for ability in named.values())
