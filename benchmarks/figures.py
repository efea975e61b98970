"""What a measurement yields: figures, points of curves, and notes (plain text)."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Figure(NamedTuple):
    """Ours and a reference, measured in turns.

    Attributes:
        said: What was measured, to what: equal words, equal figure.
        pairs: Ours and the reference, in `unit`.
        goal: "goal: at most 0.6", or at least; empty: none.
    """

    said: str
    pairs: list[tuple[float, float]]
    goal: str = ""
    unit: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours over the reference, of each pair; the smallest first."""
        return sorted(ours / reference for ours, reference in self.pairs)

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def medians(self) -> tuple[float, float]:
        """Of ours and of the reference, each on its own."""
        ours, reference = zip(*self.pairs, strict=True)
        return statistics.median(ours), statistics.median(reference)

    @property
    def reached(self) -> bool | None:
        """Whether the median reached the goal; None: there is none."""
        found = re.search(r"at (least|most) ([\d.]+)", self.goal)
        if found is None:
            return None
        limit = float(found[2])
        return self.ratio >= limit if found[1] == "least" else self.ratio <= limit

    def __str__(self) -> str:
        ours, reference = self.medians
        spread = f"{self.ratios[0]:.2f} to {self.ratios[-1]:.2f}, {len(self.pairs)} pairs"
        shown = (
            f"{self.said}: {self.ratio:.2f} ({spread}; medians {short(ours)} and {short(reference)}"
        )
        return f"{shown} {self.unit}".rstrip() + ")" + (f"; {self.goal}" if self.goal else "")


class Point(NamedTuple):
    """One point of a curve: `curve` names what grows, with its unit."""

    curve: str
    posts: int
    value: float


def short(value: float) -> str:
    """Return a number with three digits that count, or all of a large one."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def timed(action: Callable[..., object], *arguments: object) -> float:
    """Return the seconds that something took."""
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start
