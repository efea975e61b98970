"""Bodies rendered in worker processes: one that hangs is killed, and only its post loses."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Mapping
from concurrent.futures import TimeoutError as WallTimeout
from dataclasses import dataclass

from pebble import ProcessExpired, ProcessPool

from feeds.sources.markup import CPU_SECONDS, Body, TooSlow, render_bounded

WORKERS = 2
WALL_SECONDS = 20.0  # the backstop, where a C library does not look for signals
MEMORY_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One body to render; see `feeds.sources.markup.render`."""

    text: str
    key: str
    url: str
    prefix: str
    has_heading: bool


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
        if not jobs:
            return {}
        pool = self._pool = self._pool or _start()
        futures = {
            key: pool.schedule(
                render_bounded, args=[job.text, job.key, job.url, job.prefix, job.has_heading],
                timeout=WALL_SECONDS,
            )
            for key, job in jobs.items()
        }  # fmt: skip
        return {key: _result(future) for key, future in futures.items()}

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


def _start() -> ProcessPool:
    # forkserver: the publisher has threads, and forking those may deadlock.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["feeds.sources.markup"])
    return ProcessPool(max_workers=WORKERS, context=context, initializer=_limit_memory)


def _limit_memory() -> None:
    """Run in a worker: a body that eats memory must not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _result(future: object) -> Body | Failure:
    try:
        result = future.result()  # type: ignore[attr-defined]
    except (TooSlow, WallTimeout):
        message = f"the body takes more than {CPU_SECONDS:g} s to render: it goes out as a summary"
        return Failure(code="F040", message=message)
    except ProcessExpired:
        message = "the body ends the process that renders it: it goes out as a summary"
        return Failure(code="F041", message=message)
    except Exception as error:  # whatever an extension raises for one body stays with that body
        kind = type(error).__name__
        message = f"the body cannot be rendered ({kind}): it goes out as a summary"
        return Failure(code="F041", message=message)
    assert isinstance(result, Body)
    return result
