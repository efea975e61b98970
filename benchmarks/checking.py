"""`feeds check`: the first time to rendering all bodies once, later times to a bare scan."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import publishing
from benchmarks.serving import Figure
from feeds.check.run import check
from feeds.publisher.bodies import Job, Renderer
from feeds.settings import Settings, load
from feeds.sources.facts import read
from feeds.sources.folder import Folder

POSTS = 1_000
WARM_POSTS = 20_000
PAIRS = 5


def cold(folder: Path) -> Iterator[Figure]:
    """Yield a check of everything, to rendering the same bodies with as many processes."""
    settings = _site(folder, POSTS)
    pairs = []
    for _ in range(PAIRS):
        shutil.rmtree(folder / ".feeds", ignore_errors=True)
        ours = publishing._timed(lambda: check(settings, time.time))
        pairs.append((ours, publishing._timed(lambda: _render_all(settings))))
    yield f"check, {POSTS:,} posts, to rendering all bodies once", pairs, "goal: at most 1.3"


def warm(folder: Path) -> Iterator[Figure]:
    """Yield a check of nothing new, to listing the folder with the stamps of all files."""
    settings = _site(folder, WARM_POSTS, 200)
    check(settings, time.time)
    pairs = []
    for _ in range(PAIRS):
        ours = publishing._timed(lambda: check(settings, time.time))
        pairs.append((ours, publishing._timed(lambda: _scan(settings.content.source))))
    yield f"check again, {WARM_POSTS:,} posts, to a bare scan", pairs, "goal: at most 2"


def _site(folder: Path, count: int, size: int = 4000) -> Settings:
    publishing._site(folder, count, size)
    return load(folder / "feeds.toml")


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


def _scan(folder: Path) -> int:
    """Walk a folder with `os.scandir` and the status of every file: the least a scan can do."""
    count = 0
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                count += _scan(Path(entry.path))
            else:
                entry.stat()
                count += 1
    return count
