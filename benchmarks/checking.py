"""`feeds check`: the first time to rendering all bodies once, later times to a bare scan."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus, sites
from benchmarks.figures import Figure, timed
from benchmarks.options import Options
from feeds.check.run import check
from feeds.publisher.bodies import Job, Renderer
from feeds.settings import Settings
from feeds.sources.facts import read
from feeds.sources.folder import Folder


def cold(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield a check of everything, to rendering the same bodies with as many processes."""
    count = options.size(1_000)
    settings = sites.settings(sites.own(folder, count))
    pairs = []
    for _ in options.times(5):
        sites.forget(folder)
        ours = timed(check, settings, time.time)
        pairs.append((ours, timed(_render_all, settings)))
    said = f"check, {count:,} posts, to rendering all bodies once"
    yield Figure(said, pairs, "goal: at most 1.3", "s")


def warm(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield a check of nothing new, to listing the folder with the stamps of all files."""
    count = options.size(20_000)
    settings = sites.settings(sites.own(folder, count, 200))
    check(settings, time.time)
    pairs = []
    for _ in options.times(5):
        ours = timed(check, settings, time.time)
        pairs.append((ours, timed(corpus.scan, settings.content.source)))
    said = f"check again, {count:,} posts, to a bare scan"
    yield Figure(said, pairs, "goal: at most 2", "s")


def _render_all(settings: Settings) -> None:
    source = Folder(settings.content.source, settings.content.include, ())
    renderer = Renderer()
    try:
        jobs = {}
        for stamp in source.stamps():
            _, body = read(source.read(stamp.key)[1])
            jobs[stamp.key] = Job(
                text=body, key=stamp.key, url="https://example.org/x/", prefix="p-",
                has_heading=False, syntax=frozenset(),
            )  # fmt: skip
        renderer.render(jobs)
    finally:
        renderer.close()
