"""The publisher: one pass from the source to the store, and the loop that repeats it."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import delete, func, insert, select

from feeds.errors import CODES, FeedsError, SettingsError, SourceUnavailable
from feeds.index import selections as chosen
from feeds.index.database import INDEX, LEDGER, REVISION, open_index, open_ledger, reading
from feeds.index.doubt import DOUBT_SECONDS
from feeds.index.intake import Intake
from feeds.index.looking import STILL_NS
from feeds.index.sync import Scan
from feeds.index.tables import meta, problems
from feeds.model import rfc3339
from feeds.publisher.bodies import Renderer
from feeds.publisher.lock import take_lock
from feeds.publisher.progress import Progress
from feeds.publisher.publication import Publication
from feeds.publisher.selection import Selection
from feeds.publisher.sitemaps import unlisted
from feeds.publisher.store import Revision, Store
from feeds.settings import Settings
from feeds.sources.protocol import Code, Source

COUNT_SECONDS, COUNT_SHARE = 0.02, 20  # counting takes a twentieth of the time, or is quick
PATIENCE_SECONDS = 10  # with a file that is written again and again

_TELLING = [code for code, (severity, _) in CODES.items() if severity != "note"]

log = logging.getLogger("feeds.publisher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did.

    Attributes:
        scan: What was read; None: the source could not be listed.
        looked: How many documents were looked at.
        rendered: How many of them were rendered.
        unfinished: Some groups are still to be looked at: make the next pass at once.
        deferred: Some documents changed within this second already and wait for the next.
        again: Unix seconds at which there is something to do, whatever happens; None:
            nothing is scheduled.
    """

    scan: Scan | None
    looked: int = 0
    rendered: int = 0
    deferred: bool = False
    unfinished: bool = False
    again: float | None


class Publisher:
    """Owns a site's state: at most one at a time, which a lock on the state folder ensures.

    Args:
        load: Reads the settings; called again when their file changes.
        clock: Unix seconds.
        lock: A descriptor that holds the lock already; None: take it.
        renderer: One that the caller ends; None: one of its own.
        source: Where the posts are; None: in the folder that the settings name.

    Attributes:
        progress: Its `stop` may be replaced by an event that ends a long scan.
    """

    def __init__(
        self, load: Callable[[], Settings], clock: Callable[[], float], lock: int | None = None,
        renderer: Renderer | None = None, source: Source | None = None,
    ) -> None:  # fmt: skip
        self._load, self._clock = load, clock
        self.code = Code(source) if source is not None else None
        self.settings = load()
        self.state = _state(self.settings)
        self.state.mkdir(parents=True, exist_ok=True)
        self._lock = take_lock(self.state) if lock is None else lock
        self._renderer, self._lent = renderer or Renderer(), renderer is not None
        self.progress = Progress(self._files)
        self._said: dict[str, str] = {}
        self._told: set[str] = set()
        self._counts: dict[str, Any] = {}
        self._waited = False
        self._count_at, self._stale = 0.0, False  # monotonic: counting has to wait until then
        self._restless_since: dict[str, float] = {}  # by selection
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the rendering processes, close the databases and release the lock."""
        if not self._lent:
            self._renderer.close()
        self._index.dispose()
        self._ledger.dispose()
        os.close(self._lock)

    def reload(self) -> None:
        """Read the settings again; a broken edit keeps those before."""
        try:
            fresh = self._load()
        except SettingsError as error:
            self._say("settings", f"the settings before stay in force: {error}")
            return
        self._say("settings", "")
        if _state(fresh) != self.state:
            log.warning("state.path changed: restart to use it")
            fresh = fresh.model_copy(update={"state": self.settings.state})
        self.settings = fresh

    def run(
        self, keys: Iterable[str] | None = None, *, trust: bool = False, now_ns: int | None = None
    ) -> Pass:
        """Make one pass: over `keys`, or over everything.

        Nothing is known where the source cannot be listed: the documents stay.

        Args:
            trust: Believe that files are gone, however many.
            now_ns: The clock of the files' stamps, where that of the documents is another.
        """
        if self._inode != _inode(self.state / INDEX):  # it may be deleted at any time
            self._index.dispose()
            self._ledger.dispose()
            self._open()
        self._intake.settings = self.settings
        self._intake.apply()
        self._say("sitemap", unlisted(self.settings))
        now_ns = now_ns or int(self._clock() * 1_000_000_000)
        try:
            scan: Scan | None = self._intake.scan(keys, now_ns, trust=trust)
            self._say("source", "")
        except SourceUnavailable as error:
            self._say("source", f"{error}; what is published stays")
            scan = None
            if not self._published_before():
                return Pass(scan=None, again=self._clock() + 1)
        if scan is not None:
            self._say("doubt", f"{scan.doubted}; what is published stays" if scan.doubted else "")
            if scan.doubted and not self._published_before():
                return Pass(scan=scan, again=self._again(scan, later=False))
            if self._is_only_waiting(scan):
                return Pass(scan=scan, again=self._again(scan, later=False))
        done = self._publish()
        if not done.unfinished or self._published_before():
            self._note(scan)
        self._say_problems()
        return Pass(
            scan=scan,
            looked=done.looked,
            rendered=done.rendered,
            deferred=done.later,
            unfinished=done.unfinished,
            again=self._clock() if done.unfinished else self._again(scan, done.later),
        )

    def _is_only_waiting(self, scan: Scan) -> bool:
        """Tell whether a pass can end here: a file is being written, and nothing else is new.

        Not twice in a row: it may be written for ever, and other things are due.
        """
        self._waited = bool(scan.waiting) and not scan.changed and not self._waited
        return self._waited and self._published_before()

    def _open(self) -> None:
        """Open the databases, anew where the index was deleted while we ran."""
        self._index = open_index(self.state / INDEX)
        self._inode = _inode(self.state / INDEX)
        self._ledger = open_ledger(self.state / LEDGER)
        revision = Revision(self.state / REVISION)
        self._store = Store(self._index, self._ledger, revision)
        self._intake = Intake(self._index, self._ledger, self.settings, self.code, self.progress)

    def _files(self) -> int | None:
        return self._intake.source.count()

    def _published_before(self) -> bool:
        with reading(self._index) as connection:
            return bool(connection.scalar(select(meta.c.value).where(meta.c.name == "health")))

    def _publish(self) -> Publication:
        """Store every document whose parts changed."""
        now = int(self._clock())
        self._intake.settle(now)
        self._say_problems()
        published = Publication(
            settings=self.settings,
            index=self._index,
            ledger=self._ledger,
            store=self._store,
            posts=self._selection(now),
            must_wait=self._must_wait,
        )
        published.run()
        return published

    def _selection(self, now: int) -> Selection:
        return Selection(
            index=self._index,
            ledger=self._ledger,
            source=self._intake.source,
            settings=self.settings,
            renderer=self._renderer,
            now=now,
            address=self.settings.site.url,
        )

    def _must_wait(self, posts_now: Selection) -> bool:
        """Tell whether a file changed after it was scanned: its entry would have no body.

        The documents stay as they are meanwhile, but not for ever.
        """
        if not posts_now.restless:
            self._restless_since.pop(posts_now.name, None)
            return False
        now = self._clock()
        since = self._restless_since.setdefault(posts_now.name, now)
        return 0 <= now - since < PATIENCE_SECONDS  # the clock may be set back

    def _again(self, scan: Scan | None, later: bool) -> float | None:
        """Return when the next pass is due, without any event."""
        now = self._clock()
        with reading(self._index) as connection:
            moment = chosen.next_moment(connection, int(now))
        times: list[float] = []
        if moment is not None:
            due = (moment, moment - self.settings.cache.max_age)
            times = [float(time) for time in due if time > now]
        if later:
            times.append(int(now) + 1)
        if self._stale:
            times.append(now + max(0.0, self._count_at - time.monotonic()))
        if scan is None:
            times.append(now + 1)
        elif scan.restless:
            times.append(max(now, min(scan.still_ns / 1e9, now + STILL_NS / 1e9)))
        elif scan.doubted:
            times.append(now + DOUBT_SECONDS)
        return min(times, default=None)

    def _note(self, scan: Scan | None) -> None:
        """Write down what the health page shows: counts, no names."""
        if scan is None:
            return
        now = int(self._clock())
        self._stale = time.monotonic() < self._count_at
        if not self._stale:
            self._count(now)
        health = self._counts | {"last_scan": rfc3339(now)}
        first = not self._published_before()
        with self._index.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name == "health"))
            connection.execute(insert(meta).values(name="health", value=json.dumps(health)))
        if first:
            self._store.complete()

    def _count(self, now: int) -> None:
        """Count posts and problems; where that takes long, not after every change."""
        began = time.monotonic()
        with reading(self._index) as connection:
            codes = connection.execute(
                select(problems.c.code, func.count().label("n")).group_by(problems.c.code)
            )
            self._counts = {
                "posts": chosen.outcomes(connection, now),
                "problems": _severities({row.code: row.n for row in codes}),
            }
        took = time.monotonic() - began
        self._count_at = time.monotonic() + COUNT_SHARE * took if took > COUNT_SECONDS else 0.0

    def _say_problems(self) -> None:
        """Log what keeps posts from being published, each problem once."""
        with reading(self._index) as connection:
            rows = list(connection.execute(select(problems).where(problems.c.code.in_(_TELLING))))
        found = {
            f"{row.key}:{row.line}:{row.column}: {CODES[row.code][0]} {row.code}: {row.message}"
            for row in rows
        }
        fresh = sorted(found - self._told)
        for line in fresh:
            log.warning("%s", line)
        self._told = found

    def _say(self, topic: str, message: str) -> None:
        """Log what changed about a topic, once."""
        if self._said.get(topic, "") != message:
            self._said[topic] = message
            log.warning("%s", message) if message else log.info("%s: all is well again", topic)


def publish_once(publisher: Publisher) -> Pass:
    """Run passes until nothing has to wait: for a file in motion, or for the next second.

    Returns:
        The last pass, with all documents that were rendered counted.

    Raises:
        FeedsError: Nothing is known of the posts, or too many are gone; nothing was changed.
    """
    rendered = 0
    left = 20
    while left:
        done = publisher.run()
        rendered += done.rendered
        left -= not done.unfinished
        waiting = done.scan is None or done.scan.restless or done.deferred or done.unfinished
        if not waiting or done.scan is None:
            break
        time.sleep(max(0.0, min((done.again or 0) - time.time(), 1.0)))
    if done.scan is None:
        raise FeedsError("the posts cannot be listed; nothing was changed")
    if done.scan.doubted:
        raise FeedsError(f"{done.scan.doubted}: run it again in a minute if that is right")
    return replace(done, rendered=rendered)


def _severities(codes: dict[str, int]) -> dict[str, int]:
    counts = {"error": 0, "warning": 0, "note": 0}
    for code, count in codes.items():
        counts[CODES[code][0]] += count
    return counts


def _inode(path: Path) -> int | None:
    return path.stat().st_ino if path.exists() else None


def _state(settings: Settings) -> Path:
    if settings.state.path is None:
        raise SettingsError("state.path: not resolved; read the settings with feeds.settings.load")
    return settings.state.path
