"""Bodies rendered in worker processes: one that hangs is killed, and only its post loses."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from feeds.children import Children
from feeds.sources.markup import CPU_SECONDS, Body, TooSlow, render_bounded

WORKERS = 2
WALL_SECONDS = 10.0  # the backstop, where a C library does not look for signals
MEMORY_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One body to render; see `feeds.sources.markup.render`."""

    text: str
    key: str
    url: str
    prefix: str
    has_heading: bool
    syntax: frozenset[str]

    def arguments(self) -> list[Any]:
        """Return what `render_bounded` takes."""
        return [self.text, self.key, self.url, self.prefix, self.has_heading, self.syntax]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A body that could not be rendered: code and message of the problem."""

    code: str
    message: str


class Renderer:
    """A pool of workers, started when the first body is to be rendered."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None

    def render(self, jobs: Mapping[str, Job]) -> dict[str, Body | Failure]:
        """Render all jobs; what fails says why."""
        results = self._attempt(jobs)
        lost = {key: job for key, job in jobs.items() if results[key] is None}
        if lost:  # a worker was killed, perhaps with the pool's lock in its hands
            self.close()
            results |= self._attempt(lost)
        gone = Failure(code="F041", message="the process that renders the body ends each time")
        return {key: result or gone for key, result in results.items()}

    def _attempt(self, jobs: Mapping[str, Job]) -> dict[str, Body | Failure | None]:
        """Render; None for jobs of which nothing came back."""
        if not jobs:
            return {}
        if self._pool is not None and not self._pool.active:
            self.close()  # its workers were killed while there was nothing to do
        pool = self._pool = self._pool or _start()
        futures = {
            key: pool.schedule(render_bounded, args=job.arguments(), timeout=WALL_SECONDS)
            for key, job in jobs.items()
        }
        deadline = time.monotonic() + WALL_SECONDS * (len(jobs) // WORKERS + 2)
        return {key: _result(future, deadline) for key, future in futures.items()}

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            with contextlib.suppress(TimeoutError):
                self._pool.join(5)
            self._pool = None


def _start() -> ProcessPool:
    context = Children()
    context.set_forkserver_preload(["feeds.sources.markup"])
    return ProcessPool(max_workers=WORKERS, context=context, initializer=_limit_memory)


def _limit_memory() -> None:
    """Run in a worker: a body that eats memory must not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _result(future: Future[Body], deadline: float) -> Body | Failure | None:
    try:
        return future.result(max(0.0, deadline - time.monotonic()))
    except (TooSlow, TimeoutError):
        if not future.done():
            return None
        message = f"the body takes more than {CPU_SECONDS:g} s to render: it goes out as a summary"
        return Failure(code="F040", message=message)
    except (ProcessExpired, BrokenExecutor, CancelledError):  # the last: the program ends
        return None
    except Exception as error:  # whatever an extension raises for one body stays with that body
        kind = type(error).__name__
        message = f"the body cannot be rendered ({kind}): it goes out as a summary"
        return Failure(code="F041", message=message)
