"""One publisher for each site: a lock on the state folder, which ends with its holder."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

from feeds.errors import PublisherRunning

LOCK = "publisher.lock"
STANDBY_SECONDS = 0.5


def take_lock(state: Path, *, wait: bool = False) -> int:
    """Return a descriptor that holds the lock until it, and every copy of it, is closed.

    Raises:
        PublisherRunning: Another process holds it, and `wait` is off.
    """
    state.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise PublisherRunning(f"another process publishes from {state}") from None
    return descriptor


def stand_by(state: Path, stop: threading.Event, say: Callable[[str], object]) -> int | None:
    """Return the lock, as soon as no other publisher has it; None where `stop` came first."""
    said = False
    while not stop.is_set():
        try:
            return take_lock(state)
        except PublisherRunning as error:
            if not said:
                say(f"{error}; this one waits to take over")
                said = True
            stop.wait(STANDBY_SECONDS)
    return None
