"""Run measurements, print them as ratios, and keep them: `python -m benchmarks [NAME …]`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from benchmarks import (
    building,
    changing,
    checking,
    cold,
    growth,
    machine,
    plots,
    serving,
    serving_changes,
    serving_junk,
    tools,
    warm,
)
from benchmarks.figures import Figure, Point, short
from benchmarks.options import Options
from benchmarks.results import Results

Measurement = Callable[[Path, Options], Iterator[Any]]


def _without_options(measure: Callable[[Path], Iterator[Any]]) -> Measurement:
    return lambda folder, _: measure(folder)


MEASUREMENTS: dict[str, Measurement] = {
    "serving": _without_options(serving.measure),
    "serving-junk": _without_options(serving_junk.measure),
    "serving-changes": _without_options(serving_changes.measure),
    "serving-workers": _without_options(serving_changes.workers),
    "cold": cold.measure,
    "scan": warm.scan,
    "restart": warm.restart,
    "change": changing.measure,
    "growth": growth.measure,
    "tags": growth.tags,
    "build": building.cold,
    "build-again": building.again,
    "check": checking.cold,
    "check-again": checking.warm,
}


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASUREMENTS):
        parser.error(f"{', '.join(unknown)}: there are {', '.join(MEASUREMENTS)}")
    if arguments.install:
        tools.install()
    if tools.missing():
        print(tools.said(), flush=True)
    results, machine_now, failed = Results(), machine.described(), list[str]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays behind
    arguments.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=arguments.cache) as folder:
        options = Options(
            cache=arguments.cache, work=Path(folder), posts=arguments.posts,
            pairs=arguments.pairs, port=arguments.port,
        )  # fmt: skip
        for name in arguments.names or MEASUREMENTS:
            began = time.monotonic()
            yielded: list[Any] = []
            try:
                yielded.extend(_measured(name, Path(folder) / name, options))
            except Exception as error:  # the others are measured all the same
                traceback.print_exc()
                yielded.append(f"It ended early: {error!r}")
                failed.append(name)
            if not arguments.trial:
                command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
                took = time.monotonic() - began
                results.keep(name, yielded, command, machine_now, took)
                results.show(list(MEASUREMENTS), plots.draw(results))
    if failed:
        sys.exit(f"ended early: {', '.join(failed)}")


def _measured(name: str, folder: Path, options: Options) -> Iterator[Any]:
    """Yield what a measurement does, and print it at once."""
    for found in MEASUREMENTS[name](folder, options):
        # Those of serving are plain tuples.
        one = found if isinstance(found, (Figure, Point, str)) else Figure(*found)
        if isinstance(one, Point):
            print(f"{one.posts:,} posts: {short(one.value)} ({one.curve})", flush=True)
        else:
            print(one, flush=True)
        yield one


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"some of: {', '.join(MEASUREMENTS)}; all by default")  # fmt: skip
    parser.add_argument("--posts", type=int, default=1_000_000, help="no site has more")
    parser.add_argument("--pairs", type=int, help="measure everything so often")
    parser.add_argument("--port", type=int, default=18400, help="the first of some free ports")
    parser.add_argument("--trial", action="store_true", help="print results and keep none")
    parser.add_argument("--install", action="store_true",
                        help="install missing programs: as root on Debian")  # fmt: skip
    parser.add_argument("--cache", type=Path, default=user_cache_path("feeds-bench"),
                        help="where posts are kept for the next run  [%(default)s]")  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
