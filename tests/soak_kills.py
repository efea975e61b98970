"""`kill -9` of the publisher while it is inside a transaction, and what must hold afterwards.

SQLite's writer holds a lock on one byte of the database's -shm file, and the kernel tells who.
The publisher is stopped as soon as it does; where it still does then, it is killed.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import Server, Site
from soak_author import Author
from soak_history import History
from soak_state import differences, disagreements, ids, lost, scanned, unserved
from test_processes import publishers

from feeds.index.database import INDEX, LEDGER

WRITER_BYTE = 120  # of the -shm file: WAL_WRITE_LOCK
_FLOCK = "hhqqi"
STABLE_SECONDS = 5.5  # who lives longer is started again at once
STEP_SECONDS, SPREAD_SECONDS = 0.0001, 0.003  # not always just after it began
BETWEEN = "between two commits"
KINDS = (LEDGER, INDEX, BETWEEN)
COLD_EVERY = 10  # kills


@dataclass(frozen=True)
class Kill:
    """One kill: after `waited` seconds; `tries` times the transaction had just been closed."""

    kind: str
    open: str
    pid: int
    waited: float
    tries: int

    def __str__(self) -> str:
        return (
            f"{self.kind}: killed {self.pid} with a transaction open in {self.open}, "
            f"after {self.waited:.2f} s and {self.tries} attempts"
        )


class Writer:
    """Tells who is writing a database."""

    def __init__(self, database: Path) -> None:
        self.name = database.name
        # Never closed: that would release the locks that this process has on the file (POSIX).
        self._file = os.open(f"{database}-shm", os.O_RDONLY)

    def pid(self) -> int:
        """Return whose transaction is open, 0 for nobody's."""
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, WRITER_BYTE, 1, 0)
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(self._file, fcntl.F_GETLK, asked))
        return 0 if kind == fcntl.F_UNLCK else pid


def kill_inside(
    databases: tuple[Writer, Writer], kind: str, publisher: int, timeout: float = 60
) -> Kill:
    """Kill the publisher inside an open transaction.

    Args:
        kind: The name of the database; `BETWEEN`: of two that are written together one was
            committed, the other was not.

    Raises:
        TimeoutError: It opened none.
    """

    def written() -> list[str]:
        return [one.name for one in databases if one.pid() == publisher]

    began, tries = time.monotonic(), 0
    time.sleep(random.uniform(0, 0.5))
    while time.monotonic() < began + timeout:
        if kind == BETWEEN and len(written()) == len(databases):
            while len(written()) == len(databases):
                pass
            wanted = written()
        else:
            wanted = [kind] if kind in written() else []
            time.sleep(random.uniform(0, SPREAD_SECONDS) if wanted else STEP_SECONDS)
        if wanted:
            os.kill(publisher, signal.SIGSTOP)
            _await_stop(publisher)
            if set(wanted) <= set(found := written()) and (kind != BETWEEN or len(found) == 1):
                os.kill(publisher, signal.SIGKILL)
                return Kill(kind, " and ".join(found), publisher, time.monotonic() - began, tries)
            os.kill(publisher, signal.SIGCONT)
            tries += 1
    raise TimeoutError(f"no transaction of {publisher} within {timeout} s")


def _await_stop(pid: int) -> None:
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "Tt":
        time.sleep(0.0001)


def _publisher(server: Server, before: int = 0) -> int:
    """Return the publisher's process id, once there is one that is not `before`."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [pid for pid in publishers(server) if pid != before]
        if found:
            return min(found)  # its rendering processes are forks of it, and younger
        time.sleep(0.05)
    raise TimeoutError("the publisher was not started again within 30 s")


def _await_scan(state: Path, after: float) -> None:
    deadline = time.monotonic() + 60
    while scanned(state) <= after:
        if time.monotonic() > deadline:
            raise TimeoutError("the publisher did not look at the folder within 60 s")
        time.sleep(0.1)


def kills(
    server: Server, site: Site, author: Author, history: History, count: int
) -> Iterator[tuple[Kill, list[str]]]:
    """Kill the publisher again and again; yield each time what did not agree afterwards."""
    state = site.root / ".feeds"
    pid = _publisher(server)
    for number in range(1, count + 1):
        time.sleep(STABLE_SECONDS)
        before = ids(state)
        databases = Writer(state / LEDGER), Writer(state / INDEX)
        kill = kill_inside(databases, KINDS[number % len(KINDS)], pid)
        with author.pause():
            killed_at = time.time()
            pid = _publisher(server, pid)
            _await_scan(state, killed_at)
            history.quiet(3)
            faults = [*disagreements(state), *lost(before, state), *unserved(server, state)]
            if number % COLD_EVERY == 0 or number == count:
                faults += differences(site, site.root.parent)
        yield kill, faults
