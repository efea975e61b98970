"""From nothing to the first feed and sitemap, against Hugo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import corpus, hugo, memory, sites
from benchmarks.figures import Figure, Point, timed
from benchmarks.options import Options
from benchmarks.served import Served, serve

MEGA = 1_000_000
LARGEST = 100_000


def measure(folder: Path, options: Options) -> Iterator[Figure | Point | str]:
    """Yield time and memory until both are served, and of the whole `feeds publish`."""
    for count in options.sizes(10_000, LARGEST):
        ours = sites.shared(options, count)
        theirs = hugo.site(folder / f"hugo-{count}", sites.settings(ours).content.source)
        corpus.read(sites.settings(ours).content.source)
        served, whole = [], []
        for _ in options.times(5):
            reference = timed(hugo.build, theirs)
            served.append((_serve(ours, options.port), reference))
            sites.forget(ours)
            whole.append((timed(sites.publish, ours), reference))
        yield Figure(f"{_said(count)} served", served, "goal: at most 0.6", "s")
        yield Figure(f"{_said(count)}, and all of `feeds publish`", whole, "", "s")
        yield from _memory(ours, theirs, count, options.port)


def _said(count: int) -> str:
    return f"cold, {count:,} posts: first feed and sitemap"


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
        shown = _listed(server)
    assert shown == count, f"{shown} of {count} posts are in the sitemap"
    goal = "goal: at most 0.125" if count >= LARGEST else ""
    said = f"cold, {count:,} posts: memory of `feeds serve`, all processes, to Hugo's"
    yield Figure(said, [(peak / MEGA, reference / MEGA)], goal, "MB")
    yield f"{count:,} posts are in Hugo's feed and sitemap, and in our sitemap"
    sites.publish(ours)


def _peak(pid: int, wait: Callable[[], object]) -> int:
    with memory.Peak(pid) as peak:
        wait()
    return peak.bytes


def _listed(server: Served) -> int:
    """Return how many posts are in the sitemap, or in those that it leads to."""
    _, _, body = server.get("/sitemap.xml")
    if b"<sitemapindex" not in body:
        return body.count(b"/post-")
    shards = re.findall(rb"<loc>([^<]+)</loc>", body)
    return sum(server.get(urlsplit(one.decode()).path)[2].count(b"/post-") for one in shards)
