"""A bell on the state folder: `Feeds.changed` rings it, in any thread of any process.

It is a FIFO: no port, no limit on the length of its path, and nothing stays in it when
its listener ends.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

FIFO = "changed"
MOST_BYTES = 512  # POSIX: writes of up to so many are whole, or nothing is written
FULL_BYTES = 4096 - 2 * MOST_BYTES  # the smallest pipe that Linux makes; what is rung then is lost

log = logging.getLogger("feeds.publisher")


def ring(state: Path, keys: Iterable[str] | None = None) -> None:
    """Tell the publisher which keys changed (None: look at everything), and return at once.

    Where none runs nothing is lost: it looks at everything when it starts.
    """
    if isinstance(keys, str):
        keys = [keys]
    line = json.dumps(None if keys is None else sorted(set(keys))).encode() + b"\n"
    try:
        descriptor = os.open(state / FIFO, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        log.warning("%s cannot be written: changes show a minute later", state / FIFO)
        return
    except OSError:
        return  # nobody listens
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(descriptor, line if len(line) <= MOST_BYTES else b"null\n")
    os.close(descriptor)


class Bell:
    """Listens from its making until `close`.

    Args:
        rung: Called in a thread with the keys that changed, None for all.
    """

    def __init__(self, state: Path, rung: Callable[[set[str] | None], None]) -> None:
        self._rung, self._closed = rung, False
        with contextlib.suppress(FileExistsError):
            os.mkfifo(state / FIFO)
        # Writing as well: it would end with the first writer otherwise.
        self._descriptor = os.open(state / FIFO, os.O_RDWR | os.O_CLOEXEC)
        threading.Thread(target=self._run, name="feeds-bell", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        os.write(self._descriptor, b"null\n")

    def _run(self) -> None:
        while (rung := os.read(self._descriptor, 1 << 20)) and not self._closed:
            self._rung(_keys(rung))
        os.close(self._descriptor)


def _keys(rung: bytes) -> set[str] | None:
    """Return what all lines name; None where one names all, or some may have been lost."""
    keys: set[str] = set()
    for line in rung.splitlines() if len(rung) <= FULL_BYTES else [b"null"]:
        try:
            keys.update(json.loads(line))
        except (ValueError, TypeError):  # null, or nothing of ours
            return None
    return keys
