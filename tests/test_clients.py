"""Real clients against a running server: each subscriber and crawler sees every post.

All of them come through `Proxy`, as they would through nginx: it owns the address that the
site is configured with, and records what they send and which status they get.
"""

from __future__ import annotations

import calendar
import contextlib
import html
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import listparser
import pytest
import reader
from conftest import Site, post
from usp.objects.sitemap import IndexRobotsTxtSitemap, InvalidSitemap
from usp.tree import sitemap_tree_for_homepage

SETTINGS = """
[site]
url = "{home}"
title = "The Lighthouse Log"
description = "Notes from the lamp room"
author = "Ada Keeper"
language = "en"
[sitemap]
pages = ["/", "/about/"]
[aliases]
"/rss.xml" = "/feed.xml"
"""
FEEDS = {"/feed.xml": "rss20", "/atom.xml": "atom10", "/feed.json": "json11"}
XML_FEEDS = [path for path in FEEDS if path.endswith(".xml")]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What the author of one post wrote, and so what each client has to see."""

    name: str
    title: str
    date: str
    updated: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    image: str = ""
    enclosure: tuple[tuple[str, str | int], ...] = ()
    body: str = ""

    @property
    def path(self) -> str:
        return "/" + self.name.rpartition(".")[0] + "/"

    @property
    def phrase(self) -> str:
        """Return words that are in the body of this post only."""
        return f"the story of {self.path.strip('/').replace('-', ' ')}"

    @property
    def file(self) -> str:
        keys = ("title", "date", "updated", "authors", "tags", "description", "image")
        fields = {key: getattr(self, key) for key in keys if getattr(self, key)}
        if self.enclosure:
            fields["enclosure"] = dict(self.enclosure)
        fence = {"yaml": yaml, "toml": toml, "json": as_json}[self.name.partition("-")[0]]
        return f"{fence(fields)}\n\nThis is {self.phrase}, told in full.\n\n{self.body}\n"


def yaml(fields: dict[str, Any]) -> str:
    """Write `fields` as YAML: each value in flow style, dates quoted."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def toml(fields: dict[str, Any]) -> str:
    """Write `fields` as TOML: dates are TOML's own type, not strings."""
    bare = ("date", "updated")
    lines = [
        f"{key} = {value if key in bare else json.dumps(value, ensure_ascii=False)}"
        for key, value in fields.items()
    ]
    return "\n".join(["+++", *lines, "+++"])


def as_json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, indent=2)


EPISODE = (
    ("url", "https://media.example.org/fog.mp3"),
    ("length", 4294967),
    ("type", "audio/mpeg"),
)
POSTS = (
    Written(
        name="json-episode.md",
        title="Episode 1: Fog",
        date="2024-06-12T06:00:00Z",
        authors=("Ada Keeper",),
        tags=("podcast",),
        description="Twenty minutes of fog",
        enclosure=EPISODE,
    ),
    Written(
        name="yaml-lamp.md",
        title="Lamps & Lenses – für alle 🎉",
        date="2024-06-11T22:30:00+02:00",
        updated="2024-06-14T08:00:00+02:00",
        authors=("Grace Watch", "Ada Keeper"),
        tags=("Optics", "C++", "日本語"),
        description="How a lens is cut & set",
        image="/img/lens.png",
        body="| a | b |\n|---|---|\n| 1 | 2 |\n\nSee [the drawing](drawing.png) and ~~that~~ this.",
    ),
    Written(name="toml-oil.md", title="Oil", date="2024-06-10T09:00:00-04:00", tags=("Fuel",)),
    Written(name="yaml-rope.md", title="Rope", date="2024-06-09T10:00:00Z", authors=("Zoë Tau",)),
    Written(
        name="toml-bell.md",
        title='The "Bell"',
        date="2024-06-08T10:00:00Z",
        updated="2024-06-08T18:00:00Z",
        authors=("Grace Watch",),
        description="It rings",
        image="https://cdn.example.org/bell.jpg",
    ),
    Written(name="json-boat.md", title="Ein Boot", date="2024-06-07T10:00:00Z", tags=("Bööte",)),
    Written(name="yaml-cat.md", title="🐈", date="2024-06-06T10:00:00Z", description="Purr"),
    Written(name="yaml-dawn.md", title="Dawn", date="2024-06-05T04:00:00Z", tags=("sky", "sun")),
    Written(name="toml-dusk.md", title="Dusk", date="2024-06-04T20:00:00Z", tags=("sky", "sun")),
    Written(name="json-keys.md", title="Keys", date="2024-02-29T12:00:00Z", description="All 29"),
    Written(name="yaml-march.md", title="March", date="2023-03-01T12:00:00Z", authors=("Ada K",)),
    Written(name="toml-old.md", title="Old", date="1999-12-31T23:59:59Z", description="Before"),
)
HIDDEN = {
    "draft.md": post("Secret draft", body="secret words", draft="true"),
    "future.md": post("Secret future", date="2999-01-01", body="secret words"),
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; header names in lower case."""

    path: str
    headers: dict[str, str]
    status: int


class Relay(socketserver.StreamRequestHandler):
    """One connection: a single request, passed on as it came save for `Connection: close`."""

    server: Proxy

    def handle(self) -> None:
        lines = list(iter(self.rfile.readline, b"\r\n"))
        if not lines or not lines[0]:
            return
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        answer = self.ask(b"".join([*kept, b"Connection: close\r\n\r\n"]))
        pairs = [line.decode("latin-1").partition(":") for line in lines[1:]]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        path = lines[0].split()[1].decode("latin-1")
        self.server.seen.append(Exchange(path, headers, int(answer.split()[1])))
        self.wfile.write(answer)

    def ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.target), timeout=20) as upstream:
            upstream.sendall(request)
            return b"".join(iter(lambda: upstream.recv(65536), b""))


class Proxy(socketserver.ThreadingTCPServer):
    """A reverse proxy on loopback for GET; `seen` holds every exchange in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.home = f"http://127.0.0.1:{self.server_address[1]}/"
        self.target = 0
        self.seen: list[Exchange] = []

    def url(self, path: str) -> str:
        return self.home + path.lstrip("/")

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()


@pytest.fixture(scope="module", autouse=True)
def no_outside() -> Iterator[None]:
    """Send every client that would leave this machine to a closed port."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
            patch.delenv(name.upper(), raising=False)
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def proxy(module_site: Site) -> Iterator[Proxy]:
    """The whole site of `POSTS` and `HIDDEN`, served at the proxy's own address."""
    with Proxy().running() as proxy:
        module_site.settings(SETTINGS.format(home=proxy.home))
        for written in POSTS:
            module_site.write(written.name, written.file)
        for name, text in HIDDEN.items():
            module_site.write(name, text)
        with module_site.serve() as server:
            proxy.target = server.port
            yield proxy


@pytest.fixture(scope="module")
def library(proxy: Proxy) -> Iterator[reader.Reader]:
    """lemon24's reader, subscribed to the three feeds and updated once."""
    with contextlib.closing(reader.make_reader(":memory:")) as library:
        for path in FEEDS:
            library.add_feed(proxy.url(path))
        failed = [
            result
            for result in library.update_feeds_iter(scheduled=False)
            if not result.updated_feed
        ]
        assert not failed
        yield library


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def from_struct(value: Any) -> datetime | None:
    return datetime.fromtimestamp(calendar.timegm(value), UTC) if value else None


def test_feedparser_reads_the_channel(proxy: Proxy) -> None:
    """Title, site link, description and language are those of the settings."""
    for path in XML_FEEDS:
        parsed = feedparser.parse(proxy.url(path))
        assert (parsed.status, parsed.bozo, parsed.version) == (200, False, FEEDS[path])
        feed = parsed.feed
        assert (feed.title, feed.link) == ("The Lighthouse Log", proxy.home)
        assert feed.subtitle == "Notes from the lamp room"
        assert feed.language == "en"
        selfs = [link.href for link in feed.links if link.rel == "self"]
        assert selfs == [proxy.url(path)]


def written_for_feedparser(written: Written, home: str, atom: bool) -> dict[str, Any]:
    url = home.rstrip("/") + written.path
    changed = instant(written.updated or written.date) if atom else None
    image = written.image and (
        written.image if "://" in written.image else home + written.image[1:]
    )
    return {
        "id": url,
        "link": url,
        "title": written.title,
        "published": instant(written.date),
        "updated": changed,
        "authors": list(written.authors),
        "tags": list(written.tags),
        "summary": written.description,
        "enclosures": [{key: str(value) for key, value in written.enclosure}]
        if written.enclosure
        else [],
        "image": {image} - {""},
    }


def plain(summary: str, kind: str) -> str:
    """Read a summary as its reader shows it: HTML in RSS (RSS 2.0, description), else text."""
    return html.unescape(summary) if kind == "text/html" else summary


def seen_by_feedparser(entry: Any, written: Written, atom: bool) -> dict[str, Any]:
    """Read an entry; what the author left out (authors, summary) may have a default."""
    names = [author["name"] for author in entry.get("authors", []) if author.get("name")]
    media = [*entry.get("media_content", []), *entry.get("media_thumbnail", [])]
    sounds = [{"url": one.href, "length": one.length, "type": one.type} for one in entry.enclosures]
    return {
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published": from_struct(entry.published_parsed),
        "updated": from_struct(entry.updated_parsed) if atom else None,
        "authors": names if written.authors else [],
        "tags": [tag.term for tag in entry.get("tags", [])],
        "summary": plain(entry.summary, entry.summary_detail.type) if written.description else "",
        "enclosures": sounds,
        "image": {one["url"] for one in media if "audio" not in one.get("type", "")},
    }


@pytest.mark.parametrize("path", XML_FEEDS)
def test_feedparser_reads_every_post(proxy: Proxy, path: str) -> None:
    """Every field of every public post, newest first, nothing of a hidden one."""
    atom = path == "/atom.xml"
    entries = feedparser.parse(proxy.url(path)).entries
    assert [entry.title for entry in entries] == [written.title for written in POSTS]
    for entry, written in zip(entries, POSTS, strict=True):
        wanted = written_for_feedparser(written, proxy.home, atom)
        assert seen_by_feedparser(entry, written, atom) == wanted
        assert written.phrase in entry.content[0].value
        assert "secret" not in str(entry)


@pytest.mark.parametrize("path", XML_FEEDS)
@pytest.mark.parametrize("kept", [("etag",), ("modified",), ("etag", "modified")])
def test_feedparser_gets_304(proxy: Proxy, path: str, kept: tuple[str, ...]) -> None:
    """Each validator that feedparser hands back is enough (RFC 9110, 13.1.2 and 13.1.3)."""
    first = feedparser.parse(proxy.url(path))
    again = feedparser.parse(proxy.url(path), **{name: first[name] for name in kept})
    assert (again.status, again.entries) == (304, [])


def test_feedparser_follows_an_alias(proxy: Proxy) -> None:
    """A subscriber of the old address is told the new one for good (301) and sees every post."""
    parsed = feedparser.parse(proxy.url("/rss.xml"))
    assert (parsed.status, parsed.href) == (301, proxy.url("/feed.xml"))
    assert len(parsed.entries) == len(POSTS)


@pytest.mark.parametrize("path", FEEDS)
def test_reader_reads_the_feed(proxy: Proxy, library: reader.Reader, path: str) -> None:
    feed = library.get_feed(proxy.url(path))
    assert (feed.version, feed.title) == (FEEDS[path], "The Lighthouse Log")
    assert (feed.link, feed.subtitle) == (proxy.home, "Notes from the lamp room")
    assert feed.last_exception is None


def written_for_reader(written: Written, home: str) -> dict[str, Any]:
    values = written_for_feedparser(written, home, atom=True)
    kept = ("id", "link", "title", "published", "updated", "summary")
    sound = dict(written.enclosure)
    return {key: values[key] for key in kept} | {
        "enclosures": [(sound["url"], sound["type"], sound["length"])] if sound else [],
    }


def seen_by_reader(entry: reader.Entry, written: Written) -> dict[str, Any]:
    """Read an entry: RSS has no date of change, JSON Feed may leave out an equal one."""
    unchanged = entry.published if not written.updated else None
    rss = entry.feed.version == "rss20"
    summary = plain(entry.summary or "", "text/html" if rss else "text/plain")
    changed = instant(written.updated or written.date) if rss else unchanged
    return {
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published": entry.published,
        "updated": entry.updated or changed,
        "summary": summary if written.description else "",
        "enclosures": [(one.href, one.type, one.length) for one in entry.enclosures],
    }


@pytest.mark.parametrize("path", FEEDS)
def test_reader_reads_every_post(proxy: Proxy, library: reader.Reader, path: str) -> None:
    """Every field of every public post.

    Of several authors `reader` takes one from XML; from JSON Feed it takes them all.
    """
    entries = {entry.link: entry for entry in library.get_entries(feed=proxy.url(path))}
    assert len(entries) == len(POSTS)
    for written in POSTS:
        entry = entries[proxy.url(written.path)]
        assert seen_by_reader(entry, written) == written_for_reader(written, proxy.home)
        assert written.phrase in entry.content[0].value
        names = tuple(author.name for author in entry.authors)
        if written.authors:
            assert names == written.authors if path == "/feed.json" else names[0] in written.authors


def test_reader_makes_conditional_requests(proxy: Proxy, library: reader.Reader) -> None:
    """The second poll is answered 304, and so is the third, made of the 304's own headers.

    PROTOCOL.md, rows 3 and 109: some clients keep the validators of the last answer only.
    """
    for _ in range(2):
        start = len(proxy.seen)
        results = list(library.update_feeds_iter(scheduled=False))
        assert [result.value for result in results] == [None] * len(FEEDS)
        polls = proxy.seen[start:]
        assert sorted(poll.path for poll in polls) == sorted(FEEDS)
        for poll in polls:
            assert poll.status == 304, poll
            assert {"if-none-match", "if-modified-since"} <= poll.headers.keys()


def test_reader_sees_an_edit_as_one_modified_entry(site: Site) -> None:
    """A new title is not a new post: readers know posts by their id (RFC 4287, 4.2.6)."""
    site.write("kept.md", post("Kept", body="Kept body."))
    site.write("edited.md", post("Before", body="Some body."))
    with (
        site.live() as server,
        contextlib.closing(reader.make_reader(":memory:")) as library,
    ):
        for path in FEEDS:
            library.add_feed(f"http://127.0.0.1:{server.port}{path}")
        library.update_feeds()
        site.write("edited.md", post("After", body="Some body."))
        for path in FEEDS:
            server.until(lambda answer: "After" in answer.text, path)
        for result in library.update_feeds_iter(scheduled=False):
            assert result.updated_feed is not None, result
            assert (result.updated_feed.new, result.updated_feed.modified) == (0, 1)


def test_listparser_reads_the_subscription_list(proxy: Proxy) -> None:
    """Each feed of /feeds.opml is one of ours, has a title and can be subscribed to."""
    parsed = listparser.parse(proxy.url("/feeds.opml"))
    assert not parsed.bozo, parsed.bozo_exception
    assert parsed.version == "opml2"
    assert parsed.meta.title
    urls = [feed.url for feed in parsed.feeds]
    assert urls
    assert len(urls) == len(set(urls))
    first, *groups = urls
    assert first in {proxy.url(path) for path in FEEDS}
    assert all(url.startswith(proxy.url("/tags/")) for url in groups)
    assert all(feedparser.parse(url).entries for url in groups)
    assert all(feed.title for feed in parsed.feeds)


def addresses(home: str) -> list[str]:
    """Return all that a crawler may find: the public posts and the extra pages."""
    paths = ["/", "/about/", *(written.path for written in POSTS)]
    return sorted(home.rstrip("/") + path for path in paths)


def test_ultimate_sitemap_parser_finds_every_page(proxy: Proxy) -> None:
    """From the home page through robots.txt to each URL with its lastmod, each found once."""
    tree = sitemap_tree_for_homepage(proxy.home)
    robots = [one for one in tree.sub_sitemaps if isinstance(one, IndexRobotsTxtSitemap)]
    assert [one.url for one in robots[0].sub_sitemaps] == [proxy.url("/sitemap.xml")]
    assert not [one for one in tree.all_sitemaps() if isinstance(one, InvalidSitemap)]
    pages = list(tree.all_pages())
    assert sorted(page.url for page in pages) == addresses(proxy.home)
    dates = {page.url: page.last_modified for page in pages}
    for written in POSTS:
        found = dates[proxy.url(written.path)]
        assert found is not None
        assert found.astimezone(UTC) == instant(written.updated or written.date)


SPIDER = """
from scrapy.spiders import SitemapSpider

class Crawler(SitemapSpider):
    name = "crawler"
    handle_httpstatus_list = [404]

    def parse(self, response):
        yield {"url": response.url}
"""
CRAWL = {
    "ROBOTSTXT_OBEY": "1",
    "COOKIES_ENABLED": "0",  # the cookie middleware would fetch the public suffix list
    "TELNETCONSOLE_ENABLED": "0",
    "RETRY_ENABLED": "0",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
    "LOG_LEVEL": "WARNING",
}


def crawl(folder: Path, robots: str) -> list[str]:
    """Run Scrapy's own SitemapSpider from robots.txt on; return the URLs it reached."""
    spider, found = folder / "spider.py", folder / "found.json"
    spider.write_text(SPIDER + f"    sitemap_urls = [{robots!r}]\n")
    options = [word for key, value in CRAWL.items() for word in ("-s", f"{key}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "runspider", str(spider), "-O", str(found), *options],
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return sorted(row["url"] for row in json.loads(found.read_text()))


def test_scrapy_reaches_every_page(proxy: Proxy, tmp_path: Path) -> None:
    """A crawler that obeys robots.txt may fetch each page; what is no page is not listed."""
    start = len(proxy.seen)
    assert crawl(tmp_path, proxy.url("/robots.txt")) == addresses(proxy.home)
    sitemap = [one.status for one in proxy.seen[start:] if one.path == "/sitemap.xml"]
    assert sitemap == [200]
