"""Events of a folder, as far as the system sends them: hints where to look.

What watchfiles keeps silent about is answered by listening anew, which either covers every
folder there is or says why it cannot:

- Folders that come beyond the system's limit are not followed.
- An overflow of the kernel's queue is passed over. The queue holds 16,384 events as a rule, three
  or more for each file written: it overflows only where thousands of files change at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import watch

STEP_MS, MOST_MS = 10, 400  # events that follow each other within a step are one batch
MANY = 1000  # paths in a batch: the kernel's queue may have overflown

log = logging.getLogger("feeds.publisher")

Identity = tuple[str, int, int]


def identity(folder: Path) -> Identity | None:
    """Return what tells a folder from one that is put in its place; None: there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return os.path.realpath(folder), status.st_dev, status.st_ino


class Watcher:
    """Listens to a folder from its making until `close`, or until that fails.

    Args:
        tell: Called in a thread with the keys that changed; None: look at everything, as
            listening has just begun, or failed.

    Attributes:
        folder: Without links.
        batches: How often something was heard.
        begun: Events come.
        gone: None come any more, as there was no such folder for a moment.
        failed: Why else none come any more.
    """

    def __init__(self, folder: Path, tell: Callable[[set[str] | None], None]) -> None:
        self.folder, self._tell = os.path.realpath(folder), tell
        self.batches, self.begun, self.failed, self._closed = 0, False, "", False
        self.gone = False
        threading.Thread(target=self._run, name="feeds-events", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._closed = True

    def is_set(self) -> bool:
        """Tell watchfiles whether to stop; that it asks shows that it listens."""
        if not self.begun and not self._closed:
            self.begun = True
            self._tell(None)
        return self._closed

    def _run(self) -> None:
        try:
            while not self._closed:
                self._listen()
                self.begun = False
        except FileNotFoundError:  # one put in its place may have the same inode
            self.gone, self.begun = True, False
            self._tell(None)
        except Exception as error:
            self.failed, self.begun = str(error), False
            self._tell(None)

    def _listen(self) -> None:
        """Tell what changes, until there is reason to listen anew."""
        events = watch(
            self.folder,
            watch_filter=None,
            step=STEP_MS,
            debounce=MOST_MS,
            stop_event=self,
            rust_timeout=1000,
            yield_on_timeout=False,
            # It would pass over every other error too, and leave folders unwatched without a word.
            ignore_permission_denied=False,
        )
        with contextlib.closing(events):
            for changes in events:
                self.batches += 1
                paths = {path for _, path in changes}
                if len(paths) >= MANY:
                    log.warning("%d files changed at once in %s: events may be lost, so all of it "
                                "is looked at", len(paths), self.folder)  # fmt: skip
                    return
                if any(os.path.isdir(path) or path == self.folder for path in paths):
                    return
                self._tell({os.path.relpath(path, self.folder) for path in paths})
