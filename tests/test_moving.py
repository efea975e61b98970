"""Moving here: subscribers of other programs' feeds see no post twice and lose none."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import live
import pytest
import reader
from click.testing import CliRunner
from conftest import URL, Site, post
from sqlalchemy import Engine, func, select
from test_publishing import NOW, Clock

from feeds.cli import main
from feeds.errors import FeedsError
from feeds.index.database import open_index, open_ledger, reading
from feeds.index.intake import Intake
from feeds.index.places import place
from feeds.index.tables import posts
from feeds.model import rfc3339
from feeds.moving import addresses
from feeds.moving.adopt import Adoption, adopt
from feeds.moving.diff import Difference, diff
from feeds.moving.old_feeds import OldFeed, parse, read
from feeds.publisher.lock import take_lock
from feeds.publisher.run import Publisher
from feeds.settings import load

TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
PATHS = {"rss": "/feed.xml", "atom": "/atom.xml", "json": "/feed.json"}


@dataclass
class Web:
    """A server on loopback; `pages` is what it has: path → status, headers, bytes."""

    port: int
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, path: str, content: str | bytes, kind: str = "text/html") -> str:
        body = content.encode() if isinstance(content, str) else content
        self.pages[path] = (200, {"Content-Type": kind}, body)
        return self.url(path)

    def send(self, path: str, target: str) -> str:
        self.pages[path] = (302, {"Location": target}, b"")
        return self.url(path)


@contextlib.contextmanager
def serving() -> Iterator[Web]:
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found = Web(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


# Old feeds, as other programs write them.


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry of an old feed; `id` None: it has none."""

    id: str | int | None
    link: str
    title: str
    date: int = NOW - 90_000
    body: str = "Text."
    permalink: bool = True


def rss(items: Sequence[Item], home: str = URL, more: str = "") -> str:
    def one(item: Item) -> str:
        flag = "" if item.permalink else ' isPermaLink="false"'
        guid = "" if item.id is None else f"<guid{flag}>{escape(str(item.id))}</guid>"
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(item.date))
        return (
            f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>{guid}"
            f"<pubDate>{date}</pubDate><description>{escape(f'<p>{item.body}')}</description></item>"
        )

    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Old</title><link>{home}</link>{more}{''.join(map(one, items))}</channel></rss>"
    )


def atom(items: Sequence[Item], home: str = URL, more: str = "") -> str:
    def one(item: Item) -> str:
        date = rfc3339(item.date)
        return (
            f"<entry><id>{escape(str(item.id))}</id><title>{escape(item.title)}</title>"
            f'<link rel="alternate" href="{escape(item.link)}"/><updated>{date}</updated>'
            f"<published>{date}</published><content>{escape(item.body)}</content></entry>"
        )

    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Old</title><id>tag:old,2001:feed</id>'
        f'<link href="{home}"/>{more}{"".join(map(one, items))}</feed>'
    )


def json_feed(items: Sequence[Item], home: str = URL, **more: Any) -> str:
    found = [
        {
            "id": item.id,
            "url": item.link,
            "title": item.title,
            "date_published": rfc3339(item.date),
            "content_html": f"<div>{item.body}</div>",
        }
        for item in items
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "home_page_url": home, "items": found, **more})


WRITERS: dict[str, Callable[..., str]] = {"rss": rss, "atom": atom, "json": json_feed}

Rule = tuple[str, str, bool]
HASHES = ("5f3c6a1be2d0c4001ee9d1aa", "5f3c6a1be2d0c4001ee9d1ab", "5f3c6a1be2d0c4001ee9d1ac")
# Who wrote it → format → id, link, isPermaLink; {at}: the post's path, {n}: its number.
PERMALINK = ("https://example.org{at}", "https://example.org{at}", True)
GENERATORS: dict[str, dict[str, Rule]] = {
    "hugo": {"rss": PERMALINK},
    "wordpress": {
        "rss": ("https://example.org/?p=1{n}", "https://example.org{at}", False),
        "atom": ("https://example.org/?p=1{n}", "https://example.org{at}", False),
        "json": PERMALINK,
    },
    "jekyll": {"atom": ("https://example.org{bare}", "https://example.org{bare}.html", True)},
    "pelican": {
        "rss": ("tag:example.org,2024-05-0{n}:{bare}.html", "http://example.org{bare}.html", False),
        "atom": ("tag:example.org,2024-05-0{n}:{bare}.html", "http://example.org{bare}.html", True),
    },
    "blogger": {
        "atom": ("tag:blogger.com,1999:blog-7.post-{n}", "http://www.example.org{bare}.html", True),
        "rss": ("tag:blogger.com,1999:blog-7.post-{n}", "http://www.example.org{bare}.html", False),
    },
    "ghost": {"rss": ("{hash}", "https://example.org{at}", False)},
    "zola": {"atom": PERMALINK},
    "eleventy": {"atom": PERMALINK, "json": PERMALINK},
    "hexo": {"atom": ("http://example.org{at}", "http://example.org{at}index.html", True)},
    "no guid": {"rss": ("", "http://www.example.org{bare}", True)},
    "numbers": {"json": ("{n}", "https://example.org{at}", True)},
    "not an iri": {"atom": ("post-{n}", "https://example.org{at}?utm_source=atom", True)},
    "another host": {"rss": ("https://old.net{at}", "https://old.net{at}", True)},
}
SLUGS = ("first", "größe", "third")
SUBSCRIBED = [(name, form) for name, rules in GENERATORS.items() for form in rules]


def folder(name: str) -> str:
    return name.replace(" ", "-")


def titles(name: str) -> list[str]:
    return [f"{name}: {slug}" for slug in SLUGS]


def items(name: str, form: str) -> list[Item]:
    known_by, link, permalink = GENERATORS[name][form]
    made = []
    for number, slug in enumerate(SLUGS, 1):
        bare = f"/{folder(name)}/{quote(slug)}"
        parts = {"at": f"{bare}/", "bare": bare, "n": number, "hash": HASHES[number - 1]}
        given = known_by.format(**parts) or None
        made.append(
            Item(
                id=int(given) + 700 if name == "numbers" and given else given,
                link=link.format(**parts),
                title=f"{name}: {slug}",
                permalink=permalink,
            )
        )
    return made


class Move:
    """A site here, with a publisher in this process."""

    def __init__(self, site: Site) -> None:
        self.site, self.clock = site, Clock()

    def settings(self) -> Any:
        return load(base=self.site.root)

    def publish(self) -> None:
        with Publisher(self.settings, self.clock, renderer=live.RENDERER) as publisher:
            publisher.run()
        self.clock.now += 10

    def settle(self) -> None:
        """Do what a pass does about ids, and render nothing: that takes long."""
        with self.databases() as (index, ledger):
            intake = Intake(index, ledger, self.settings())
            intake.apply()
            intake.scan(None, int(self.clock() * 1e9))
            intake.settle(int(self.clock()))
        self.clock.now += 10

    @contextlib.contextmanager
    def databases(self) -> Iterator[tuple[Engine, Engine]]:
        state = self.site.root / ".feeds"
        state.mkdir(exist_ok=True)
        found = open_index(state / "index.db"), open_ledger(state / "ledger.db")
        try:
            yield found
        finally:
            for engine in found:
                engine.dispose()

    def adopt(self, *feeds: str | OldFeed, force: bool = False, dry_run: bool = False) -> Adoption:
        found = [self.old(feed) for feed in feeds]
        return adopt(self.settings(), found, self.clock, force=force, dry_run=dry_run)

    def diff(self, feed: str) -> Difference:
        (found,) = diff(self.settings(), [self.old(feed)], self.clock)
        return found

    def old(self, feed: str | OldFeed) -> OldFeed:
        return parse(feed.encode(), "old", None) if isinstance(feed, str) else feed

    def ids(self, form: str) -> dict[str, str]:
        """Return title → id, as the documents of a format have them."""
        columns = {"rss": posts.c.entry_id, "atom": posts.c.atom_id}
        shown = columns.get(form, func.coalesce(posts.c.json_id, posts.c.entry_id))
        with self.databases() as (index, _), reading(index) as connection:
            rows = connection.execute(select(posts.c.post, shown))
            return {json.loads(text)["title"]: given for text, given in rows}


@pytest.fixture
def move(site: Site) -> Move:
    return Move(site)


# Each way to make ids, read by a subscriber before and after.


@pytest.fixture(scope="module")
def seen(
    web: Web, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[reader.Reader, Web, Adoption, Move]]:
    """Subscribers of all old feeds, who read them, then what is served in their place."""
    move = Move(Site(tmp_path_factory.mktemp("moved") / "site"))
    move.site.settings(f'[site]\nurl = "{URL}"\n[feeds]\nentries = 100\n')
    for name in GENERATORS:
        for number, (slug, title) in enumerate(zip(SLUGS, titles(name), strict=True), 1):
            move.site.write(f"{folder(name)}/{slug}.md", post(title, f"2024-05-0{number}"))
    feeds = []
    with contextlib.closing(reader.make_reader(":memory:")) as library:
        for name, form in SUBSCRIBED:
            home = "https://old.net/" if name == "another host" else URL
            document = WRITERS[form](items(name, form), home)
            feeds.append(web.put(f"/{folder(name)}/{form}", document, TYPES[form]))
            library.add_feed(feeds[-1])
        assert all(one.updated_feed for one in library.update_feeds_iter(scheduled=False))
        adoption = move.adopt(*map(read, feeds))
        move.publish()
        for name, form in SUBSCRIBED:
            web.put(f"/{folder(name)}/{form}", move.site.published(PATHS[form]), TYPES[form])
        assert all(one.updated_feed for one in library.update_feeds_iter(scheduled=False))
        yield library, web, adoption, move


@pytest.mark.parametrize(("name", "form"), SUBSCRIBED)
def test_a_subscriber_sees_no_post_twice_and_loses_none(
    seen: tuple[reader.Reader, Web, Adoption, Move], name: str, form: str
) -> None:
    library, web, _, _ = seen
    shown = [entry.title for entry in library.get_entries(feed=web.url(f"/{folder(name)}/{form}"))]
    everything = [title for other in GENERATORS for title in titles(other)]
    assert sorted(map(str, shown)) == sorted(everything)


def test_every_entry_finds_its_post(seen: tuple[reader.Reader, Web, Adoption, Move]) -> None:
    _, _, adoption, move = seen
    assert len(adoption.matched) == len(GENERATORS) * len(SLUGS)
    assert adoption.matched["wordpress/first.md"] == "https://example.org/?p=11"
    assert (adoption.waiting, adoption.unknown, adoption.conflicts) == ([], 0, [])
    assert move.ids("json")["wordpress: first"] == "https://example.org/wordpress/first/"
    assert move.ids("rss")["jekyll: first"] == "https://example.org/jekyll/first"


def test_what_is_published_is_what_subscribers_know(
    seen: tuple[reader.Reader, Web, Adoption, Move],
) -> None:
    """`feeds diff` says the same as a subscriber would."""
    _, _, _, move = seen
    (found,) = diff(move.settings(), [move.old(rss(items("wordpress", "rss")))], move.clock)
    assert (found.again, found.lost) == ([], {})


# Orders, conflicts, posts to come.

GUIDS = [
    Item(id=f"g{number}", link=f"{URL}{slug}/", title=slug.title(), permalink=False)
    for number, slug in enumerate(("one", "two"), 1)
]


def write(site: Site, *slugs: str) -> None:
    for number, slug in enumerate(slugs, 1):
        site.write(f"{slug}.md", post(slug.title(), f"2024-05-{number:02}"))


def test_after_serving_under_a_provisional_address(move: Move) -> None:
    write(move.site, "one", "two")
    move.site.settings("[site]\n")
    move.settle()
    with pytest.raises(FeedsError, match=r"http://127.0.0.1:8000/.*--url https://"):
        move.adopt(rss(GUIDS))
    move.site.settings(f'[site]\nurl = "{URL}"\n')
    assert move.adopt(rss(GUIDS), json_feed([Item(id=7, link=f"{URL}one", title="")])).matched == {
        "one.md": "g1",
        "two.md": "g2",
    }
    move.settle()
    assert move.ids("rss") == {"One": "g1", "Two": "g2"}
    assert move.ids("json") == {"One": "7", "Two": "g2"}
    assert move.ids("atom")["One"].startswith("tag:example.org,")
    move.site.settings("[site]\n")  # as a preview on this machine would
    move.settle()
    move.site.settings(f'[site]\nurl = "{URL}"\n')
    move.settle()
    assert move.ids("rss") == {"One": "g1", "Two": "g2"}


def test_ids_that_were_published_are_replaced_by_force_alone(move: Move) -> None:
    write(move.site, "one", "two")
    move.publish()
    before = move.ids("rss")
    old_atom = atom([Item(id="tag:a,2001:1", link=f"{URL}one/", title="One")])
    done = move.adopt(rss(GUIDS[:1]), old_atom)
    assert [tuple(conflict) for conflict in done.conflicts] == [
        ("one.md", f"{URL}one/", "g1"),
        ("one.md", f"{URL}one/", "tag:a,2001:1"),
        ("the Atom feed itself", URL, "tag:old,2001:feed"),
    ]
    assert (done.waiting, done.unknown) == ([], 1)
    move.settle()
    assert move.ids("rss") == before
    assert move.diff(rss(GUIDS)).again[0].new == before["Two"]
    assert move.adopt(rss(GUIDS), old_atom, force=True).conflicts == []
    move.publish()
    assert move.ids("rss") == {"One": "g1", "Two": "g2"}
    assert move.ids("atom") == {"One": "tag:a,2001:1", "Two": before["Two"]}
    assert "<id>tag:old,2001:feed</id>" in move.site.published("/atom.xml")
    assert move.adopt(rss(GUIDS), old_atom).conflicts == []


def test_adoption_moves_no_date(move: Move) -> None:
    write(move.site, "one", "two")
    move.adopt(rss(GUIDS), atom([Item(id=f"{URL}one/", link=f"{URL}one/", title="One")]))
    move.publish()
    newest = "2024-05-02T00:00:00Z"
    assert f"<lastmod>{newest}" in move.site.published("/sitemap.xml")
    assert str(NOW)[:4] not in move.site.published("/sitemap.xml")
    found = feedparser.parse(move.site.published("/atom.xml"))
    assert (found.feed.id, found.feed.updated[:10]) == ("tag:old,2001:feed", newest[:10])
    move.site.write("two.md", post("Two, edited", "2024-05-02"))
    move.publish()
    assert f"<lastmod>{rfc3339(NOW + 10)}" in move.site.published("/sitemap.xml")
    assert move.ids("rss")["Two, edited"] == "g2"


def test_ids_wait_for_posts_that_come_later(move: Move) -> None:
    write(move.site, "one", "three")
    first = move.adopt(rss(GUIDS))
    assert [one.id for one in first.waiting] == ["g2"]
    assert first.unknown == 1
    move.adopt(json_feed([Item(id="j2", link=f"{URL}two", title="Two")]))
    move.settle()
    move.site.write("deep/two.md", post("Two", "2024-05-02", slug="/two/"))
    move.site.write("two.md", post("Two", "2024-05-02"))
    (move.site.content / "deep/two.md").unlink()
    move.settle()
    assert move.ids("rss") == {"One": "g1", "Two": "g2", "Three": f"{URL}three/"}
    assert move.ids("json")["Two"] == "j2"


def test_a_dry_run_tells_and_writes_nothing(move: Move) -> None:
    write(move.site, "one", "two")
    assert move.adopt(rss(GUIDS), dry_run=True).matched == {"one.md": "g1", "two.md": "g2"}
    assert not (move.site.root / ".feeds").exists()


def test_an_adopted_id_outlasts_what_the_file_says_and_a_new_address(move: Move) -> None:
    """The `guid` of a file was in no feed before: what subscribers hold counts."""
    move.site.write("one.md", post("One", guid="other"))
    move.adopt(rss(GUIDS))
    move.settle()
    assert move.ids("rss") == {"One": "g1"}
    move.site.write("one.md", post("One", body="Edited.", guid="other", slug="elsewhere"))
    move.settle()
    assert move.ids("rss") == {"One": "g1"}


def test_what_cannot_be_told_apart_is_said(move: Move) -> None:
    write(move.site, "one", "two")
    twins = [Item(id=f"t{n}", link=f"{URL}one/", title="One", permalink=False) for n in (1, 2)]
    same = [Item(id="s", link=f"{URL}{slug}/", title="", permalink=False) for slug in ("two", "x")]
    done = move.adopt(rss([*twins, *same]))
    assert done.matched == {"two.md": "s"}
    assert [note for note in done.notes if f"2 entries have the address {URL}one/" in note]
    assert [note for note in done.notes if "both have the id s: it stays with the first" in note]
    assert [note for note in done.notes if note.startswith("one.md: 2 entries of old feeds")]
    move.site.write("one.md", post("One", "2024-05-01", guid="t2"))  # as the hint says
    move.settle()
    assert move.ids("rss") == {"One": "t2", "Two": "s"}


def test_feeds_of_tags_and_pages_of_other_sites(move: Move) -> None:
    """One post in several feeds is one entry; a link post is known by its own address."""
    write(move.site, "one", "two")
    linked = Item(id=f"{URL}two/", link="https://elsewhere.net/one/", title="Two")
    foreign = Item(id="f", link="https://elsewhere.net/two/", title="", permalink=False)
    other = Item(id="g9", link=f"{URL}one", title="One", permalink=False)
    done = move.adopt(rss([GUIDS[0], linked, foreign]), rss(GUIDS[:1]), rss([other]))
    assert done.matched == {"one.md": "g1", "two.md": f"{URL}two/"}
    assert done.elsewhere == 1
    assert [note for note in done.notes if "has the id g9, and g1 in a feed named before" in note]


@pytest.mark.parametrize(
    ("home", "link", "url"),
    [
        ("https://ada.github.io/blog/", "https://ada.github.io/blog/one/", URL),
        ("https://old.net/", "https://old.net/one.html", "https://example.org/log/"),
        ("https://old.net/posts/", "https://old.net/posts/one/", "https://example.org/posts/"),
        ("", "https://old.net/one/index.html", URL),
    ],
)
def test_a_site_that_was_below_another_folder(move: Move, home: str, link: str, url: str) -> None:
    move.site.settings(f'[site]\nurl = "{url}"\n')
    write(move.site, "one")
    assert move.adopt(rss([Item(id="g", link=link, title="One", permalink=False)], home)).matched


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("https://example.org/a/b/", "/a/b"),
        ("http://www.example.org/a/b", "/a/b"),
        ("https://example.org/a/b/index.html", "/a/b"),
        ("https://example.org/a/b.html?utm_source=rss&utm_medium=feed", "/a/b"),
        ("https://example.org//a/%62/", "/a/b"),
        ("https://example.org/gr%C3%B6%C3%9Fe/", "/größe"),
        ("https://example.org/gro\u0308ße", "/größe"),
        ("https://example.org/", "/"),
        ("https://example.org/A", "/A"),
        ("https://example.org/?p=12", "/?p=12"),
        ("https://example.org/a/?p=1&utm_x=2#v1", "/a?p=1#v1"),
    ],
)
def test_forms_of_one_address(written: str, found: str) -> None:
    assert place(written) == found


# The ledger is kept for ever.


def test_a_ledger_of_the_first_release_gets_what_is_new(move: Move) -> None:
    write(move.site, "one")
    state = move.site.root / ".feeds"
    state.mkdir()
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as old:
        old.executescript("""
            CREATE TABLE entries (number INTEGER NOT NULL, path VARCHAR, id VARCHAR,
                atom_id VARCHAR, url VARCHAR, body VARCHAR, raw VARCHAR NOT NULL,
                public VARCHAR NOT NULL, edition INTEGER NOT NULL, lastmod INTEGER,
                first INTEGER NOT NULL, post VARCHAR, states VARCHAR NOT NULL, html VARCHAR,
                summary VARCHAR, PRIMARY KEY (number), UNIQUE (path), UNIQUE (id));
            CREATE INDEX ix_entries_url ON entries (url);
            CREATE INDEX ix_entries_body ON entries (body);
            INSERT INTO entries VALUES (1, 'one.md', 'kept', 'urn:kept', 'https://example.org/one/',
                'b', 'r', 'p', 1, NULL, 5, NULL, '', NULL, NULL);
        """)
    for _ in range(2):
        open_ledger(state / "ledger.db").dispose()
    old = [Item(id=given, link=f"{URL}one/", title="") for given in ("kept", "j")]
    done = move.adopt(rss(old[:1]), json_feed(old[1:]), force=True)
    assert done.matched == {"one.md": "kept"}
    move.publish()
    assert (move.ids("rss"), move.ids("json")) == ({"One": "kept"}, {"One": "j"})
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as now:
        indexes = {row[1] for row in now.execute("PRAGMA index_list(entries)")}
    assert {"ix_entries_place", "ix_entries_json_id", "ix_entries_atom_id"} <= indexes


# Old feeds as they are found.


def test_all_pages_of_a_feed_are_read(web: Web) -> None:
    """RFC 5005, 3 and 4; JSON Feed, next_url. Another host is not asked, a circle ends."""

    def page(number: int) -> list[Item]:
        return [Item(id=f"p{number}", link=f"{URL}p{number}/", title="", permalink=False)]

    def link(rel: str, to: str) -> str:
        return f'<atom:link rel="{rel}" href="{to}"/>'

    paged = web.put("/paged", rss(page(1), more=link("next", "/paged?2")))
    web.put("/paged?2", rss(page(2), more=link("next", "/paged")))
    archived = web.put(
        "/archived", atom(page(1), more='<link rel="prev-archive" href="archived/1"/>')
    )
    web.put(
        "/archived/1",
        atom(page(2), more=f'<link rel="next" href="http://localhost:{web.port}/no"/>'),
    )
    following = web.put("/json", json_feed(page(1), next_url="?page=2"))
    web.put("/json?page=2", json_feed(page(2)))
    for name in (paged, archived, following):
        assert [entry.id for entry in read(name).entries] == ["p1", "p2"]
    assert "/no" not in web.asked


def test_what_is_no_feed_is_named(web: Web, tmp_path: Path) -> None:
    page = '<!doctype html><title>My blog</title><link rel="alternate" type="{}" href="/f.xml">'
    loop = web.send("/loop", "/loop")
    hops = [web.send(f"/hop{n}", f"/hop{n + 1}") for n in range(5)]
    web.put("/hop5", rss(GUIDS))
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    (tmp_path / "broken").write_text('{"version": ')
    (tmp_path / "other").write_text('{"version": 3, "items": []}')
    (tmp_path / "text").write_text("hello")
    wrong = {
        web.put("/", page.format(TYPES["rss"])):
            rf'a page of HTML \("My blog"\), no feed; the feed it links to is {web.url("/f.xml")}',
        web.put("/plain", "<html><body>x"): "a page of HTML",
        web.url("/missing"): "the server answers 404",
        loop: "redirects",
        "http://127.0.0.1:1/": "refused",
        "ftp://example.org/feed": "ftp:// is not read",
        str(tmp_path / "nothing.xml"): "No such file",
        str(tmp_path): "directory",
        str(large): "more than 50 MB",
        str(tmp_path / "broken"): "not JSON",
        str(tmp_path / "other"): "no JSON Feed",
        str(tmp_path / "text"): "no feed: neither RSS, Atom, JSON Feed",
    }  # fmt: skip
    for name, message in wrong.items():
        with pytest.raises(FeedsError, match=message):
            read(name)
    assert len(read(hops[0]).entries) == 2


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden words")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 12))
    declared = (
        f'<!DOCTYPE rss [\n<!ENTITY e0 "ha">\n{bomb}<!ENTITY x SYSTEM "{secret.as_uri()}">\n]>'
    )
    document = rss(GUIDS).replace("<rss", f"{declared}\n<rss", 1).replace("One", "&x;&e11;")
    found = parse(document.encode(), "bomb", None)
    assert [entry.id for entry in found.entries] == ["g1", "g2"]
    assert "hidden" not in found.entries[0].title
    assert len(found.entries[0].title) < 1000


def test_what_breaks_no_command(move: Move) -> None:
    write(move.site, "one", "two")
    odd = [
        *({"url": f"{URL}no-id/"}, "text", {"id": None}, {"id": "  "}),
        {"id": "a\ud800b", "url": f"{URL}one/"},
        {"id": "brackets", "url": "http://[::", "date_published": "soon"},
        {"id": 1.5, "url": [], "title": {}, "content_html": "<"},
    ]
    version = "https://jsonfeed.org/version/1"
    done = move.adopt(json.dumps({"version": version, "items": odd}), rss([]))
    assert done.matched == {"one.md": "ab"}
    broken = rss(GUIDS).removesuffix("</channel></rss>").replace("<title>Two", "<title>&nbsp;<Two")
    assert [entry.id for entry in move.old(broken).entries] == ["g1", "g2"]


# What a subscriber would see.


def test_a_difference_has_every_kind(move: Move) -> None:
    move.site.write("kept.md", post("Kept, renamed", "2024-05-05", "New <b>text</b>."))
    move.site.write("new-slug.md", post("Moved", "2024-05-04", "Moved here."))
    move.site.write("old.md", post("Old", "2020-01-01", "Long ago."))
    move.site.write("fresh.md", post("Fresh", "2024-05-06", "Quite new."))
    day = 1_714_867_200  # 2024-05-05
    old = [
        Item(id=f"{URL}kept/", link=f"{URL}kept/", title="Kept", date=day, body="Old text."),
        Item(id="m", link=f"{URL}moved/", title="Moved", date=day - 86400, permalink=False),
        Item(id="gone", link=f"{URL}gone/", title="Gone", date=day, permalink=False),
        Item(id="gone", link=f"{URL}gone/2/", title="Gone", date=day, permalink=False),
    ]
    found = move.diff(rss(old))
    assert [tuple(one) for one in found.again] == [
        ("Moved", f"{URL}new-slug/", "m", f"{URL}new-slug/")
    ]
    assert found.lost == {f"{URL}gone/": "Gone", f"{URL}gone/2/": "Gone"}
    assert [one.fields for one in found.changed] == [
        {"title": ("Kept", "Kept, renamed"), "body": ("Old text.", "New text.")}
    ]
    assert found.older == {f"{URL}old/": "Old"}
    assert found.doubled == ["gone"]
    assert not (move.site.root / ".feeds").exists()


def test_entries_beyond_the_new_window_are_not_lost(move: Move) -> None:
    move.site.settings(f'[site]\nurl = "{URL}"\n[feeds]\nentries = 1\n')
    write(move.site, "one", "two")
    move.adopt(rss(GUIDS))
    found = move.diff(rss(GUIDS))
    assert (found.again, found.lost) == ([], {})


@pytest.mark.parametrize(
    ("url", "form", "more", "said"),
    [
        ("https://example.org/feed/", "rss", "", '[aliases] in feeds.toml: "/feed/" = "/feed.xml"'),
        ("https://example.org/feed/", "rss", '[aliases]\n"/feed/" = "/feed.xml"\n', None),
        ("https://example.org/feed.xml", "rss", "", None),
        ("https://example.org/feed.xml", "atom", "", "/feed.xml was Atom and is RSS here"),
        ("https://example.org/x", "json", "[paths]\njson = false", 'feeds.toml: json = "/x"'),
        ("https://example.org/?feed=rss2", "rss", "", None),
        ("https://feeds.feedburner.com/blog", "rss", "", None),
    ],
)  # fmt: skip
def test_old_addresses(move: Move, url: str, form: str, more: str, said: str | None) -> None:
    move.site.settings(f'[site]\nurl = "{URL}"\n{more}')
    feed = parse(WRITERS[form](GUIDS).encode(), "old", url)
    found = addresses.advice(move.settings(), [feed])
    assert (len(found), said in found[0] if said else True) == (1 if said else 0, True)


# The commands.


def test_the_commands(move: Move, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    move.site.write("one.md", post("One", "2024-05-01"))
    url = web.put("/index.xml", rss(GUIDS[:1]))
    monkeypatch.chdir(move.site.root)
    before = CliRunner().invoke(main, ["diff", url])
    assert before.exit_code == 1
    again = f"entries shown twice; `feeds adopt` keeps their ids: 1\n    {URL}one/: g1 becomes"
    assert again in before.output
    with contextlib.closing(os.fdopen(take_lock(move.site.root / ".feeds"), "rb")):
        refused = CliRunner().invoke(main, ["adopt", url])
    assert refused.exit_code == 1
    assert "stop it first" in refused.output
    done = move.site.run("adopt", url)
    assert done.returncode == 0, done.stderr
    assert "posts that keep their ids: 1\n    one.md → g1\n" in done.stdout
    assert '"/index.xml" = "/feed.xml"' not in done.stdout  # it is of another host
    after = CliRunner().invoke(main, ["diff", url, "--json"])
    assert after.exit_code == 0
    assert json.loads(after.output)["feeds"][0]["again"] == []
    started = CliRunner().invoke(main, ["init", "--force"])
    assert started.output.splitlines()[-1].startswith("has this site subscribers? `feeds adopt")


def test_a_feed_of_a_tag_goes_on_as_one(site: Site) -> None:
    """Its subscribers are not sent to the whole site's feed, which does not take its id."""
    site.write("a.md", post("A", tags="[py]"))
    link = '<link rel="self" href="https://example.org/tags/Py/index.xml"/>'
    entry = '<entry><id>urn:x:1</id><link href="https://example.org/a/"/></entry>'
    (site.root / "tag.xml").write_text(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:tagfeed</id>{link}{entry}</feed>'
    )
    settings = '[site]\nurl = "https://example.org/"\n[groupings]\nformats = ["atom"]\n'
    site.settings(settings)
    done = site.call("adopt", "tag.xml")
    assert done.returncode == 0, done.stderr
    assert '"/tags/Py/index.xml" = "/tags/py/atom.xml"' in done.stdout
    site.settings(f'{settings}[aliases]\n"/tags/Py/index.xml" = "/tags/py/atom.xml"\n')
    assert site.call("publish").returncode == 0
    assert "urn:tagfeed" not in site.published("/atom.xml")
    assert "<id>urn:x:1</id>" in site.published("/tags/py/atom.xml")


@pytest.mark.parametrize("command", ["adopt", "diff"])
@pytest.mark.parametrize("name", ["empty.xml", "http://[::1", "folder", "nowhere.xml"])
def test_what_is_no_feed_at_all(site: Site, command: str, name: str) -> None:
    (site.root / "empty.xml").touch()
    (site.root / "folder").mkdir()
    done = site.call(command, name)
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
