"""One helping hand for every misspelt name: the nearest of those that exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: nobody mistypes so long a name, and comparing takes its square
LONGEST = 100


def nearest(name: str, known: Iterable[str], *, at_least: float = 0.6) -> str:
    """``", did you mean 'x'?"``, or nothing where no known name is near. Case does not count.

    ``at_least`` is the likeness asked for, of 1: more where the name may be right and just not shown.
    """
    if len(name) > LONGEST:
        return ""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=at_least)
    return f", did you mean {folded[found[0]]!r}?" if found else ""
