"""Warm answers of one document, against a bare callable and against what people use instead."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus, peers
from benchmarks.load import Load, Request, load, missing
from benchmarks.peers import Server

PAIRS = 7
ENTRIES = 27  # of about 1.1 kB, so that the feed is of about 30 kB
Figure = tuple[str, list[tuple[float, float]], str]


def measure(folder: Path) -> Iterator[Figure]:
    """Yield the ratios of rates for 200 (gzip) and for 304; processor time is printed."""
    site(folder, 100)
    command = [sys.executable, "-m", "feeds", "build", "--output", "public"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with peers.feeds(folder, "--no-watch") as ours:
        body = folder / "body.gz"
        body.write_bytes(ours.get()[1])
        plain = (folder / "public" / "feed.xml").stat().st_size
        print(f"  feed.xml: {plain:,} bytes, {body.stat().st_size:,} in gzip{missing()}")
        posts = folder / "public" / "feed.json"
        with peers.bare("full", body) as bare:
            yield _whole(ours, bare, "a bare callable", "goal: at least 0.9")
        with peers.bare("not_modified", body) as bare:
            yield _held(ours, bare, "a bare callable", "goal: at least 0.9")
        with peers.nginx(folder / "public") as nginx:
            if nginx is not None:
                yield _whole(ours, nginx, "nginx", "")
                yield _held(ours, nginx, "nginx", "")
        with peers.django(posts) as django:
            yield _whole(ours, django, "Django's cached view", "goal: at least 8")
            yield _held(ours, django, "Django's cached view", "goal: at least 8")
        with peers.flask(posts) as flask:
            yield _whole(ours, flask, "Flask with feedgen", "")


def site(folder: Path, posts: int) -> None:
    """Write a site whose main feed is of about 30 kB."""
    corpus.write(folder / "content", posts, body_bytes=400)
    text = '[site]\nurl = "https://example.org/"\ntitle = "Example"\ntimezone = "UTC"\n'
    text += f"[feeds]\nentries = {ENTRIES}\n"
    (folder / "feeds.toml").write_text(text)


def pairs(
    ours: tuple[Server, list[Request]], reference: tuple[Server, list[Request]], count: int = PAIRS
) -> list[tuple[Load, Load]]:
    """Measure two servers in turn, after one turn that does not count."""
    found = [(load(*ours), load(*reference)) for _ in range(count + 1)]
    return found[1:]


def _whole(ours: Server, reference: Server, name: str, goal: str) -> Figure:
    request = ("/feed.xml", {"Accept-Encoding": "gzip"})
    found = pairs((ours, [request]), (reference, [request]))
    return figure(f"warm 200, rate to that of {name}", found, goal)


def _held(ours: Server, reference: Server, name: str, goal: str) -> Figure:
    found = pairs((ours, [_conditional(ours)]), (reference, [_conditional(reference)]))
    return figure(f"warm 304, rate to that of {name}", found, goal)


def _conditional(server: Server) -> Request:
    held = server.get()[0]["ETag"]
    return "/feed.xml", {"Accept-Encoding": "gzip", "If-None-Match": held}


def figure(name: str, found: list[tuple[Load, Load]], goal: str) -> Figure:
    """Print the processor time of each answer, and return the rates as a figure."""
    ours, reference = (statistics.median(pair[at].cpu for pair in found) for at in (0, 1))
    ratio = statistics.median(pair[0].cpu / pair[1].cpu for pair in found)
    print(f"  CPU per answer: {ours:.1f} and {reference:.1f} µs ({ratio:.2f})", flush=True)
    return name, [(pair[0].rate, pair[1].rate) for pair in found], goal
