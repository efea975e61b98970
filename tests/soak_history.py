"""Which version of each document was current when, and whether what clients saw fits that."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soak_clients import Missing, Seen
from soak_state import rows

STEP_SECONDS = 0.01


@dataclass
class Version:
    """A document from one change to the next; digest empty: it is gone. Times are monotonic.

    Attributes:
        not_before: It was not in the store yet.
        announced: Workers had been told of it by then.
    """

    digest: str
    last_modified: int
    revision: int
    not_before: float
    announced: float | None = None


class History(threading.Thread):
    """Follows the documents of a state folder until `stop` is set."""

    def __init__(self, state: Path, stop: threading.Event) -> None:
        super().__init__(name="history")
        self._state, self._stop_event = state, stop
        self.versions: dict[str, list[Version]] = defaultdict(list)
        self.faults: list[str] = []
        self.revision = 0
        self._read_at = 0.0
        self._waiting: list[Version] = []

    def run(self) -> None:
        with (self._state / "revision").open("rb", buffering=0) as shared:
            while not self._stop_event.wait(STEP_SECONDS):
                began = time.monotonic()
                shared.seek(0)
                self._announce(int.from_bytes(shared.read(8), "little"))
                self._take()
                self._read_at = began

    def _take(self) -> None:
        # A connection for each time, as workers have: one that stays would keep what they need
        # from a publisher that was killed.
        found = rows(
            self._state / "index.db",
            "SELECT path, digest, last_modified, revision, format FROM documents"
            f" WHERE revision > {self.revision} ORDER BY revision",
        )
        for path, digest, modified, revision, kind in found:
            self.revision = revision
            known = self.versions[path]
            shown = "" if kind == "gone" else digest
            if known and (known[-1].digest, known[-1].last_modified) == (shown, modified):
                continue
            last = next((one for one in reversed(known) if one.digest), None)
            # One that was gone meanwhile comes back as it was.
            back = last is not None and (last.digest, last.last_modified) == (shown, modified)
            if last is not None and shown and not back and modified <= last.last_modified:
                self.faults.append(f"{path}: Last-Modified is not later than before: {modified}")
            known.append(Version(shown, modified, revision, self._read_at))
            self._waiting.append(known[-1])

    def _announce(self, shared: int) -> None:
        now = time.monotonic()
        for version in self._waiting:
            if version.revision <= shared:
                version.announced = now
        self._waiting = [version for version in self._waiting if version.announced is None]

    def quiet(self, seconds: float, timeout: float = 60) -> None:
        """Wait until nothing was published for some time.

        Raises:
            TimeoutError: Something always was.
        """
        deadline, since, before = time.monotonic() + timeout, time.monotonic(), self.revision
        while time.monotonic() - since < seconds:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still publishing after {timeout} s")
            time.sleep(0.05)
            if self.revision != before:
                since, before = time.monotonic(), self.revision

    def judge(self, seen: dict[tuple[str, str, int], Seen]) -> Iterator[str]:
        """Yield what clients saw though it was not current at any moment of their request."""
        for (path, digest, modified), times in seen.items():
            known = self.versions[path]
            found = [
                n for n, one in enumerate(known)
                if (one.digest, one.last_modified) == (digest, modified)
            ]  # fmt: skip
            if not found:
                yield f"{path}: {digest} of {modified} was never in the store"
                continue
            if times.first_end < known[found[0]].not_before:
                yield f"{path}: {digest} was seen before it was stored"
            after = known[found[-1] + 1 :]
            if after and after[0].announced and times.last_start > after[0].announced:
                late = 1000 * (times.last_start - after[0].announced)
                yield f"{path}: {digest} was served though asked for {late:.0f} ms after the next"

    def judge_missing(self, missing: list[Missing]) -> Iterator[str]:
        """Yield each 404 of a document that was there all the time."""
        for path, start, end in missing:
            known = self.versions[path]
            for version, after in zip(known, [*known[1:], None], strict=True):
                until = after.announced if after and after.announced else float("inf")
                if not version.digest and version.not_before <= end and start <= until:
                    break
            else:
                if not known or known[0].announced is None or start > known[0].announced:
                    yield f"{path}: 404 while it was there"
