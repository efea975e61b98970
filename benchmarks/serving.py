"""Warm answers against a bare WSGI callable under the same granian."""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus
from benchmarks.load import rate
from feeds.serve import BLOCKING_THREADS

PAIRS = 7
Figure = tuple[str, list[tuple[float, float]], str]


def measure(folder: Path) -> Iterator[Figure]:
    """Yield the ratio of rates for 200 (gzip) and for 304."""
    corpus.write(folder / "content", 100, body_bytes=800)
    (folder / "feeds.toml").write_text('[site]\nurl = "https://example.org/"\n')
    with _served(folder, 8791) as etag:
        body = folder / "body.gz"
        body.write_bytes(_body(8791))
        accepted = {"Accept-Encoding": "gzip"}
        held = accepted | {"If-None-Match": etag}
        with _bare("full", body, 8792):
            yield "warm 200, rate to a bare callable's", _pairs(accepted), "goal: at least 0.9"
        with _bare("not_modified", body, 8792):
            yield "warm 304, rate to a bare callable's", _pairs(held), "goal: at least 0.9"


def _pairs(headers: dict[str, str]) -> list[tuple[float, float]]:
    rate(8791, "/feed.xml", headers, 1), rate(8792, "/feed.xml", headers, 1)
    return [
        (rate(8791, "/feed.xml", headers), rate(8792, "/feed.xml", headers)) for _ in range(PAIRS)
    ]


@contextlib.contextmanager
def _served(folder: Path, port: int) -> Iterator[str]:
    command = [sys.executable, "-m", "feeds", "serve", "--port", str(port), "--no-watch"]
    with _running(command, folder, {}, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/feed.xml")
        request.add_header("Accept-Encoding", "gzip")
        yield urllib.request.urlopen(request).headers["ETag"]


def _body(port: int) -> bytes:
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/feed.xml").read()
    return gzip.compress(page, 6, mtime=0)


@contextlib.contextmanager
def _bare(name: str, body: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--blocking-threads", str(BLOCKING_THREADS), "--no-ws", "--log-level", "warning"]
    root = Path(__file__).resolve().parent.parent
    environ = {"BARE_BODY": str(body), "PYTHONPATH": str(root)}
    with _running([*command, f"benchmarks.bare:{name}"], root, environ, port):
        yield


@contextlib.contextmanager
def _running(
    command: list[str], folder: Path, environ: dict[str, str], port: int
) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=folder, env=os.environ | environ)
    try:
        _await(port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(urllib.error.HTTPError):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/feed.xml", timeout=5).read()
                return
            except urllib.error.HTTPError as error:
                if error.code == 304:
                    return
                time.sleep(0.1)
            except OSError:
                time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")
