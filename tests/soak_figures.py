"""Memory and open descriptors of a service's processes, and whether they stay flat."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from conftest import Server
from test_processes import publishers, session

STEP_SECONDS = 2.0
MOST_GROWTH = {"MB": 8.0, "descriptors": 6.0}  # from the second fifth of the time to the last


class Figures(threading.Thread):
    """Measures until `stop` is set; proportional set size in megabytes."""

    def __init__(self, server: Server, stop: threading.Event) -> None:
        super().__init__(name="figures")
        self._server, self._stop_event = server, stop
        self._found: dict[tuple[str, str], list[float]] = defaultdict(list)

    def run(self) -> None:
        names = self._names()
        while not self._stop_event.wait(STEP_SECONDS):
            for pid, name in names.items():
                with contextlib.suppress(OSError):
                    folder = Path(f"/proc/{pid}")
                    rollup = (folder / "smaps_rollup").read_text()
                    kilobytes = int(rollup.partition("\nPss:")[2].split()[0])
                    self._found[name, "MB"].append(kilobytes / 1000)
                    self._found[name, "descriptors"].append(len(list((folder / "fd").iterdir())))

    def _names(self) -> dict[int, str]:
        publishing = sorted(publishers(self._server))
        workers = [
            pid for pid in sorted(session(self._server))
            if pid not in publishing and pid != self._server.process.pid
            and pid in self._server.children()
        ]  # fmt: skip
        return {
            self._server.process.pid: "main",
            **{pid: f"worker {number}" for number, pid in enumerate(workers, 1)},
            publishing[0]: "publisher",
        }

    def lines(self) -> Iterator[tuple[str, bool]]:
        """Yield one line for each figure, and whether it is flat."""
        for (name, unit), found in self._found.items():
            fifth = max(1, len(found) // 5)
            early, late = found[fifth : 2 * fifth] or found, found[-fifth:]
            first, last = sum(early) / len(early), sum(late) / len(late)
            line = f"{name:10} {first:7.1f} → {last:7.1f} {unit}, at most {max(found):.1f}"
            yield line, last - first <= MOST_GROWTH[unit]
