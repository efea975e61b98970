"""`make soak`: a service under load while its content changes, and killed inside transactions.

Eight clients ask for all documents of `feeds serve --workers 2` while an author adds, edits,
deletes, renames and schedules posts. Then the publisher is killed inside open transactions, the
load going on. Every answer is checked; the end is compared with a cold start. It prints what it
did and found, and exits with 1 if anything was wrong; the folder is kept then.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import Server, Site
from soak_author import Author
from soak_clients import Report, hammer
from soak_figures import Figures
from soak_history import History
from soak_kills import kills
from soak_state import differences, disagreements, unserved

SHOWN_FAULTS = 40


class Soak:
    """One run in `folder`; `faults` is what was wrong."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.site = Site(folder / "site")
        self.state = self.site.root / ".feeds"
        self.stop = threading.Event()
        self.author = Author(self.site, self.stop, seed)
        self.faults: list[str] = []

    def run(self, seconds: float, count: int) -> None:
        with (
            self.site.serve("granian", "--workers", "2") as server,
            self._loaded(server) as history,
        ):
            figures_over = threading.Event()
            figures = Figures(server, figures_over)
            figures.start()
            self.author.start()
            time.sleep(seconds)
            figures_over.set()
            figures.join()
            self._end(server, history, "after the load")
            for line, flat in figures.lines():
                say(line)
                self.faults += [] if flat else [f"not flat: {line}"]
            self._kill(server, history, count)
            self._end(server, history, "after the kills")

    @contextmanager
    def _loaded(self, server: Server) -> Iterator[History]:
        """Let the clients ask, and judge what they saw at the end."""
        history = History(self.state, self.stop)
        history.start()
        context = multiprocessing.get_context("spawn")
        begun, over, answers = context.Event(), context.Event(), context.Queue()
        wanted = (server.port, self.state, begun, over, answers)
        clients = context.Process(target=hammer, args=wanted)
        clients.start()
        begun.wait(60)
        try:
            yield history
            over.set()
            self._judge(answers.get(timeout=60), history)
        finally:
            over.set()
            self.stop.set()
            clients.join(60)
            clients.kill()
            history.join(10)
            if self.author.is_alive():
                self.author.join(10)

    def _judge(self, report: Report, history: History) -> None:
        say(f"clients: {dict(report.counts)}; {len(report.seen)} versions of documents seen")
        say(f"store: {sum(map(len, history.versions.values()))} versions of "
            f"{len(history.versions)} documents")  # fmt: skip
        say(f"author: {dict(self.author.done)}")
        self.faults += [*report.faults, *history.faults, *self.author.faults]
        self.faults += history.judge(report.seen)
        self.faults += history.judge_missing(report.missing)

    def _end(self, server: Server, history: History, when: str) -> None:
        """Compare with a cold start, once nothing is scheduled any more."""
        self.author.calm = True
        while self.author.waiting:
            time.sleep(0.1)
        with self.author.pause():
            history.quiet(4)
            found = [
                *disagreements(self.state),
                *unserved(server, self.state),
                *differences(self.site, self.site.root.parent),
            ]
        say(f"{when}: {'equal to a cold start' if not found else found[0]}")
        self.faults += [f"{when}: {fault}" for fault in found]

    def _kill(self, server: Server, history: History, count: int) -> None:
        done = kills(server, self.site, self.author, history, count)
        for number, (kill, faults) in enumerate(done, 1):
            say(f"{number:3} {kill}: {'all agrees' if not faults else faults[0]}")
            self.faults += [f"kill {number}: {fault}" for fault in faults]


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of load, before the kills")
    parser.add_argument("--kills", type=int, help="default: one for each 15 seconds of load")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = parser.parse_args()
    count = asked.kills if asked.kills is not None else max(3, int(asked.seconds / 15))
    folder = Path(tempfile.mkdtemp(prefix="feeds-soak-"))
    say(f"seed {asked.seed}, {asked.seconds:g} s, {count} kills, in {folder}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # nothing is left behind
    soak = Soak(folder, asked.seed)
    try:
        soak.run(asked.seconds, count)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        soak.faults.append(f"the run ended early: {error!r}")
    for fault in soak.faults[:SHOWN_FAULTS]:
        say(f"FAULT {fault}")
    if soak.faults:
        say(f"{len(soak.faults)} faults; everything is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    say("no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
