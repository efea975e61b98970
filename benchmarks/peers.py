"""Servers to measure: ours, and what people use instead, each with one worker."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from feeds.serve import BLOCKING_THREADS

ROOT = Path(__file__).resolve().parent.parent
_TICK = os.sysconf("SC_CLK_TCK")
_GRANIAN = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
_GRANIAN += ["--blocking-threads", str(BLOCKING_THREADS), "--log-level", "warning"]

_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  gzip_static on; gzip_vary on; open_file_cache max=4000 inactive=60s;
  types {{ application/rss+xml xml; application/feed+json json; }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  add_header Cache-Control "public, max-age=900, stale-while-revalidate=600";
  add_header Access-Control-Allow-Origin "*"; add_header X-Content-Type-Options nosniff;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True)
class Server:
    """A server that runs; `pid` is its main process's."""

    port: int
    pid: int

    def get(self, path: str = "/feed.xml") -> tuple[Message, bytes]:
        """Return headers and body of a 200, in gzip where the server has that, or of a 304."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Accept-Encoding", "gzip")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
            return error.headers, b""

    def workers(self) -> list[int]:
        """Return the web workers. The publisher is a child of a thread, hence none of these."""
        return sorted(children(self.pid))

    def cpu(self) -> float:
        """Return the seconds of processor time of the main process and the workers."""
        return sum(cpu(pid) for pid in (self.pid, *self.workers()))


def children(pid: int, *, threads: bool = False) -> set[int]:
    """Return what a process's main thread started, with `threads` what all of them did."""
    tasks = Path(f"/proc/{pid}/task").glob("*" if threads else str(pid))
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def cpu(pid: int) -> float:
    """Return the seconds of processor time of a process, and of children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICK


def memory(pid: int) -> float:
    """Return the megabytes of a process, shared pages by share (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise LookupError(pid)


def feeds(folder: Path, *options: str) -> contextlib.AbstractContextManager[Server]:
    """`feeds serve` of the site in a folder."""
    return _running([sys.executable, "-m", "feeds", "serve", *options, "--port"], folder)


def bare(name: str, body: Path) -> contextlib.AbstractContextManager[Server]:
    """A WSGI callable with a ready-made answer, under the same granian."""
    return _granian(f"benchmarks.bare:{name}", {"BARE_BODY": str(body)})


def django(posts: Path) -> contextlib.AbstractContextManager[Server]:
    """A cached view of Django, of the posts in a JSON feed, under the same granian."""
    return _granian("benchmarks.peers_django:application", {"PEER_POSTS": str(posts)})


def flask(posts: Path) -> contextlib.AbstractContextManager[Server]:
    """Flask and feedgen, of the posts in a JSON feed, under the same granian."""
    return _granian("benchmarks.peers_flask:app", {"PEER_POSTS": str(posts)})


@contextlib.contextmanager
def nginx(root: Path) -> Iterator[Server | None]:
    """Run nginx on files that are there compressed; None where it is not installed."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        print("nginx is not installed; it is left out")
        yield None
        return
    folder, port = root.parent / "nginx", _free_port()
    folder.mkdir(exist_ok=True)
    text = _NGINX.format(folder=folder, port=port, root=root)
    if os.getuid() == 0:  # its worker would be nobody, who may not read a private folder
        text = "user root;" + text
    (folder / "nginx.conf").write_text(text)
    with _running([program, "-c", str(folder / "nginx.conf")], folder, port=port) as server:
        yield server


def _granian(target: str, environ: dict[str, str]) -> contextlib.AbstractContextManager[Server]:
    environ = environ | {"PYTHONPATH": str(ROOT)}
    return _running([*_GRANIAN, target, "--port"], ROOT, environ)


@contextlib.contextmanager
def _running(
    command: list[str], folder: Path, environ: dict[str, str] | None = None, port: int = 0
) -> Iterator[Server]:
    """Run a command that serves; without `port` a free one is its last argument."""
    if not port:
        port = _free_port()
        command = [*command, str(port)]
    running = subprocess.Popen(
        command, cwd=folder, env=os.environ | (environ or {}), stdout=subprocess.DEVNULL
    )
    server = Server(port, running.pid)
    try:
        _await(server)
        yield server
    finally:
        running.terminate()
        running.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(server: Server) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            server.get()
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {server.port}")
