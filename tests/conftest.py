"""A site in a temporary folder, and real servers on loopback in front of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import live
import pytest
from click.testing import CliRunner
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
URL = "https://example.org/"


# Tests that share nothing; of all others those of one fixture stay together.
ALONE = re.compile(
    r"/test_(build|groupings|sitemaps|odd_states|examples|extension|changes|processes|publishing|watching|readme|check)\.py"
    r"|bad_input.*::test_(any_shape|no_half|bad_settings|an_unmounted|an_emptied|settings|files|a_file)"
    r"|protocol.*::test_row_(105|2)_|::test_any_text_in|::test_nothing_that"
)
SHARED = {
    "gunicorn": "gunicorn",
    "granian": "granian",
    "broken_edits": "edits",
    "repaired": "edits",
}


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # untyped
    """Spreads tests over processes so that no server is started for each process."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        if ALONE.search("/" + nodeid):
            return nodeid
        return path + next((group for word, group in SHARED.items() if word in name), "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    return Scheduling(config, log)


@dataclass(frozen=True)
class Answer:
    """One HTTP response: `headers` in order, names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Return the one value of header `name`; KeyError without, AssertionError with several."""
        values = [value for key, value in self.headers if key == name.lower()]
        if not values:
            raise KeyError(name)
        assert len(values) == 1, f"{name} occurs {len(values)} times"
        return values[0]

    def __contains__(self, name: str) -> bool:
        return any(key == name.lower() for key, _ in self.headers)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A running server; `get` opens one connection for each request."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log_path = process, port, log

    def get(
        self,
        path: str = "/feed.xml",
        headers: Mapping[str, str] | list[tuple[str, str]] = (),  # type: ignore[assignment]
        method: str = "GET",
        body: bytes | None = None,
    ) -> Answer:
        """Send exactly these headers (plus Host, unless given) and read the whole answer."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            own_host = any(name.lower() == "host" for name, _ in pairs)
            connection.putrequest(method, path, skip_host=own_host, skip_accept_encoding=True)
            for name, value in pairs:
                connection.putheader(name, value.encode("latin-1", "replace"))
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            data = response.read()
            found = [(name.lower(), value) for name, value in response.getheaders()]
            return Answer(response.status, found, data)
        finally:
            connection.close()

    def until(
        self,
        condition: Callable[[Answer], bool],
        path: str = "/feed.xml",
        timeout: float = 15,
        status: int = 200,
    ) -> Answer:
        """Ask for `path` until `condition` holds for an answer with `status`, `timeout` seconds."""
        deadline = time.monotonic() + timeout
        answer = None
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.get(path)
                if answer.status == status and condition(answer):
                    return answer
            time.sleep(0.05)
        shown = answer and (answer.status, answer.body[:2000])
        raise AssertionError(f"not seen within {timeout} s; last: {shown}; log:\n{self.log()}")

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def children(self) -> list[int]:
        """Return the process ids of the children of the server's main process."""
        output = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        ).stdout
        return [int(line) for line in output.split()]

    def stop(self) -> None:
        """Stop the server as an operator would, and make sure that nothing is left."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
                raise AssertionError(f"did not stop on SIGTERM; log:\n{self.log()}") from None
        self.process.wait(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(title: str = "Hello", date: str = "2024-05-01", body: str = "Text.", **more: str) -> str:
    """Return a Markdown file with YAML front matter; `more` values are written as they are."""
    lines = [f"title: {json.dumps(title, ensure_ascii=False)}", f"date: {date}"]
    lines += [f"{key}: {value}" for key, value in more.items()]
    return "---\n" + "\n".join(lines) + "\n---\n\n" + body + "\n"


class Site:
    """A folder with `feeds.toml` and `content/`, and the commands run in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.content = root, root / "content"
        self.content.mkdir(parents=True)
        self.environ: dict[str, str] = {}
        self.settings(f'[site]\nurl = "{URL}"\ntitle = "Example"\n')

    def settings(self, text: str) -> None:
        (self.root / "feeds.toml").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str | bytes) -> Path:
        """Write content/`name` as an editor does: a whole new file put in place."""
        path = self.content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.tmp")
        fresh.write_bytes(text.encode() if isinstance(text, str) else text)
        fresh.replace(path)
        return path

    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FEEDS_")}
        return kept | {"PYTHONUNBUFFERED": "1"} | self.environ

    def run(self, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `feeds ARGS` in the site's folder; the exit code is the caller's to check."""
        return subprocess.run(
            [sys.executable, "-m", "feeds", *args],
            cwd=self.root,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def call(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run `feeds ARGS` in this process, for commands that neither serve nor take signals."""
        from feeds.cli import main

        without = {key: None for key in os.environ if key.startswith("FEEDS_")}
        with contextlib.chdir(self.root):
            done = CliRunner().invoke(
                main, args, env=without | self.environ, catch_exceptions=False
            )
        return subprocess.CompletedProcess(args, done.exit_code, done.stdout, done.stderr)

    def published(self, path: str = "/feed.xml") -> str:
        """Return the bytes that the store holds of a document, as text; empty without."""
        database = sqlite3.connect(f"file:{self.root}/.feeds/index.db?mode=ro", uri=True)
        try:
            row = database.execute(
                "SELECT identity FROM documents WHERE path = ?", (path,)
            ).fetchone()
        finally:
            database.close()
        return bytes(row[0]).decode() if row else ""

    def check(self) -> dict[str, Any]:
        """Return what `feeds check --json` says."""
        done = self.call("check", "--json")
        assert done.returncode in (0, 1), done.stderr
        return dict(json.loads(done.stdout))

    @contextlib.contextmanager
    def serve(
        self, server: str = "granian", *args: str, ready: str = "/healthz", status: int = 200
    ) -> Iterator[Server]:
        """Serve the site: `feeds serve` (granian), or gunicorn with wsgi:app; or see `live`."""
        if server == "live":
            with self.live() as running:
                yield running
            return
        port = free_port()
        commands = {
            "granian": [sys.executable, "-m", "feeds", "serve", "--port", str(port), *args],
            "gunicorn": [
                *(sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(self.root)),
                *("--pythonpath", str(ROOT), "--bind", f"127.0.0.1:{port}", *args),
            ],
        }
        log = self.root / f"{server}-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                commands[server],
                cwd=self.root,
                env=self.env(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Server(process, port, log)
        try:
            running.until(lambda answer: True, ready, timeout=30, status=status)
            yield running
        finally:
            try:
                running.stop()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def live(self) -> Iterator[Server]:
        """Serve the site in this process, for what any server shows alike: it costs a sixth."""
        assert not self.environ, "the environment is this process's own"
        log = self.root / f"live-{time.monotonic_ns()}.log"
        time.sleep(0.12)  # a file counts when it has been still for 100 ms
        with live.serving(self.root, log) as port:
            running = Server(None, port, log)  # type: ignore[arg-type] # there is no process
            running.until(lambda answer: True, "/healthz")
            yield running


@pytest.fixture(scope="session", autouse=True)
def rendering() -> Iterator[None]:
    """End the rendering processes that the tests of this process share."""
    yield
    live.RENDERER.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty site at https://example.org/ in a temporary folder."""
    return Site(tmp_path / "site")


@pytest.fixture(scope="module")
def module_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One site for all tests of a module that only read it."""
    return Site(tmp_path_factory.mktemp("site") / "site")
