"""Run every measurement and print it as a ratio: `python -m benchmarks [NAME …]`."""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import building, checking, publishing, serving

MEASUREMENTS = {
    "serving": serving.measure,
    "cold": publishing.cold,
    "change": publishing.change,
    "build": building.cold,
    "build-again": building.again,
    "check": checking.cold,
    "check-again": checking.warm,
}


def main() -> None:
    names = sys.argv[1:] or list(MEASUREMENTS)
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="feeds-bench-") as folder:
        for name in names:
            for figure, pairs, goal in MEASUREMENTS[name](Path(folder) / name):
                show(figure, pairs, goal)


def show(figure: str, pairs: list[tuple[float, float]], goal: str) -> None:
    """Print the median of the ratios of pairs (ours, reference), with their spread."""
    ratios = sorted(ours / reference for ours, reference in pairs)
    middle = statistics.median(ratios)
    ours = statistics.median(pair[0] for pair in pairs)
    reference = statistics.median(pair[1] for pair in pairs)
    print(
        f"{figure}: {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, {len(pairs)} pairs; "
        f"medians {ours:.4g} and {reference:.4g}){'; ' + goal if goal else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
