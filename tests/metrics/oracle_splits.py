"""Who is credited with a deal that is split, once more: plain arithmetic over the facts, sharing no code with the product."""

from __future__ import annotations

from fractions import Fraction

from tests.metrics.random_splits import Split


def share_on(split: Split, on: str) -> float | None:
    """The share at the end of a day; the present one where nobody knows one so old."""
    if split.before is None or split.since is None or split.since <= on or split.before[0] > on:
        return split.share
    return split.before[1]


def is_share(share: float | None) -> bool:
    return share is not None and 0 <= share <= 1


def live(splits: list[Split], deal: str) -> list[Split]:
    return [split for split in splits if split.deal == deal and not split.gone]


def credited(
    splits: list[Split], deal: str, owner: str | None, value: int | None, on: str
) -> tuple[list[tuple[str | None, int]], list[str | None]]:
    """(owner, part of the value) of everyone with credit, and the owners whose credit cannot be told."""
    revenue = sorted(
        (s for s in live(splits, deal) if s.kind in ("revenue", None)), key=lambda s: (s.owner or "", s.id)
    )
    if not revenue:
        return [(owner, value or 0)], []
    shares = [share_on(split, on) for split in revenue]
    if not all(is_share(share) for share in shares):
        return [(None, value or 0)], [split.owner for split in revenue]
    exact = [Fraction(str(share)) for share in shares]
    if abs(sum(exact) - 1) * 2000 > len(exact):
        return [(None, value or 0)], [split.owner for split in revenue]
    sign = -1 if (value or 0) < 0 else 1
    wanted = [abs(value or 0) * share / sum(exact) for share in exact]
    parts = [part.numerator // part.denominator for part in wanted]
    places = sorted(range(len(parts)), key=lambda place: -(wanted[place] - parts[place]))
    for place in places[: abs(value or 0) - sum(parts)]:
        parts[place] += 1
    return [(s.owner, sign * part) for s, part, share in zip(revenue, parts, exact, strict=True) if share], []


def overlays(splits: list[Split], deal: str, value: int | None, on: str) -> list[tuple[str | None, int]]:
    """(owner, added credit) of everyone with a share of the overlay."""
    found = []
    for split in live(splits, deal):
        share = share_on(split, on)
        if split.kind == "overlay" and share is not None and is_share(share):
            exact = Fraction(str(share)) * (value or 0)
            magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
            found.append((split.owner, -magnitude if exact < 0 else magnitude))
    return found
