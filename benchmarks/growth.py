"""What grows with the number of posts, and with that of tags."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import memory, sites
from benchmarks.changing import STILL_SECONDS, Changed
from benchmarks.figures import Figure, Point, timed
from benchmarks.options import Options
from benchmarks.served import serve
from feeds.publisher.run import Publisher

MEGA = 1_000_000
SIZES = 1_000, 10_000, 100_000, 1_000_000
TAGS, TAGGED = 10_000, 10_000
CHANGE = "one change and its documents, ms"
INDEXING = "indexing and first publication, ms per post"
WORKER = "a serving worker's memory, MB"
CRAWLED = "a serving worker's memory, every sitemap read, MB"
PEAK = "the publisher's peak memory, MB"
STEADY = "the publisher's memory afterwards, MB"


def measure(folder: Path, options: Options) -> Iterator[Figure | Point]:
    """Yield indexing and memory of sites of every size, and the time of one change in each."""
    counts = options.sizes(*SIZES)
    measured = {}
    for count in counts:
        measured[count] = _index(sites.shared(options, count, sites.SMALL), options)
        yield from (Point(curve, count, value) for curve, value in measured[count].items())
    changes = _changes(options, counts)
    for count, seconds in changes.items():
        yield Point(CHANGE, count, 1000 * statistics.median(seconds))
    pairs = list(zip(changes[counts[-1]], changes[counts[0]], strict=True))
    said = f"one change and its documents, {counts[-1]:,} posts to {counts[0]:,}"
    yield Figure(said, pairs, "goal: at most 1.5", "s")
    yield from _figures(counts, measured)


def _figures(counts: list[int], measured: dict[int, dict[str, float]]) -> Iterator[Figure]:
    """Yield how the largest site compares to the smallest; in that the start is most of the time,
    so that indexing is compared to the next one."""
    small, middle, large = counts[0], counts[min(1, len(counts) - 1)], counts[-1]
    least, most = measured[small], measured[large]
    for curve in (WORKER, CRAWLED):
        said = f"{curve.removesuffix(', MB')}, {large:,} posts to 1.5 times {small:,} + 50 MB"
        yield Figure(said, [(most[curve], 1.5 * least[curve] + 50)], "goal: at most 1", "MB")
    for curve in (PEAK, STEADY):
        said = f"{curve.removesuffix(', MB')}, {large:,} posts to {small:,}"
        yield Figure(said, [(most[curve], least[curve])], "goal: at most 1.5", "MB")
    said = f"indexing, time per post, {large:,} posts to {middle:,}"
    pair = most[INDEXING], measured[middle][INDEXING]
    yield Figure(said, [pair], "goal: at most 1.2", "ms")


def _index(site: Path, options: Options) -> dict[str, float]:
    """Publish a site from nothing, under `feeds serve`; return what that took, by curve."""
    count = int(site.name.split("-")[1])
    sites.forget(site)
    with serve(site, options.port) as server:
        publisher = server.publisher()
        with memory.Peak(publisher) as peak:
            took = server.until("/sitemap.xml") - server.began
            while not server.health():
                time.sleep(0.1)
        server.settle()
        for path in sites.settings(site).paths.used().values():
            server.until(path)
        worker = server.worker()
        listed = server.listed()
        assert listed == count, f"{listed} of {count} posts are in the sitemap"
        return {
            INDEXING: 1000 * took / count,
            PEAK: peak.bytes / MEGA,
            STEADY: memory.all_of(publisher) / MEGA,
            WORKER: worker / MEGA,
            CRAWLED: server.worker() / MEGA,
        }


def _changes(options: Options, counts: list[int]) -> dict[int, list[float]]:
    """Return the seconds of edits in sites of each size, made in turns."""
    took: dict[int, list[float]] = {count: [] for count in counts}
    with contextlib.ExitStack() as stack:
        ready = {}
        for count in counts:
            site = sites.shared(options, count, sites.SMALL)
            ready[count] = stack.enter_context(Edited(site, count))
        for _ in (None, *options.times(7)):
            for count, edited in ready.items():
                took[count].append(edited.edit()[0])
    return {count: seconds[1:] for count, seconds in took.items()}


class Edited(contextlib.ExitStack):
    """A site with a publisher in this process, and a post that is edited again and again."""

    def __init__(self, site: Path, count: int, tags: int = 0) -> None:
        super().__init__()
        self.settings = sites.settings(site)
        self._changed, self._tags = Changed(self.settings.content.source, count), tags
        self.enter_context(self._changed)
        self._publisher = self.enter_context(Publisher(lambda: self.settings, time.time))
        while self._publisher.run().unfinished:
            pass
        self.edit()

    def edit(self) -> tuple[float, int]:
        """Edit the post; return the seconds of publishing that, and the documents looked at."""
        time.sleep(1)  # a document changes once in a second
        self._changed.write(sites.SMALL, self._tags)
        time.sleep(STILL_SECONDS * 1.5)
        path = self._changed.path
        looked = 0

        def publish() -> None:
            nonlocal looked
            key = str(path.relative_to(self.settings.content.source))
            done = self._publisher.run({key})
            looked += done.looked
            while done.unfinished:
                done = self._publisher.run(set())
                looked += done.looked

        return timed(publish), looked


def tags(folder: Path, options: Options) -> Iterator[Figure | str]:
    """Yield how many documents one change looks at where there are very many, to its own."""
    count = options.size(TAGGED)
    site = sites.published(sites.shared(options, count, sites.SMALL, TAGS))
    with Edited(site, count, TAGS) as edited:
        own = len(edited.settings.paths.used()) + 2 * 3 + 1  # old and new tags; the section
        found = [edited.edit() for _ in options.times(5)]
    said = f"documents looked at by one change, {count:,} posts with {TAGS:,} tags, to its own"
    yield Figure(said, [(looked, own) for _, looked in found], "goal: at most 1")
    took = statistics.median(seconds for seconds, _ in found)
    yield f"one change among {TAGS:,} tags took {1000 * took:.0f} ms"
