"""The examples are run as they stand there, and killed: nothing is left."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import ROOT, Answer, Server, Site, free_port, post
from werkzeug.test import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def edit(site: Site, server: Server, title: str) -> None:
    site.write("hello.md", post(title))


def save(site: Site, server: Server, title: str) -> None:
    form = urlencode({"title": title, "text": "*First* post"}).encode()
    assert server.get("/articles/hello/", FORM, "POST", form).status == 201


EXAMPLES: dict[str, Callable[[Site, Server, str], None]] = {
    "flask_app": edit, "django_site": edit, "fastapi_app": edit, "sqlite_blog": save,
}  # fmt: skip


@contextlib.contextmanager
def running(site: Site, name: str) -> Iterator[Server]:
    """Run an example beside the site; the database is the site's too."""
    port = free_port()
    script = site.root / f"{name}.py"
    script.write_bytes((ROOT / "examples" / script.name).read_bytes())
    environ = site.env() | {"PORT": str(port), "BLOG": f"sqlite:///{site.root}/blog.db"}
    log = site.root / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, script], cwd=site.root, env=environ, start_new_session=True,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    server = Server(process, port, log)
    try:
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def end(server: Server, number: signal.Signals) -> None:
    """End the app, and see that every process of its session goes."""
    server.process.send_signal(number)
    server.process.wait(15)
    deadline = time.monotonic() + 15
    while left := alive(server.process.pid):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def alive(session: int) -> list[str]:
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "-s", str(session)], capture_output=True, text=True
    ).stdout
    return [line for line in listed.splitlines() if not line.startswith("Z")]


def titled(title: str) -> Callable[[Answer], bool]:
    return lambda answer: f"<title>{title}</title>" in answer.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example(site: Site, name: str) -> None:
    change = EXAMPLES[name]
    with running(site, name) as server:
        server.until(lambda answer: True, "/articles/x/", 30, 404 if change is save else 200)
        change(site, server, "Hello")
        answer = server.until(titled("Hello"), timeout=30)
        assert "hello" in server.get("/articles/hello/").text.lower()
        assert server.get(headers={"If-None-Match": answer["etag"]}).status == 304
        change(site, server, "Changed")
        server.until(titled("Changed"))
        end(server, signal.SIGTERM)
    with running(site, name) as server:
        server.until(titled("Changed"), timeout=30)  # what was published is answered at once
        if change is edit:
            site.write("more.md", post("More"))
        else:
            server.get("/articles/more/", FORM, "POST", b"title=More&text=x")
        server.until(titled("More"), timeout=30)
        end(server, signal.SIGKILL)


def test_every_example_is_run() -> None:
    assert {path.stem for path in Path(ROOT / "examples").glob("*.py")} == EXAMPLES.keys()


def test_the_documentation(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of docs/embedding.md, as it stands there, in a site's folder."""
    text = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?s)```python\n(.*?)```", text)
    assert len(blocks) == 6
    site.write("hello.md", post("Hello"))
    (site.root / "posts").mkdir()
    (site.root / "posts" / "hello.md").write_text(post("From a file"))
    module = site.root / "documented.py"
    module.write_text("\n".join(blocks))
    monkeypatch.chdir(site.root)
    monkeypatch.syspath_prepend(site.root)
    documented = importlib.import_module("documented")
    client = documented.app.test_client()
    deadline = time.monotonic() + 30
    while "Hello again" not in client.get("/feed.xml").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    documented.feeds.stop()
    page = Client(documented.application).get("/")
    assert page.text == "a page"
