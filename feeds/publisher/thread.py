"""The publisher's loop within somebody's program: in a thread, or as all that it does."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from feeds.publisher.bell import ring
from feeds.publisher.lock import stand_by
from feeds.settings import Settings
from feeds.sources.protocol import Source

RESTART_SECONDS = 10.0
STOP_SECONDS = 5.0  # a pass that takes longer is cut short; what it wrote is whole

log = logging.getLogger("feeds.publisher")


class PublisherThread:
    """Publishes in a daemon thread while this process has the site's lock; others stand by.

    Args:
        config: The settings file, if `load` reads one: publish again when it changes.
    """

    def __init__(
        self,
        state: Path,
        load: Callable[[], Settings],
        config: Path | None,
        source: Source | None,
    ) -> None:
        self._state, self._load, self._config, self._source = state, load, config, source
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock: int | None = None

    def start(self) -> None:
        """Return at once; the publishing ends with `stop`, and when the program does."""
        self._thread = threading.Thread(target=self._run, name="feeds-publisher", daemon=True)
        self._thread.start()
        # A copy of the lock in a forked child would outlive this process.
        os.register_at_fork(after_in_child=self._forget)

    def stop(self) -> None:
        """Finish what is being written, and wait for that, but not for long."""
        self._stop.set()
        if self._thread is not None and self._thread.is_alive():
            ring(self._state, ())
            self._thread.join(STOP_SECONDS)

    def _forget(self) -> None:
        self._thread = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _run(self) -> None:
        # First: what it imports ends its own workers at exit, which has to come after `stop`,
        # or posts whose rendering was cut short would be taken for posts that cannot be.
        import feeds.publisher.run  # noqa: F401, PLC0415

        atexit.register(self.stop)
        while not self._stop.is_set():
            try:
                self._lock = stand_by(self._state, self._stop, log.info)
                if self._lock is not None:
                    publish_until(self._stop, self._lock, self._load, self._config, self._source)
            except Exception:
                log.exception("the publisher ended; it starts again in %g s", RESTART_SECONDS)
                self._stop.wait(RESTART_SECONDS)
            finally:
                self._lock = None


def publish_until(
    stop: threading.Event,
    lock: int,
    load: Callable[[], Settings],
    config: Path | None,
    source: Source | None,
) -> None:
    """Publish, and again at every change, until `stop` is set; `lock` is released then."""
    from feeds.publisher.run import Publisher  # noqa: PLC0415 (a second of imports, where needed)
    from feeds.publisher.watch import Loop  # noqa: PLC0415

    try:
        publisher = Publisher(load, time.time, lock, source=source)
    except BaseException:
        os.close(lock)
        raise
    with publisher:
        Loop(publisher, config, stop).run()
