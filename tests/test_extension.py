"""`Feeds` in an app: what it answers, what it leaves alone, who publishes, what stays behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import URL, Site, free_port, post
from flask import Flask, current_app, render_template_string
from lxml import html
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from feeds import Feeds, FeedsError, PublisherRunning, SettingsError
from feeds.publisher.lock import take_lock

FIRST = post("First")


@pytest.fixture
def tables(site: Site) -> dict[str, Any]:
    """Settings as code gives them, of a site with one post."""
    site.write("first.md", FIRST)
    return {
        "site": {"url": URL, "title": 'A & "B"'},
        "content": {"source": str(site.content)},
        "state": {"path": str(site.root / "state")},
    }


def host(**config: Any) -> Flask:
    """An app whose every page says its path."""
    app = Flask("host")
    app.config.update(config)
    app.add_url_rule("/", view_func=lambda: "host at /", endpoint="home")
    app.add_url_rule("/<path:path>", view_func=lambda path: f"host at /{path}", endpoint="page")
    return app


def answers(client: Any, *paths: str) -> list[tuple[int, str]]:
    """Return status, and the first word or tag of each answer."""
    found = []
    for path in paths:
        answer = client.get(path)
        found.append((answer.status_code, re.split(r"[\s>]", answer.text)[0]))
    return found


RSS, SITEMAP, HOST = (200, "<?xml"), (200, "<?xml"), (200, "host")


def test_documents_are_answered_and_all_else_is_the_hosts(tables: dict[str, Any]) -> None:
    app = host()
    feeds = Feeds(app, tables, publisher=None)
    client = app.test_client()
    began = time.monotonic()
    others = ("/", "/robots.txt", "/healthz", "/feed.xml/", "/blog/atom.xml", "/posts/1")
    assert answers(client, *others) == [HOST] * 6, "before anything is published"
    assert time.monotonic() - began < 1
    assert answers(client, "/feed.xml") == [(503, "Not")]
    assert answers(client, "/tags/any/feed.xml") == [(503, "Not")]  # it may have been public
    done = feeds.publish()
    assert done.scan is not None
    assert (done.scan.read, done.rendered) == (1, 7)
    assert answers(client, *others) == [HOST] * 6
    answer = client.get("/feed.xml")
    assert "First" in answer.text
    assert client.get("/feed.xml", headers={"If-None-Match": answer.headers["ETag"]}).status == (
        "304 Not Modified"
    )


def test_index_and_robots_are_answered_where_the_settings_name_them(
    tables: dict[str, Any],
) -> None:
    app = host()
    tables["paths"] = {"index": "/feeds/", "robots": "/robots.txt"}
    Feeds(app, tables, publisher=None).publish()
    client = app.test_client()
    found = answers(client, "/feeds/", "/robots.txt", "/")
    assert found == [(200, "<!doctype"), (200, "User-agent:"), HOST]


@pytest.mark.parametrize("prefix", ["/blog/", "/Zürich"])
def test_a_prefix(tables: dict[str, Any], prefix: str) -> None:
    app = host()
    tables["site"]["url"] = f"{URL.rstrip('/')}{prefix}"
    Feeds(app, tables, url_prefix=prefix, publisher=None).publish()
    under = prefix.rstrip("/")
    client = app.test_client()
    assert answers(client, f"{under}/feed.xml", "/feed.xml", f"{under}/") == [RSS, HOST, HOST]
    link = client.get(f"{under}/feed.json").json["feed_url"]
    assert link.startswith(URL)
    assert link.removeprefix(URL.rstrip("/")).endswith("/feed.json")
    assert answers(client, link.removeprefix(URL.rstrip("/"))) == [(200, "{")]


def test_a_prefix_past_the_address_is_told(
    tables: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    Feeds(host(), tables, url_prefix="/blog", publisher=None)
    assert "site.url is https://example.org/: their links lead there" in caplog.text


def test_mounted_by_a_dispatcher(tables: dict[str, Any]) -> None:
    """SCRIPT_NAME is not ours to look at: PATH_INFO is relative to it already."""
    feeds = Feeds(settings=tables, publisher=None)
    mounted = feeds.wsgi()
    feeds.publish()
    client = Client(DispatcherMiddleware(host().wsgi_app, {"/blog": mounted}))
    found = answers(client, "/blog/feed.xml", "/blog/robots.txt", "/blog/no", "/feed.xml")
    assert found == [RSS, (200, "User-agent:"), (404, "There"), HOST]
    assert client.get("/blog/healthz").json["status"] == "ok"


def test_links_for_templates(tables: dict[str, Any]) -> None:
    app = host()
    tables["paths"] = {"json": False}
    feeds = Feeds(app, tables, publisher=None)
    with app.app_context():  # and no request
        page = render_template_string("<head>{{ feed_links() }}</head>")
    assert "&" in page
    found = [dict(link.attrib) for link in html.fromstring(page).iter("link")]
    assert found == [
        {
            "rel": "alternate",
            "type": f"application/{kind}+xml",
            "title": f'A & "B" ({title})',
            "href": f"{URL}{name}",
        }
        for kind, title, name in (("rss", "RSS", "feed.xml"), ("atom", "Atom", "atom.xml"))
    ]
    assert str(feeds.feed_links()) in page


def test_one_object_for_many_apps(tables: dict[str, Any], tmp_path: Path) -> None:
    """What the app's own configuration says counts; the current app is the one that is meant."""
    feeds = Feeds(settings=tables, publisher=None)
    with pytest.raises(FeedsError, match="no app has these feeds yet"):
        feeds.publish()
    one = host()
    state = {"path": str(tmp_path / "other")}
    other = host(FEEDS_CONFIG=tables | {"state": state}, FEEDS_URL_PREFIX="/blog")
    feeds.init_app(one)
    feeds.init_app(other)
    with pytest.raises(FeedsError, match="several apps"):
        feeds.publish()
    with other.app_context():
        feeds.publish()
    assert answers(other.test_client(), "/blog/feed.xml") == [RSS]
    assert answers(one.test_client(), "/feed.xml") == [(503, "Not")]
    with pytest.raises(FeedsError, match="this app has feeds already"):
        feeds.init_app(one)


class Nothing:
    def __len__(self) -> int:
        return 0

    def stamps(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def read(self, key: str) -> bytes:
        raise KeyError(key)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"source": Nothing()}, 'write publisher="thread", or publisher=None and call'),
        ({"publisher": "fork"}, "publisher is 'fork'"),
        ({"url_prefix": "blog"}, 'write it with a slash, as "/blog"'),
        ({"settings": {"site": {"ur": URL}}}, "settings: site.ur: there is no such setting"),
        ({"settings": "no.toml"}, "no.toml: there is no such settings file"),
    ],
)
def test_what_cannot_work_is_said_at_once(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Feeds(host(), **arguments)
    assert said in str(raised.value)


def test_a_source_finds_the_context_of_the_app(tables: dict[str, Any]) -> None:
    names: list[str] = []

    class InApp:
        def stamps(self) -> Iterator[tuple[str, str]]:
            names.append(current_app.name)
            yield "a.md", "1"

        def read(self, key: str) -> bytes:
            names.append(current_app.name)
            return FIRST.encode()

    app = host()
    Feeds(app, tables, source=InApp(), publisher=None).publish()
    assert set(names) == {"host"}
    assert "First" in app.test_client().get("/feed.xml").text


def until(condition: Callable[[], object], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "not seen in time"
        time.sleep(0.02)


def test_a_thread_publishes_and_ends(site: Site) -> None:
    site.write("first.md", FIRST)
    before = threading.active_count()
    app = host(FEEDS_CONFIG=site.root / "feeds.toml", FEEDS_PUBLISHER="thread")
    feeds = Feeds(app)
    assert threading.active_count() == before, "nothing starts before the first request"
    client = app.test_client()
    until(lambda: client.get("/feed.xml").status_code == 200)
    with pytest.raises(PublisherRunning):
        feeds.publish()
    site.write("new.md", post("Brand new"))
    feeds.changed(["new.md"])
    until(lambda: "Brand new" in client.get("/feed.xml").text)
    site.settings(f'[site]\nurl = "{URL}"\ntitle = "Another title"\n')
    until(lambda: "Another title" in client.get("/feed.xml").text)
    feeds.stop()
    assert not any("feeds-publisher" in thread.name for thread in threading.enumerate())
    assert feeds.publish().rendered == 0, "the lock is free"


def test_a_process_publishes_with_the_settings_of_the_code(tables: dict[str, Any]) -> None:
    app = host()
    tables["aliases"] = {"/rss": "/feed.xml"}
    tables["site"]["author"] = [{"name": "Ada"}]
    feeds = Feeds(app, tables)
    client = app.test_client()
    until(lambda: client.get("/rss").status_code == 301)
    assert "Ada" in client.get("/atom.xml").text
    feeds.stop()


def test_importing_is_quick_and_starts_nothing() -> None:
    code = (
        "import sys, feeds, feeds.cli; print(*sorted({'flask', 'sqlalchemy'} & {*sys.modules}));"
        "import threading; from feeds import *; print(threading.active_count(),"
        " *sorted({'lxml', 'feedgen', 'pebble'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout == "\n1\n", done.stderr


UNGUARDED = """\
import os, sys, time
from flask import Flask
from feeds import Feeds
print("the script runs", flush=True)
app = Flask(__name__)
feeds = Feeds(app, "feeds.toml", publisher="thread")
client = app.test_client()
while client.get("/feed.xml").status_code != 200:
    time.sleep(0.05)
print("published", flush=True)
if "fork" in sys.argv:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
sys.stdin.read()
"""


def session_of(pid: int) -> list[str]:
    """Return the commands of the processes of a session that are not only waiting to be reaped."""
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "-s", str(pid)], capture_output=True, text=True
    ).stdout.splitlines()
    return [line for line in listed if not line.startswith("Z")]


@pytest.fixture
def unguarded(site: Site) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script that has no `if __name__ == "__main__"`, until it has published."""
    site.write("first.md", FIRST)
    (site.root / "script.py").write_text(UNGUARDED)
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            [sys.executable, "script.py", *arguments], cwd=site.root, env=site.env(),
            start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(running)
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(2)]
        assert lines == ["the script runs\n", "published\n"]
        assert len(session_of(running.pid)) > 2, "the workers that render"
        return running

    yield start
    for running in started:
        if session_of(running.pid):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=10)


def test_a_script_without_a_guard_runs_once_and_leaves_nothing(
    unguarded: Callable[..., subprocess.Popen[str]],
) -> None:
    running = unguarded()
    rest, _ = running.communicate(timeout=20)
    assert (rest, running.returncode) == ("", 0)
    until(lambda: session_of(running.pid) == [])


def test_a_fork_keeps_neither_lock_nor_workers(
    site: Site, unguarded: Callable[..., subprocess.Popen[str]]
) -> None:
    """A child of the app outlives it: somebody else can publish all the same."""
    running = unguarded("fork")
    until(lambda: sum("script.py" in line for line in session_of(running.pid)) == 2)
    running.kill()
    running.wait(10)
    os.close(take_lock(site.root / ".feeds"))
    (child,) = (line for line in session_of(running.pid) if "script.py" in line)
    assert child


def test_a_publisher_in_a_program_of_its_own(site: Site) -> None:
    """The web process tells of a change; the publisher is another one, and has the code."""
    site.write("first.md", FIRST)
    (site.root / "blog.py").write_text(
        "import pathlib\n"
        "from flask import Flask\n"
        "from feeds import Feeds, post\n"
        "class Shelf:\n"
        "    folder = pathlib.Path('shelf')\n"
        "    def stamps(self):\n"
        "        return [(p.name, p.read_text()) for p in self.folder.iterdir()]\n"
        "    def read(self, key):\n"
        "        title = (self.folder / key).read_text()\n"
        "        return post({'title': title, 'date': '2024-05-01'}, '')\n"
        "feeds = Feeds(Flask(__name__), 'feeds.toml', source=Shelf(), publisher=None)\n"
    )
    shelf = site.root / "shelf"
    shelf.mkdir()
    (shelf / "a.md").write_text("One")
    code = "from blog import feeds; feeds.run_publisher()"
    publisher = subprocess.Popen([sys.executable, "-c", code], cwd=site.root, env=site.env())
    app = host()
    feeds = Feeds(app, site.root / "feeds.toml", publisher=None)
    client = app.test_client()
    try:
        until(lambda: "One" in client.get("/feed.xml").text, 30)
        (shelf / "a.md").write_text("Two")
        began = time.monotonic()
        feeds.changed(["a.md"])
        until(lambda: "Two" in client.get("/feed.xml").text)
        assert time.monotonic() - began < 15, "much sooner than the scan of every minute"
    finally:
        publisher.terminate()
        assert publisher.wait(15) == 0


def test_gunicorn_with_preload(site: Site) -> None:
    """The app is made before the fork, and the publisher after it."""
    site.write("first.md", FIRST)
    (site.root / "blog.py").write_text(
        "from flask import Flask\nfrom feeds import Feeds\napp = Flask(__name__)\n"
        "Feeds(app, 'feeds.toml', publisher='thread')\n"
    )
    port = free_port()
    running = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "blog:app", "--preload", "--workers", "2",
         "--bind", f"127.0.0.1:{port}"],
        cwd=site.root, env=site.env(), start_new_session=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        from conftest import Server

        server = Server(running, port, site.root / "feeds.toml")
        server.until(lambda answer: "First" in answer.text, timeout=30)
        site.write("new.md", post("Brand new"))
        server.until(lambda answer: "Brand new" in answer.text)
        server.stop()
        until(lambda: session_of(running.pid) == [])
    finally:
        if session_of(running.pid):
            os.killpg(running.pid, signal.SIGKILL)
