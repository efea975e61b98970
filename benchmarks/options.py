"""How large a run of measurements is, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says.

    Attributes:
        cache: Where posts are kept from one run to the next.
        work: Of this run alone: the states and what is built.
        posts: No site is larger.
        pairs: How often everything is measured; None: as often as each measurement wants.
        port: The first of some ports on which nothing listens.
    """

    cache: Path
    work: Path
    posts: int = 1_000_000
    pairs: int | None = None
    port: int = 18400

    def sizes(self, *wanted: int) -> list[int]:
        """Return the numbers of posts that are wanted, none above `posts`."""
        return sorted({min(size, self.posts) for size in wanted})

    def size(self, wanted: int) -> int:
        """Return the number of posts of a measurement that wants so many."""
        return min(wanted, self.posts)

    def times(self, wanted: int) -> range:
        """Count the pairs of a measurement that wants so many."""
        return range(self.pairs or wanted)
