"""``make calibrate``: many made-up businesses and as-of days through the product, as the table of docs/forecast.md."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.metrics.calibration.businesses import put, truths
from tests.metrics.calibration.figures import Figures, Moves, counted_moves, figures, recovered
from tests.metrics.calibration.trials import HORIZON, Trial, days_of, trials
from tests.metrics.stores import store_in_a_folder, world_in

DOCUMENT = Path(__file__).parents[3] / "docs" / "forecast.md"
_BEGIN, _END = "<!-- calibration: begin -->", "<!-- calibration: end -->"


def main(arguments: Sequence[str]) -> int:
    """0 where the forecasts are calibrated, 1 where not; ``--write`` puts the table into the document either way."""
    parser = argparse.ArgumentParser(prog="calibrate")
    parser.add_argument("--seeds", type=int, default=104, help="made-up businesses; five as-of days each")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first of them")
    parser.add_argument("--deals", type=int, default=600, help="deals of each, over two years")
    parser.add_argument("--write", action="store_true", help="put the table into docs/forecast.md")
    given = parser.parse_args(arguments)
    found: list[Trial] = []
    chances: list[float] = []
    moves: Moves = Counter()
    for seed, (outcomes, counts) in enumerate(
        runs(range(given.first, given.first + given.seeds), given.deals), start=1
    ):
        found += outcomes
        chances.append(recovered(counts))
        moves += counts
        sys.stderr.write(f"\r{seed} of {given.seeds} businesses")
    sys.stderr.write("\n")
    whole = figures(found)
    text = table(whole, chances, moves, given.seeds, given.deals)
    sys.stdout.write(text)
    if given.write:
        write(text)
    return 0 if whole.is_calibrated else 1


def runs(seeds: range, deals: int, days: int = 5) -> Iterator[tuple[list[Trial], Moves]]:
    """Per business its trials, and the moves counted as of the last of its days."""
    with store_in_a_folder() as store:
        for seed in seeds:
            with world_in(store) as world:
                business = truths(seed, deals)
                put(world, business)
                last, *earlier = days_of(days)
                outcomes = list(trials(world, seed, business, [last]))
                counts = counted_moves(world)
                yield [*outcomes, *trials(world, seed, business, earlier)], counts


def table(whole: Figures, chances: Sequence[float], moves: Moves, seeds: int, deals: int) -> str:
    """The figures as Markdown."""
    inside = sum(chance >= 0.05 for chance in chances)
    rows = [
        ("pairs of business and as-of day", f"{whole.pairs} ({seeds} businesses of {deals} deals)", "at least 500"),
        (
            f"outcomes of {HORIZON} days between p10 and p90",
            f"{100 * whole.coverage:.1f} % (below {100 * whole.below:.1f} %, above {100 * whole.above:.1f} %)",
            "75 to 85 %",
        ),
        ("mean absolute error of expected", f"{whole.expected:,.0f} USD", "less than both below"),
        ("the same of the CRM-weighted pipeline", f"{whole.by_crm:,.0f} USD", ""),
        ("the same by the age of the deal alone", f"{whole.by_age:,.0f} USD", ""),
        ("sum of expected beside what came", f"{100 * whole.bias:+.1f} %", ""),
        ("businesses whose odds of all stages lie in the joint 95 % region", f"{inside} of {seeds}", "about 95 %"),
        (
            "chance of the moves of all businesses together, under the known odds",
            f"{recovered(moves):.3f} ({sum(moves.values()):,} moves)",
            "at least 0.05",
        ),
    ]
    lines = ["| | found | asked for |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Replaces the table of the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(f"{before}{_BEGIN}\n{text}{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
