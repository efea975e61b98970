"""A start at which nothing changed: the scan, and when the documents are there."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus, sites
from benchmarks.figures import Figure, timed
from benchmarks.options import Options
from benchmarks.served import serve
from feeds.index.database import INDEX, LEDGER, open_index, open_ledger
from feeds.index.intake import Intake

POSTS = 100_000


def scan(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield comparing a folder with the index, to listing it with the stamps of all files."""
    count = options.size(POSTS)
    settings = sites.settings(sites.published(sites.shared(options, count)))
    state, content = settings.state.path, settings.content.source
    assert state is not None
    index, ledger = open_index(state / INDEX), open_ledger(state / LEDGER)
    intake, pairs = Intake(index, ledger, settings), []
    for _ in (None, *options.times(5)):
        ours = timed(_scan, intake)
        pairs.append((ours, timed(corpus.scan, content)))
    index.dispose()
    ledger.dispose()
    said = f"scan with nothing changed, {count:,} posts, to a bare scan"
    yield Figure(said, pairs[1:], "goal: at most 2", "s")


def _scan(intake: Intake) -> None:
    found = intake.scan(None, time.time_ns())
    assert not found.changed, f"{found.changed} posts changed"


def restart(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield the moment of the first answer, to that at which the first pass is over."""
    count = options.size(POSTS)
    site, pairs = sites.published(sites.shared(options, count)), []
    for _ in options.times(5):
        time.sleep(1)  # what the publisher writes down counts seconds
        before = _health(site)
        with serve(site, options.port) as server:
            first = server.until("/feed.xml") - server.began
            while _health(site) == before:
                time.sleep(0.01)
            pairs.append((first, time.perf_counter() - server.began))
    said = f"restart, {count:,} posts: first answer, to the end of the first pass"
    yield Figure(said, pairs, "goal: at most 1", "s")


def _health(site: Path) -> str:
    """Return what the publisher wrote down at the end of its last pass."""
    uri = f"file:{site / '.feeds' / INDEX}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE name = 'health'").fetchone())
