"""From files to documents: the first publication, and one change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import frontmatter
from watchfiles import watch

from benchmarks import corpus
from benchmarks.serving import Figure
from feeds.publisher.run import Publisher
from feeds.settings import load

POSTS = 10_000
PAIRS = 5


def cold(folder: Path) -> Iterator[Figure]:
    """Yield nothing → everything published, to reading and parsing the same files."""
    _site(folder, POSTS)
    pairs = []
    for _ in range(PAIRS):
        shutil.rmtree(folder / ".feeds", ignore_errors=True)
        ours = _timed(
            lambda: subprocess.run(
                [sys.executable, "-m", "feeds", "publish"], cwd=folder, check=True
            )
        )
        pairs.append((ours, _timed(lambda: _parse_all(folder / "content"))))
    yield f"cold start, {POSTS:,} posts, to reading and parsing the files", pairs, ""


def change(folder: Path) -> Iterator[Figure]:
    """Yield one edit → the new documents, to one watch event and one render of the feed."""
    _site(folder, POSTS)
    pairs = []
    with Publisher(lambda: load(folder / "feeds.toml"), time.time) as publisher:
        publisher.run()
        target = folder / "content" / "0009" / "post-0009999.md"
        for number in range(PAIRS + 1):
            time.sleep(1.2)  # a document changes once in a second, and a file has to be still
            _edit(target, number)
            time.sleep(0.15)
            ours = _timed(lambda: publisher.run({"0009/post-0009999.md"}))
            pairs.append((ours, _event(target, number) + _render(publisher)))
    yield f"one change among {POSTS:,}, to one event and one render", pairs[1:], ""


def _site(folder: Path, count: int, size: int = 4000) -> None:
    if not (folder / "content").exists():
        corpus.write(folder / "content", count, size)
        (folder / "feeds.toml").write_text('[site]\nurl = "https://example.org/"\n')


def _timed(action: object) -> float:
    start = time.perf_counter()
    action()  # type: ignore[operator]
    return time.perf_counter() - start


def _parse_all(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), encoding="utf-8") as file:
                frontmatter.parse(file.read())


def _edit(path: Path, number: int) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nEdit {number}.\n", encoding="utf-8")


def _event(target: Path, number: int) -> float:
    """Return the seconds from a write to the event that tells of it, less the debounce."""
    watched = target.with_name(f"other-{number}.txt")
    written: list[float] = []

    def write() -> None:
        watched.write_text("x")
        written.append(time.perf_counter())

    threading.Timer(0.3, write).start()  # by then the loop below listens
    for _ in watch(target.parent, watch_filter=None, step=1, debounce=1):
        break
    took = time.perf_counter() - written[0]
    watched.unlink()
    return took


def _render(publisher: Publisher) -> float:
    """Return the seconds of rendering and compressing the main feed once, bodies at hand."""
    from feeds.publisher import catalogue
    from feeds.publisher.selection import Selection
    from feeds.publisher.store import _codings

    posts = Selection(
        index=publisher._index, ledger=publisher._ledger,
        source=publisher._intake.source, settings=publisher.settings,
        renderer=publisher._renderer, now=int(time.time()), address="",
    )  # fmt: skip
    url = publisher.settings.url("/feed.xml")
    start = time.perf_counter()
    _codings(catalogue.FEEDS["rss"](catalogue.feed("rss", url, publisher.settings, posts)))
    return time.perf_counter() - start
