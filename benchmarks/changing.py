"""One change among many posts: until readers see it, against the same done bare."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from benchmarks import corpus, sites
from benchmarks.bare_change import Bare
from benchmarks.figures import Figure
from benchmarks.options import Options
from benchmarks.served import Served, serve

POSTS = 100_000
STILL_SECONDS = 0.1  # a file counts when nothing wrote to it for so long
NEWEST = datetime(2025, 6, 1, tzinfo=UTC)  # later than every post of the corpus


def measure(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield each kind of change → another ETag of the feed, to the same done bare."""
    count = options.size(POSTS)
    site = sites.published(sites.shared(options, count))
    settings = sites.settings(site)
    bare = Bare(settings, folder, count)
    changed = Changed(settings.content.source, count)
    pairs: dict[str, list[tuple[float, float]]] = {}
    with serve(site, options.port) as server, changed:
        server.until("/feed.xml")
        for _ in (None, *options.times(5)):
            for kind, change in changed.kinds().items():
                ours = _seen(server, changed, change, still=kind != "delete")
                pairs.setdefault(kind, []).append((ours, bare.seconds()))
        server.settle()
    for kind, found in pairs.items():
        said = f"{kind} among {count:,} posts → new ETag, to event, parse, render, compress"
        yield Figure(said, found[1:], "goal: at most 3", "s")


def _seen(server: Served, changed: Changed, change: Callable[[], object], *, still: bool) -> float:
    """Return the seconds from a change to the feed with it; from the file being still, if any."""
    server.settle()
    _, etag, _ = server.get("/feed.xml")
    change()
    began = time.perf_counter() + (STILL_SECONDS if still else 0.0)
    return server.until("/feed.xml", etag, changed.shown) - began


class Changed:
    """A post of ours among those of the corpus: newer than all, and gone after the block."""

    def __init__(self, content: Path, count: int) -> None:
        self._count, self._round = count, 0
        self.path = (content / corpus.place(count - 1)).with_name("changed.md")
        self._other = self.path.with_name("renamed.md")

    def __enter__(self) -> Self:
        self.remove()
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Leave nothing behind, not even what a run before this one left."""
        for path in (self.path, self._other):
            path.unlink(missing_ok=True)

    def write(self, body_bytes: int = sites.FULL, tags: int = 0) -> None:
        """Write it, each time with another text."""
        self._round += 1
        text = corpus.post(self._count + self._round, body_bytes, tags, NEWEST)
        self.path.write_text(text.replace('title: "', f'title: "{self._title()}'), "utf-8")

    def shown(self, feed: bytes) -> bool:
        """Tell whether a feed shows it as it is now."""
        here = [path.stem.encode() for path in (self.path, self._other) if path.exists()]
        links = re.findall(rb"<link>[^<]*/(changed|renamed)/</link>", feed)
        return links == here and (not here or self._title().encode() in feed)

    def _title(self) -> str:
        return f"Round {self._round} "

    def kinds(self) -> dict[str, Callable[[], object]]:
        """Return the kinds of change, to be made in this order."""
        return {
            "add": self.write,
            "edit": self.write,
            "rename": lambda: self.path.rename(self._other),
            "delete": self._other.unlink,
        }
