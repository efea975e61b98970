"""From nothing to the first feed and sitemap, against Hugo."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import corpus, hugo, memory, sites
from benchmarks.figures import Figure, timed
from benchmarks.options import Options
from benchmarks.served import serve

MEGA = 1_000_000
LARGEST = 100_000


def measure(folder: Path, options: Options) -> Iterator[Figure | str]:
    """Yield time and memory until both are served, and of the whole `feeds publish`."""
    for count in options.sizes(10_000, LARGEST):
        ours = sites.shared(options, count)
        theirs = hugo.site(folder / f"hugo-{count}", sites.settings(ours).content.source)
        corpus.read(sites.settings(ours).content.source)
        served, whole, processor = [], [], []
        for _ in options.times(5):
            reference, reference_processor = _spent(hugo.build, theirs)
            served.append((_serve(ours, options.port), reference))
            sites.forget(ours)
            seconds, processor_seconds = _spent(sites.publish, ours)
            whole.append((seconds, reference))
            processor.append((processor_seconds, reference_processor))
        said = f"cold, {count:,} posts, to Hugo: "
        yield Figure(f"{said}first feed and sitemap served", served, "goal: at most 0.6", "s")
        yield Figure(f"{said}all of `feeds publish`", whole, "", "s")
        yield Figure(
            f"{said}processor time of the publisher, without its reading processes",
            processor,
            "",
            "s",
        )
        yield from _memory(ours, theirs, count, options.port)


def _spent(action: Callable[[Path], object], site: Path) -> tuple[float, float]:
    """Return the seconds of a command, and those of the processors in all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = timed(action, site)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _serve(site: Path, port: int) -> float:
    """Return the seconds from the start of `feeds serve` to feed and sitemap, from nothing."""
    sites.forget(site)
    with serve(site, port) as server:
        server.until("/feed.xml")
        return server.until("/sitemap.xml") - server.began


def _memory(ours: Path, theirs: Path, count: int, port: int) -> Iterator[Figure | str]:
    """Yield peaks; runs of their own, as looking costs time."""
    build = hugo.start(theirs)
    reference = _peak(build.pid, build.wait)
    in_feed, in_sitemap = hugo.counts(theirs)
    assert in_feed == in_sitemap == count, f"Hugo lists {in_feed} and {in_sitemap} of {count}"
    sites.forget(ours)
    with serve(ours, port) as server:
        peak = _peak(server.pid, lambda: server.until("/sitemap.xml"))
        shown = server.listed()
    assert shown == count, f"{shown} of {count} posts are in the sitemap"
    goal = "goal: at most 0.125" if count >= LARGEST else ""
    said = f"cold, {count:,} posts, to Hugo: peak memory of `feeds serve`, all processes"
    yield Figure(said, [(peak / MEGA, reference / MEGA)], goal, "MB")
    yield f"{count:,} posts are in Hugo's feed and sitemap, and in our sitemap"
    sites.publish(ours)


def _peak(pid: int, wait: Callable[[], object]) -> int:
    with memory.Peak(pid) as peak:
        wait()
    return peak.bytes
