"""Local servers that speak the wire protocols of the CRMs, for the demo, for tests and for users' own trials.

``start()`` gives a running sandbox with handles; nothing here knows another room of the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.sandbox.running import Sandbox, start

__all__ = ["Sandbox", "start"]


def __getattr__(name: str) -> Any:
    """Imported on first use: the parts of the sandbox can be used without the whole."""
    if name in __all__:
        from connector.sandbox import running

        return getattr(running, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
