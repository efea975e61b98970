"""Many files read at once, in processes that import only what reading needs."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from typing import NamedTuple, Self

from pebble import ProcessExpired, ProcessPool

from feeds.children import Children
from feeds.index.looking import Looked, look
from feeds.sources.folder import Stamp
from feeds.sources.protocol import Files
from feeds.sources.surroundings import Surroundings

AHEAD = 3  # batches that are read while one is written
CHUNK = 250  # files that are read by one process at a time
GC_ALLOCATIONS = 50_000  # rows are no garbage until they are sent


class Job(NamedTuple):
    """A file to be read; `raw`: digest of the bytes that are held, None for a new one."""

    stamp: Stamp
    raw: str | None


class Reader:
    """Reads files as a source has them now, in this process."""

    def __init__(self, source: Files, site: Surroundings, now_ns: int) -> None:
        self._source, self._site, self._now_ns = source, site, now_ns

    def read(self, jobs: Iterable[Job]) -> list[Looked]:
        """Return what became of each file."""
        return [look(self._source, self._site, *job, self._now_ns) for job in jobs]


class Readers:
    """The same in several processes, in the order of the files."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        context = Children()
        context.set_forkserver_preload(["feeds.index.workers"])
        self._pool = ProcessPool(
            max_workers=min(4, os.cpu_count() or 1), context=context,
            initializer=_take, initargs=[reader],
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def over(self, batches: Iterable[list[Job]]) -> Iterator[list[Looked]]:
        """Yield what became of the files of each batch; a few batches are read ahead."""
        waiting: deque[list[tuple[list[Job], Future[list[Looked]]]]] = deque()
        for batch in batches:
            chunks = [batch[start : start + CHUNK] for start in range(0, len(batch), CHUNK)]
            waiting.append([(chunk, self._pool.schedule(_read, args=[chunk])) for chunk in chunks])
            if len(waiting) > AHEAD:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, chunks: list[tuple[list[Job], Future[list[Looked]]]]) -> list[Looked]:
        found: list[Looked] = []
        for jobs, future in chunks:
            try:
                found += future.result()
            except (ProcessExpired, BrokenExecutor, CancelledError):  # one was killed
                found += self._reader.read(jobs)
        return found


_own: Reader


def _take(reader: Reader) -> None:
    """Run in a worker, first: every file is read with the same surroundings."""
    global _own  # noqa: PLW0603 (a worker is one process, and reads for one scan)
    _own = reader
    gc.freeze()  # what was imported is never garbage
    gc.set_threshold(GC_ALLOCATIONS)


def _read(jobs: list[Job]) -> list[Looked]:
    return _own.read(jobs)
