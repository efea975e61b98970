"""The reference for one change: what cannot be done without, with nothing around it."""

from __future__ import annotations

import gzip
import threading
import time
from pathlib import Path

import brotli
from watchfiles import watch

from benchmarks import corpus
from benchmarks.figures import timed
from feeds.formats import rss
from feeds.model import Entry, Feed
from feeds.profiles import PROFILES
from feeds.settings import Settings
from feeds.sources import facts, reading
from feeds.sources.markup import render
from feeds.sources.surroundings import Surroundings


class Bare:
    """An event; one post parsed, with its body; the main feed rendered and compressed."""

    def __init__(self, settings: Settings, folder: Path, count: int) -> None:
        folder.mkdir(exist_ok=True)
        self._site = Surroundings.of(settings, {}, {})
        self._settings, self._watched = settings, folder / "watched.txt"
        entries = min(settings.feeds.entries, count)
        numbers = range(count - entries, count)
        self._entries = [self._entry(corpus.post(number)) for number in numbers]

    def seconds(self) -> float:
        """Return the seconds that it takes."""
        text = corpus.post(0)
        return self._event() + timed(self._feed, text)

    def _entry(self, text: str) -> Entry:
        key, raw = "0000/post.md", text.encode()
        post = reading.understand(key, raw, self._site).post
        assert post is not None
        syntax = PROFILES[self._settings.content.profile].syntax
        body = render(facts.read(raw)[1], key, post.url, "p-", bool(post.heading), syntax)
        return Entry(post=post, html=body.html, summary=body.summary)

    def _feed(self, newest: str) -> None:
        site = self._settings.site
        url = self._settings.url("/feed.xml")
        feed = Feed(
            id=url, url=url, home_url=site.url, title=self._settings.title, description="",
            language="en", updated=0, ttl=0, entries=(self._entry(newest), *self._entries[1:]),
        )  # fmt: skip
        content = rss.render(feed)
        gzip.compress(content, 6), brotli.compress(content, quality=5)

    def _event(self) -> float:
        """Return the seconds from a write to the event that tells of it, without any debounce."""
        written: list[float] = []

        def write() -> None:
            self._watched.write_text("x", encoding="utf-8")
            written.append(time.perf_counter())

        threading.Timer(0.3, write).start()  # by then the loop below listens
        for _ in watch(
            self._watched.parent, watch_filter=None, step=1, debounce=1, recursive=False
        ):
            break
        took = time.perf_counter() - written[0]
        self._watched.unlink()
        return took
