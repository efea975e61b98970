"""An event that a signal handler may set.

`threading.Event` may not: a handler that runs while its own thread is about to wait waits
for itself, or sets the flag just after it was looked at, and the process ignores SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Iterator


class SignalEvent(threading.Event):
    """Wakes its waiter through a pipe: no lock is taken, and no wake-up is lost.

    Make it in the main thread. The system may hand a signal to another thread, where
    Python only notes it: the wake-up descriptor then ends the main thread's wait.
    """

    def __init__(self) -> None:
        super().__init__()
        self._given = False
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)

    def is_set(self) -> bool:
        """Tell whether it was set and not cleared since."""
        return self._given

    def set(self) -> None:
        """Wake the waiter; safe in signal handlers and from other threads."""
        self._given = True
        with contextlib.suppress(BlockingIOError):  # full: there is enough to wake it
            os.write(self._writing, b"1")

    def clear(self) -> None:
        """Forget that it was set."""
        self._given = False
        self._drain()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, for at most `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._given:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._reading], [], [], left)[0]:
                break
            self._drain()  # a signal was noted: its handler runs before the next look
        return self._given

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reading, 512):
                pass


@contextlib.contextmanager
def stop_signals() -> Iterator[SignalEvent]:
    """Turn SIGTERM and SIGINT into an event, so that what is being written is finished."""
    stop = SignalEvent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    yield stop
