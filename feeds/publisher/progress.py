"""How far a long scan is: said every few seconds; and whether it may go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from feeds.errors import Stopped

EVERY_SECONDS = 5.0

log = logging.getLogger("feeds.publisher")


class Progress:
    """Says something once a scan takes longer than `EVERY_SECONDS`.

    Args:
        total: Counts all files; asked when there is something to say.

    Attributes:
        stop: Set when the program is to end.
    """

    def __init__(self, total: Callable[[], int | None]) -> None:
        self.stop = threading.Event()
        self._total, self._files = total, 0
        self._began = self._said = time.monotonic()

    def __call__(self, count: int, all_new: bool) -> None:
        """Take note of `count` files read since the scan began; 0: it begins.

        Args:
            all_new: Every file of the source will be read.

        Raises:
            Stopped: The program is to end.
        """
        if self.stop.is_set():
            raise Stopped("told to end before all files were read; those that were are kept")
        now = time.monotonic()
        if not count:
            self._began = self._said = now
            self._files = 0
            return
        if now - self._said < EVERY_SECONDS:
            return
        self._said = now
        rate = count / (now - self._began)
        if all_new and not self._files:
            self._files = self._total() or 0
        if self._files > count:
            left = (self._files - count) / rate
            shown = (
                f"{count:,} of {self._files:,} files read, {rate:,.0f} a second, {left:.0f} s left"
            )
        else:
            shown = f"{count:,} changed files read, {rate:,.0f} a second"
        log.info("%s", shown)
