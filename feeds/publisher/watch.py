"""The publisher's loop: events of the folder, the periodic scan, the timer of scheduled posts.

Events say where to look; a scan every `SCAN_SECONDS` finds what they miss. The folder is polled
while there are none: where the system's limit is reached, where listening broke off, or where
scans find changes of which no event told (a network mount). A poll is a scan every
`POLL_SECONDS`, or less often, so that scanning takes a twentieth of the time. The reason is one
line in the log; listening is tried again every `SCAN_SECONDS`. A root that leads to another
folder, because a link was re-pointed or the folder made anew, is noticed within `LOOK_SECONDS`.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feeds.errors import Stopped
from feeds.index.looking import RACY_NS, STILL_NS
from feeds.publisher.bell import Bell
from feeds.publisher.events import Identity, Watcher, identity
from feeds.publisher.run import Pass, Publisher
from feeds.sources import people

SCAN_SECONDS = 60.0
POLL_SECONDS = 2.0
POLL_SHARE = 20  # times as long as a scan takes
LOOK_SECONDS = 1.0  # at the settings file, the root, and the wall clock, which may be set

log = logging.getLogger("feeds.publisher")


class Loop:
    """Runs passes until `stop` is set."""

    def __init__(self, publisher: Publisher, config: Path | None, stop: threading.Event) -> None:
        self._publisher, self._config, self._stop = publisher, config, stop
        publisher.progress.stop = stop
        self._watcher: Watcher | None = None
        self._folder: Identity | None = None  # that the watcher listens to
        self._listen_at = 0.0  # again, where it failed
        self._heard = 0  # batches, when the time for a scan came last
        self._missed = 0  # scans since one found what no event told
        self._said = ""  # why there are no events
        self._changes: queue.Queue[set[str] | None] = queue.Queue()
        self._config_stamp = self._stamps()

    def run(self) -> None:
        """Publish, and again at every event, scan and scheduled moment."""
        bell = Bell(self._publisher.state, self._changes.put)
        keys: set[str] | None = None
        next_scan, due, restless = time.monotonic(), False, True
        while not self._stop.is_set():
            began = time.monotonic()
            if not restless:  # else this one finishes the one before
                due = began >= next_scan
            if keys is None:
                self._listen()
            done = self._pass(keys)
            if keys is None or (due and restless):
                self._judge(done, due)
            if keys is None:
                next_scan = time.monotonic() + self._pause(time.monotonic() - began)
            again = _to_look_at_again(done)
            restless = again is None or bool(again)
            keys = self._wait(done, again, next_scan)
        bell.close()
        if self._watcher is not None:
            self._watcher.close()

    def _pass(self, keys: set[str] | None) -> Pass:
        try:
            return self._publisher.run(keys)
        except Stopped:
            return Pass(scan=None, again=None)
        except Exception:
            # Whatever went wrong, what is published stays, and the next pass starts afresh.
            log.exception("a pass failed; what is published stays")
            return Pass(scan=None, again=time.time() + 5)

    def _wait(self, done: Pass, again: set[str] | None, next_scan: float) -> set[str] | None:
        """Sleep until there is something to do; return the keys to look at, None for all.

        Args:
            again: Keys that are to be looked at in any case.
        """
        while not self._stop.is_set():
            now = time.time()
            timeouts = [LOOK_SECONDS, next_scan - time.monotonic()]
            if done.again is not None:
                timeouts.append(done.again - now)
            changed = self._events(max(0.0, min(timeouts)))
            if self._settings_changed() or self._root() != self._folder:
                return None
            if changed is None or changed:
                return None if again is None or changed is None else again | changed
            if time.monotonic() >= next_scan:
                return None
            if done.again is not None and time.time() >= done.again:
                return again
        return set()

    def _events(self, timeout: float) -> set[str] | None:
        """Wait for the keys that changed, None for all; what waits already is merged."""
        changed: set[str] | None = set()
        with contextlib.suppress(queue.Empty):
            changed = self._changes.get(timeout=max(timeout, 0.001))
            for more in _drain(self._changes):
                changed = None if changed is None or more is None else changed | more
        return changed

    def _root(self) -> Identity | None:
        """Return which folder the root leads to now; None: to none, or posts come from code."""
        publisher = self._publisher
        return None if publisher.code else identity(publisher.settings.content.source)

    def _listen(self) -> None:
        """Listen to the folder that the root leads to now, unless that failed a moment ago."""
        before, self._folder = self._folder, self._root()
        if self._watcher is not None:
            lately = not self._watcher.failed or time.monotonic() < self._listen_at
            if before == self._folder and lately and not self._watcher.gone:
                return
            self._watcher.close()
            self._watcher = None
        if self._folder is None:
            return
        if before is not None and before != self._folder:
            log.info("the posts are in another folder now: %s", self._folder[0])
        self._heard = self._missed = 0
        self._listen_at = time.monotonic() + SCAN_SECONDS
        self._watcher = Watcher(Path(self._folder[0]), self._changes.put)

    def _judge(self, done: Pass, due: bool) -> None:
        """Find out whether events come, and say so where that changed.

        Args:
            due: Nothing asked for the scan but the time.
        """
        watcher = self._watcher
        if watcher is None or not (watcher.begun or watcher.failed):
            return  # nothing is known yet
        if due and done.scan is not None:
            heard, self._heard = watcher.batches > self._heard, watcher.batches
            # An event may have been under way: the next scan will know.
            self._missed = (
                0 if heard else self._missed + (done.scan.changed > 0 or self._missed > 0)
            )
        reason = watcher.failed or ("changes come without them" if self._missed > 1 else "")
        if reason and not self._said:
            log.warning("no events from %s (%s): it is scanned every few seconds instead",
                        watcher.folder, reason)  # fmt: skip
        elif self._said and not reason:
            log.info("events from %s come again", watcher.folder)
        self._said = reason

    def _pause(self, cost: float) -> float:
        """Return how long to wait for events; `cost`: seconds that looking at everything took."""
        watcher = self._watcher
        if self._publisher.code or (watcher is not None and watcher.begun and not self._missed):
            return SCAN_SECONDS
        return min(max(POLL_SECONDS, POLL_SHARE * cost), SCAN_SECONDS)

    def _stamps(self) -> Any:
        """Return what changes with the settings file and the authors file."""
        return _stamp(self._config), people.stamp(self._publisher.settings.content.authors)

    def _settings_changed(self) -> bool:
        stamp = self._stamps()
        if stamp == self._config_stamp or _in_motion(self._config):
            return False
        self._config_stamp = stamp
        self._publisher.reload()
        return True


def _to_look_at_again(done: Pass) -> set[str] | None:
    """Return the keys of files that were being written; None: nothing is sure."""
    return None if done.scan is None or done.scan.doubted else done.scan.waiting


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        if path is not None:
            status = path.stat()
            return status.st_mtime_ns, status.st_ino, status.st_size
    return None


def _in_motion(path: Path | None) -> bool:
    """Tell whether a file may be written to just now: its part may be whole settings."""
    stamp = _stamp(path)
    return stamp is not None and -RACY_NS < time.time_ns() - stamp[0] < STILL_NS


def _drain(changes: queue.Queue[set[str] | None]) -> Iterator[set[str] | None]:
    with contextlib.suppress(queue.Empty):
        while True:
            yield changes.get_nowait()
