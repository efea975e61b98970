"""Keeps one publisher running beside the web workers, as a process of its own."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from feeds.publisher.lock import take_lock

RESPAWN_SECONDS = 0.3
STABLE_SECONDS = 5.0  # who ends sooner, again and again, is started less and less often
SLOWEST_SECONDS = 10.0

log = logging.getLogger("feeds.keeper")


class Keeper:
    """Starts the publisher when this process gets the site's lock, and again when it ends.

    The lock is handed on to the child. Whoever waits for it (another worker's keeper)
    takes over when both are gone. The child ends when this process does: it reads a pipe
    that the kernel closes.

    Args:
        state: The state folder.
        arguments: Further arguments of `feeds publish`.
        environ: The child's environment; None: this process's.
    """

    def __init__(
        self, state: Path, arguments: tuple[str, ...] = (), environ: Mapping[str, str] | None = None
    ) -> None:
        self._state, self._arguments, self._environ = state, arguments, environ
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Return at once; the rest happens in a thread.

        The thread is made here: one made before a fork (`--preload`) could not start.
        """
        self._thread = threading.Thread(target=self._run, name="feeds-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the publisher and wait for it."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        if self._thread is not None:
            self._thread.join(1)

    def _run(self) -> None:
        lock = take_lock(self._state, wait=True)
        pause = RESPAWN_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            code = self._publish(lock)
            if code == 0 or self._stopping.is_set():
                break
            lived = time.monotonic() - started
            pause = RESPAWN_SECONDS if lived > STABLE_SECONDS else min(pause * 2, SLOWEST_SECONDS)
            log.warning("the publisher ended (%s); it starts again in %.1f s", code, pause)
            self._stopping.wait(pause)
        os.close(lock)

    def _publish(self, lock: int) -> int:
        command = [sys.executable, "-m", "feeds", "publish", "--kept", str(lock), *self._arguments]
        # Without closing descriptors (ours close themselves, PEP 446) this is posix_spawn. With
        # fork and exec it would wait for a pipe that a web worker forked meanwhile holds open.
        os.set_inheritable(lock, True)
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, close_fds=False, env=self._environ
        ) as child:
            self._child = child
            if self._stopping.is_set():
                child.terminate()
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()
        return 0
