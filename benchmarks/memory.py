"""Memory of processes, as proportional set size: what two of them share counts half in each."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

STEP_SECONDS = 0.05


def tree(pid: int) -> list[int]:
    """Return a process and all that it started, and they, as far as they live."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def pss(pid: int) -> int:
    """Return the bytes of one process; 0: it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def all_of(pid: int) -> int:
    """Return the bytes of a process and all that it started."""
    return sum(map(pss, tree(pid)))


def command(pid: int) -> str:
    """Return the command line of a process; empty: it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


class Peak:
    """Samples a process and all that it started, within a `with` block.

    Looking takes some milliseconds of one core: what is timed against a peer is not looked at.
    """

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(STEP_SECONDS):
            self.bytes = max(self.bytes, all_of(self._pid))
