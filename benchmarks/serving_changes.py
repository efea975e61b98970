"""How long answers take while the content changes ten times a second; two workers."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks import peers
from benchmarks.load import Paced, load, paced
from benchmarks.peers import Server
from benchmarks.serving import ENTRIES, PAIRS, Figure, pairs, site

EDITS_A_SECOND = 10
SHARE = 0.2  # of what the server can do
SECONDS = 4.0
ASKED = ("/feed.xml", {"Accept-Encoding": "gzip"})
# As much processor time in each tenth of a second as the publisher took, and as nice.
_NEIGHBOUR = """
import os, sys, time
os.nice(5)
due, until = 0.0, time.monotonic()
while True:
    due += float(sys.argv[1]) / 10
    while time.process_time() < due: pass
    until = max(until + 0.1, time.monotonic())
    time.sleep(max(0, until - time.monotonic()))
"""


def measure(folder: Path) -> Iterator[Figure]:
    """Yield the p99 under changes to that beside an equally busy neighbour, in milliseconds."""
    if shutil.which("h2load") is None:
        print("  h2load is not installed (nghttp2-client); answers under change are left out")
        return
    site(folder, 100)
    with peers.feeds(folder) as ours:
        rate = statistics.median(load(ours, [ASKED]).rate for _ in range(3)) * SHARE
        found, busy, tags = [], [], set()
        for _ in range(PAIRS):
            changing, share = _changing(ours, folder, rate, tags)
            quiet = _quiet(ours, rate, share)
            assert changing.failed == quiet.failed == 0, (changing.failed, quiet.failed)
            found.append((changing.p99, quiet.p99))
            busy.append(share)
    print(
        f"  {rate:,.0f} requests a second; no failure; {len(tags)} versions seen; "
        f"the publisher took {statistics.median(busy):.0%} of a processor"
    )
    yield "p99 while content changes 10 times a second, to quiet", found, "goal: at most 3"


def workers(folder: Path) -> Iterator[Figure]:
    """Yield the processor time of an answer with two workers to that with one."""
    site(folder, 100)
    alone, both = (peers.feeds(folder, "--no-watch", "--workers", count) for count in "12")
    with alone as one, both as two:
        found = pairs((two, [ASKED]), (one, [ASKED]))
        cpu = [(ours.cpu, reference.cpu) for ours, reference in found]
        yield "CPU of an answer with two workers, to one", cpu, "goal: at most 1.1"
        if shutil.which("h2load"):  # a busier process sleeps and wakes less often for each answer
            rate = statistics.median(reference.rate for _, reference in found) / 2
            cpu = [(_cpu_at(two, rate), _cpu_at(one, rate)) for _ in range(PAIRS)]
            yield "the same at an equal rate, half of what one can do", cpu, "goal: at most 1.1"


def _cpu_at(server: Server, rate: float) -> float:
    before = server.cpu()
    answers = len(paced(server, ASKED, rate, 2).milliseconds)
    return (server.cpu() - before) / answers * 1e6


def _changing(server: Server, folder: Path, rate: float, tags: set[str]) -> tuple[Paced, float]:
    """Edit a post again and again under load; return also the publisher's share of a processor."""
    ended = threading.Event()
    editor = threading.Thread(target=_edit, args=(server, folder, ended, tags))
    before, begun = _publishing(server), time.monotonic()
    editor.start()
    try:
        found = paced(server, ASKED, rate, SECONDS)
    finally:
        ended.set()
        editor.join()
    return found, (_publishing(server) - before) / (time.monotonic() - begun)


def _edit(server: Server, folder: Path, ended: threading.Event, tags: set[str]) -> None:
    posts = sorted((folder / "content").rglob("*.md"))[-ENTRIES:]  # those that the feed lists
    for number, path in enumerate(cycle(posts)):  # in turn, as each has to be still
        if ended.wait(1 / EDITS_A_SECOND):
            return
        fresh = path.with_suffix(".tmp")
        fresh.write_text(f"{path.read_text()}\nEdit {number}.\n", encoding="utf-8")
        fresh.replace(path)
        tags.add(server.get()[0]["ETag"])


def _quiet(server: Server, rate: float, share: float) -> Paced:
    neighbour = subprocess.Popen([sys.executable, "-c", _NEIGHBOUR, str(share)])
    try:
        return paced(server, ASKED, rate, SECONDS)
    finally:
        neighbour.kill()
        neighbour.wait()


def _publishing(server: Server) -> float:
    """Return the seconds of processor time of the publisher and its render processes."""
    others = peers.children(server.pid, threads=True) - set(server.workers())
    return sum(
        peers.cpu(pid)
        for publisher in others
        for pid in {publisher} | peers.children(publisher, threads=True)
    )
