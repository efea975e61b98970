"""`feeds serve` of one site, asked over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import memory

PATIENCE_SECONDS = 1800.0
QUIET_SECONDS = 1.3  # a document changes once in a second


class Served:
    """A server that was just started.

    Attributes:
        pid: Of its main process.
        began: When it was started, as `time.perf_counter` counts.
    """

    def __init__(self, child: subprocess.Popen[bytes], port: int, began: float) -> None:
        self._child, self.pid, self.began = child, child.pid, began
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, etag: str = "") -> tuple[int, str, bytes]:
        """Return status, ETag and body; 0 where nobody answers."""
        try:
            self._connection.request("GET", path, headers={"If-None-Match": etag} if etag else {})
            answer = self._connection.getresponse()
            return answer.status, answer.headers.get("ETag", ""), answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0, "", b""

    def until(
        self, path: str, etag: str = "", right: Callable[[bytes], bool] = lambda _: True
    ) -> float:
        """Return the moment of the first 200, with another ETag than this one and a right body."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while True:
            status, found, body = self.get(path, etag)
            seen = time.perf_counter()
            if status == 200 and right(body):
                return seen
            if seen > deadline or self._child.poll() is not None:
                raise RuntimeError(f"{path} is not served after {seen - self.began:.0f} s")
            etag = found or etag
            time.sleep(0.002)

    def health(self) -> dict[str, Any]:
        """Return the counts of the health page; empty before the first publication is over."""
        status, _, body = self.get("/healthz")
        return dict(json.loads(body)) if status == 200 else {}

    def listed(self) -> int:
        """Return how many posts are in the sitemap, or in those that it leads to."""
        _, _, body = self.get("/sitemap.xml")
        if b"<sitemapindex" not in body:
            return body.count(b"/post-")
        shards = re.findall(rb"<loc>([^<]+)</loc>", body)
        return sum(self.get(urlsplit(one.decode()).path)[2].count(b"/post-") for one in shards)

    def settle(self) -> None:
        """Wait until nothing changes any more."""
        seen, since = -1, time.perf_counter()
        while time.perf_counter() - since < QUIET_SECONDS:
            number = self.health().get("revision", -1)
            if number != seen or number < 0:
                seen, since = number, time.perf_counter()
            time.sleep(0.05)

    def publisher(self) -> int:
        """Return the process that publishes, as soon as it is there."""
        while True:
            for pid in memory.tree(self.pid):
                if "publish" in memory.command(pid).split():
                    return pid
            time.sleep(0.005)

    def worker(self) -> int:
        """Return the bytes of the web worker: the largest process that does not publish."""
        others = set(memory.tree(self.pid)) - set(memory.tree(self.publisher())) - {self.pid}
        return max(map(memory.pss, others))


@contextlib.contextmanager
def serve(folder: Path, port: int) -> Iterator[Served]:
    """Serve a site until the block ends."""
    command = [sys.executable, "-m", "feeds", "serve", "--port", str(port)]
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        yield Served(child, port, began)
    finally:
        child.terminate()
        child.wait(120)
