"""The publisher's loop: events of the folder, the periodic scan, the timer of scheduled posts."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from watchfiles import watch

from feeds.publisher.bell import Bell
from feeds.publisher.run import Pass, Publisher
from feeds.sources import people

SCAN_SECONDS = 60.0  # what events miss, the scan finds
SETTLE_SECONDS = 2.0  # for the system to begin to send them
POLL_SECONDS = 1.0  # the settings file and the wall clock, which may be set, are looked at
STEP_MS = 50  # events that follow each other within this time are one change

log = logging.getLogger("feeds.publisher")


class Watcher:
    """Events of one folder; `tell` is called in a thread with the paths that changed."""

    def __init__(self, folder: Path, tell: Callable[[set[str]], None]) -> None:
        self.folder, self._tell = folder, tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeds-events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()

    @property
    def alive(self) -> bool:
        """Tell whether events still come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            events = watch(
                self.folder,
                watch_filter=None,
                step=STEP_MS,
                debounce=400,
                stop_event=self._stop,
                rust_timeout=1000,
                yield_on_timeout=False,
                ignore_permission_denied=True,
            )
            for changes in events:
                self._tell({path for _, path in changes})
        except Exception as error:
            # No events: the periodic scan finds what they would have told.
            log.warning("no events from %s (%s): it is scanned instead", self.folder, error)


class Loop:
    """Runs passes until `stop` is set."""

    def __init__(self, publisher: Publisher, config: Path | None, stop: threading.Event) -> None:
        self._publisher, self._config, self._stop = publisher, config, stop
        self._watcher: Watcher | None = None
        self._changes: queue.Queue[set[str] | None] = queue.Queue()
        self._config_stamp = self._stamps()

    def run(self) -> None:
        """Publish, and again at every event, scan and scheduled moment."""
        bell = Bell(self._publisher.state, self._changes.put)
        keys: set[str] | None = None
        next_scan = 0.0
        while not self._stop.is_set():
            if keys is None:
                # Right after the listening began something may have been missed.
                began = self._listen()
                next_scan = time.monotonic() + (SETTLE_SECONDS if began else SCAN_SECONDS)
            done = self._pass(keys)
            keys = self._wait(done, next_scan)
        bell.close()
        if self._watcher is not None:
            self._watcher.close()

    def _pass(self, keys: set[str] | None) -> Pass:
        try:
            return self._publisher.run(keys)
        except Exception:
            # Whatever went wrong, what is published stays, and the next pass starts afresh.
            log.exception("a pass failed; what is published stays")
            return Pass(scan=None, again=time.time() + 5)

    def _wait(self, done: Pass, next_scan: float) -> set[str] | None:
        """Sleep until there is something to do; return the keys to look at, None for all."""
        restless = done.scan is None or done.scan.restless or bool(done.scan.doubted)
        while not self._stop.is_set():
            now = time.time()
            timeouts = [POLL_SECONDS, next_scan - time.monotonic()]
            if done.again is not None:
                timeouts.append(done.again - now)
            changed = self._events(max(0.0, min(timeouts)))
            if self._settings_changed():
                return None
            if changed is None or changed:
                return None if restless else changed
            if time.monotonic() >= next_scan:
                return None
            if done.again is not None and time.time() >= done.again:
                return None if restless else set()
        return set()

    def _events(self, timeout: float) -> set[str] | None:
        """Wait for the keys that changed, None for all; what waits already is merged."""
        changed: set[str] | None = set()
        with contextlib.suppress(queue.Empty):
            changed = self._changes.get(timeout=max(timeout, 0.001))
            for more in _drain(self._changes):
                changed = None if changed is None or more is None else changed | more
        return changed

    def _keys(self, paths: set[str]) -> set[str] | None:
        """Return the keys of changed paths, None where a folder changed: all is looked at."""
        root = os.path.realpath(self._publisher.settings.content.source)
        keys = set()
        for path in paths:
            if os.path.isdir(path) or not path.startswith(root + os.sep):
                return None
            keys.add(path[len(root) + 1 :])
        return keys

    def _listen(self) -> bool:
        """Listen to the folder that the root leads to now: a link may have been re-pointed.

        Tell whether that began only now.
        """
        if self._publisher.code is not None:
            return False
        folder = Path(os.path.realpath(self._publisher.settings.content.source))
        watcher = self._watcher
        if watcher is not None and watcher.folder == folder and watcher.alive:
            return False
        if watcher is not None:
            watcher.close()
        self._watcher = Watcher(folder, self._tell) if folder.is_dir() else None
        return self._watcher is not None

    def _tell(self, paths: set[str]) -> None:
        self._changes.put(self._keys(paths))

    def _stamps(self) -> Any:
        """Return what changes with the settings file and the authors file."""
        return _stamp(self._config), people.stamp(self._publisher.settings.content.authors)

    def _settings_changed(self) -> bool:
        stamp = self._stamps()
        if stamp == self._config_stamp:
            return False
        self._config_stamp = stamp
        self._publisher.reload()
        return True


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        if path is not None:
            status = path.stat()
            return status.st_mtime_ns, status.st_ino, status.st_size
    return None


def _drain(changes: queue.Queue[set[str] | None]) -> Iterator[set[str] | None]:
    with contextlib.suppress(queue.Empty):
        while True:
            yield changes.get_nowait()
