"""Eight clients that ask for all documents without a pause, and believe nothing.

They run in a process of their own; each has connections to several workers, and remembers what
it holds of each document as feed readers do.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
from lxml import etree, html
from soak_author import LATE_SECONDS
from soak_state import rows

from feeds.publisher.store import etag_digest

CLIENTS, CONNECTIONS = 8, 3
PAUSE_SECONDS = 0.004  # the machine has other work: workers, publisher, author
ACCEPTED = (None, "gzip", "br", "gzip, br", "identity", "gzip, deflate, br;q=0.5")
_TAG = re.compile(r'"(1-[0-9a-f]{24})(-gzip|-br)?"')

Missing = tuple[str, float, float]


@dataclass
class Seen:
    """A version of a document as clients saw it; monotonic seconds."""

    first_end: float
    last_start: float
    until: float = float("inf")  # Unix seconds at which the first of its posts expires


@dataclass
class Report:
    """What clients saw, by path, digest and Last-Modified; and what was wrong."""

    seen: dict[tuple[str, str, int], Seen] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Take in what another client saw."""
        for key, times in other.seen.items():
            mine = self.seen.setdefault(key, times)
            mine.first_end = min(mine.first_end, times.first_end)
            mine.last_start = max(mine.last_start, times.last_start)
        self.missing += other.missing
        self.counts += other.counts
        self.faults += other.faults


@dataclass
class Held:
    """What a client holds of a document."""

    digest: str
    modified: int
    tag: str
    accepted: str | None


class Client(threading.Thread):
    """Asks until `stop` is set."""

    def __init__(self, port: int, paths: list[str], verified: dict[Any, Any], stop: Event) -> None:
        super().__init__(daemon=True)
        self._port, self._paths, self._verified, self._stop_event = port, paths, verified, stop
        self._open = [self._connect() for _ in range(CONNECTIONS)]
        self._held: dict[str, Held] = {}
        self.report = Report()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)

    def run(self) -> None:
        while not self._stop_event.is_set():
            path = random.choice(self._paths)
            try:
                self._ask(path)
            except Exception as error:  # whatever it is, it is a fault of the answer
                self.report.faults.append(f"{path}: {error!r}")
            time.sleep(PAUSE_SECONDS)

    def _ask(self, path: str) -> None:
        number = random.randrange(CONNECTIONS)
        if random.random() < 0.02:  # another worker may take the next one
            self._open[number].close()
            self._open[number] = self._connect()
        held, headers = self._held.get(path), {}
        accepted = held.accepted if held else random.choice(ACCEPTED)
        kind = random.choices(("plain", "tag", "date"), (3, 4, 2))[0] if held else "plain"
        if held and kind == "tag":
            headers["If-None-Match"] = held.tag
        elif held and kind == "date":
            headers["If-Modified-Since"] = formatdate(held.modified, usegmt=True)
        else:
            accepted = random.choice(ACCEPTED)
        if accepted is not None:
            headers["Accept-Encoding"] = accepted
        connection = self._open[number]
        start = time.monotonic()
        connection.putrequest("GET", quote(path, safe="/%"), skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        end = time.monotonic()
        self.report.counts[str(response.status)] += 1
        if response.status == 404:
            self.report.missing.append((path, start, end))
            self._held.pop(path, None)
        elif response.status == 301:
            assert response.headers["Location"], "a redirect to nowhere"
        else:
            assert response.status in (200, 304), f"status {response.status}"
            self._check(path, response, body, kind, accepted, (start, end))

    def _check(
        self, path: str, response: http.client.HTTPResponse, body: bytes, kind: str,
        accepted: str | None, times: tuple[float, float],
    ) -> None:  # fmt: skip
        tag = response.headers["ETag"]
        matched = _TAG.fullmatch(tag)
        assert matched, f"ETag {tag}"
        digest = matched[1]
        modified = int(parsedate_to_datetime(response.headers["Last-Modified"]).timestamp())
        held = self._held.get(path)
        if held is not None:
            same = held.digest == digest
            assert modified >= held.modified, f"went back from {held.modified} to {modified}"
            assert same or modified > held.modified, "two versions with one Last-Modified"
            moved = modified > held.modified
            fresh = {"plain": True, "tag": not same, "date": moved}[kind]
            assert (response.status == 200) == fresh, f"{response.status} for {kind}, {same=}"
        key = (path, digest, modified)
        if response.status == 200:
            until = self._verify(path, tag, digest, response, body)
            self._held[path] = Held(digest, modified, tag, accepted)
            assert time.time() < until + LATE_SECONDS, "a post is shown long after it expired"
        else:
            assert not body, "a 304 with a body"
        found = self.report.seen.setdefault(key, Seen(times[1], times[0]))
        found.last_start = times[0]

    def _verify(
        self, path: str, tag: str, digest: str, response: http.client.HTTPResponse, body: bytes
    ) -> float:
        """Check that bytes are whole and of this ETag; return when the first post expires."""
        assert int(response.headers["Content-Length"]) == len(body), "not the whole length"
        raw = hashlib.blake2b(body).digest()
        known = self._verified.get((path, tag))
        if known is None:
            coding = response.headers["Content-Encoding"]
            decoded = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding](body)
            assert tag == f'"{digest}{"-" + coding if coding else ""}"', "ETag of another coding"
            assert etag_digest(decoded) == digest, "ETag of other bytes"
            known = self._verified[path, tag] = (raw, _read(response, decoded))
            self.report.counts["representations read"] += 1
        assert known[0] == raw, "two bodies with one ETag"
        return float(known[1])


def _read(response: http.client.HTTPResponse, body: bytes) -> float:
    """Read a document with a parser; return when the first of its posts expires."""
    kind = response.headers["Content-Type"].partition(";")[0]
    if "json" in kind:
        json.loads(body)
    elif "html" in kind:
        assert body.rstrip().endswith(b"</html>")
        html.fromstring(body)
    elif "plain" in kind:
        assert body.endswith(b"\n")
    else:
        etree.fromstring(body)
    now = time.time()
    for moment in re.findall(rb"Due-(\d+)-", body):
        assert int(moment) <= now, (
            f"a post of {int(moment)} is shown {int(moment) - now:.1f} s early"
        )
    return min((float(one) for one in re.findall(rb"Until-(\d+)-", body)), default=float("inf"))


def _follow(state: Path, paths: list[str], stop: Event) -> None:
    """Keep the list of paths up to date."""
    while not stop.wait(0.5):
        found = rows(state / "index.db", "SELECT path FROM documents WHERE format != 'gone'")
        paths[:] = [path for (path,) in found]


def hammer(port: int, state: Path, begun: Event, stop: Event, answers: Any) -> None:
    """Run the clients until `stop` is set, and put their report into `answers`."""
    paths = ["/feed.xml"]
    verified: dict[Any, Any] = {}
    clients = [Client(port, paths, verified, stop) for _ in range(CLIENTS)]
    follower = threading.Thread(target=_follow, args=(state, paths, stop))
    for thread in (follower, *clients):
        thread.start()
    time.sleep(1)  # all are connected
    begun.set()
    for thread in (follower, *clients):
        thread.join()
    total = Report()
    for client in clients:
        total.add(client.report)
    answers.put(total)
