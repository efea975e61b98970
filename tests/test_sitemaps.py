"""Sitemaps above the protocol's limits: an index over shards, which change together."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import live
import pytest
from conftest import URL, Site, post
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from usp.objects.sitemap import InvalidSitemap
from usp.tree import sitemap_tree_for_homepage
from usp.web_client.requests_client import RequestsWebClient

from feeds.formats import sitemap
from feeds.model import clean, rfc3339
from feeds.publisher import sizes
from feeds.publisher.run import Pass, Publisher
from feeds.publisher.sitemaps import Sitemap
from feeds.settings import load
from feeds.web.documents import Documents, Stored
from feeds.web.negotiation import ranks

NOW = 1_800_000_000
NS = {"s": sitemap.NAMESPACE}
HEAD = f'[site]\nurl = "{URL}"\ntitle = "Example"\n'


class Trial:
    """One publisher of a site, whose passes are made one by one, ten seconds apart."""

    def __init__(self, site: Site) -> None:
        self.site, self.now = site, float(NOW)
        self.publisher = self.opened()

    def opened(self) -> Publisher:
        few: dict[str, Any] = {"feeds": {"entries": 1}, "paths": {"atom": False, "json": False}}
        return Publisher(
            lambda: load(base=self.site.root, overrides=few),
            lambda: self.now,
            renderer=live.RENDERER,
        )

    def step(self, seconds: float = 10, trust: bool = True) -> Pass:
        """Make a pass, and others until nothing has to wait; return the first one's account."""
        self.now += seconds
        first = done = self.publisher.run(trust=trust)
        while done.deferred or done.unfinished:
            self.now += done.deferred
            done = self.publisher.run(trust=trust)
        return first

    def settings(self, text: str) -> None:
        self.site.settings(HEAD + text)
        self.publisher.reload()

    def restart(self, *forget: str) -> None:
        """Start anew; `forget` are files of the state that are deleted meanwhile."""
        self.publisher.close()
        for name in forget:
            for path in (self.site.root / ".feeds").glob(f"{name}*"):
                path.unlink()
        self.publisher = self.opened()

    def sitemaps(self) -> dict[str, bytes]:
        """Return path → bytes of the sitemap and of all its parts, straight from the store."""
        return {row[0]: row[1] for row in self.rows("path, identity")}

    def rows(self, columns: str) -> list[Any]:
        database = sqlite3.connect(self.site.root / ".feeds" / "index.db")
        query = f"SELECT {columns} FROM documents WHERE format = 'sitemap' ORDER BY path"
        try:
            return list(database.execute(query))
        finally:
            database.close()


@pytest.fixture
def trial(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    """A site whose limits are those of a very small one: 8 URLs in a document, 4 in a shard."""
    monkeypatch.setattr(sitemap, "MAX_URLS", 8)
    monkeypatch.setattr(sizes, "SHARD_URLS", 4)
    trial = Trial(site)
    try:
        yield trial
    finally:
        trial.publisher.close()


def locs(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    return [str(loc.text).removeprefix(URL) for loc in root.iterfind("*/s:loc", NS)]


def write(site: Site, name: str, date: str = "", **more: str) -> None:
    """Write a post; one without a date is undated."""
    text = post(name, date or "REMOVED", **more)
    site.write(f"{name}.md", text.replace("date: REMOVED\n", ""))


def names(trial: Trial) -> list[str]:
    """Return what the parts are called, in the order of the index; empty: there is no index."""
    documents = trial.sitemaps()
    whole = documents.pop("/sitemap.xml")
    root = etree.fromstring(whole)
    if root.tag == f"{{{sitemap.NAMESPACE}}}urlset":
        assert not documents
        return []
    assert sorted(f"/{path}" for path in locs(whole)) == sorted(documents)
    return [path.removeprefix("sitemap-").removesuffix(".xml") for path in locs(whole)]


def listed(trial: Trial) -> list[str]:
    """Return the path of every URL, wherever it is listed."""
    documents = trial.sitemaps()
    if len(documents) > 1:
        del documents["/sitemap.xml"]
    return sorted(path for document in documents.values() for path in locs(document))


def changed(trial: Trial, before: dict[str, bytes]) -> set[str]:
    """Return the paths whose bytes are others, and those that came or went."""
    after = trial.sitemaps()
    return {path for path in before | after if before.get(path) != after.get(path)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20).map(clean), st.none() | st.integers(0, 2**33))))
def test_a_sitemap_says_what_it_was_given_to_any_xml_parser(pages: list[Any]) -> None:
    pages = [(URL + loc.replace("\r", ""), lastmod) for loc, lastmod in pages]
    found = etree.fromstring(sitemap.render(pages))
    assert [
        (url.findtext("s:loc", namespaces=NS), url.findtext("s:lastmod", namespaces=NS))
        for url in found
    ] == [(loc, None if lastmod is None else rfc3339(lastmod)) for loc, lastmod in pages]
    size = len(sitemap.render(pages)) + sitemap.ROOM_BYTES - sitemap.MAX_BYTES
    assert size == sum(len(sitemap.entry(*page).encode()) for page in pages)


DAYS = [f"2024-05-{day:02}" for day in range(1, 32)]
MONTHS = [f"2024-{month:02}-01" for month in range(1, 13)]
SPLITS: dict[str, tuple[list[str], list[str]]] = {
    "years": (["2022-01-01", "2023-01-01", "2024-01-01"] * 3, ["2024", "2023", "2022"]),
    "a year that does not fit, by month": (
        [*MONTHS, "2023-01-01"], [*(month[:7] for month in reversed(MONTHS)), "2023"],
    ),
    "a month that does not fit, by day": (
        [*DAYS[:5], "2024-04-01", "2023-01-01", *["2022-07-01"] * 3],
        [*reversed(DAYS[:5]), "2024-04", "2023", "2022"],
    ),
    "undated ones last": (
        [*["2024-01-01"] * 4, *["2023-01-01"] * 4, ""], ["2024", "2023", "undated"],
    ),
    "the day in UTC": ([*["2024-01-01T00:30:00+01:00"] * 4, *["2024-01-01"] * 4, ""],
                       ["2024", "2023", "undated"]),
    "long ago": ([*["1066-10-14"] * 4, *["1999-01-01"] * 3, "", ""], ["1999", "1066", "undated"]),
}  # fmt: skip


@pytest.mark.parametrize("dates", SPLITS)
def test_a_part_is_the_longest_stretch_that_fits(trial: Trial, dates: str) -> None:
    given_dates, expected = SPLITS[dates]
    for number, date in enumerate(given_dates):
        write(trial.site, f"p{number}", date)
    trial.step()
    assert names(trial) == expected
    assert listed(trial) == sorted(f"p{number}/" for number in range(len(given_dates)))


@pytest.mark.parametrize(("date", "stem"), [("2024-05-17", "2024-05-17-"), ("", "undated-")])
def test_what_no_calendar_splits_is_split_by_a_hash_of_the_path(
    trial: Trial, date: str, stem: str
) -> None:
    for number in range(40):
        write(trial.site, f"p{number}", date)
    trial.step()
    parts = names(trial)
    assert len(listed(trial)) == 40
    assert all(part.startswith(stem) and len(part) > len(stem) for part in parts)
    assert any(len(part) == len(stem) + 2 for part in parts), "a part that did not fit"
    assert parts == sorted(parts, reverse=bool(date))
    before = trial.sitemaps()
    write(trial.site, "p7", date, description="Edited.")
    trial.step()
    assert len(changed(trial, before)) == 2, "the part of p7, and the index"
    for number in range(8, 40):
        (trial.site.content / f"p{number}.md").unlink()
    trial.step()
    assert names(trial) == []
    assert len(listed(trial)) == 8


def test_above_a_limit_there_is_an_index_and_below_it_one_document(trial: Trial) -> None:
    for number in range(8):
        write(trial.site, f"p{number}", f"202{number}-01-01" if number < 5 else "2019-01-01")
    trial.step()
    assert names(trial) == []
    write(trial.site, "ninth", "2018-01-01")
    trial.step()
    assert names(trial) == ["2024", "2023", "2022", "2021", "2020", "2019", "2018"]
    (trial.site.content / "ninth.md").unlink()
    trial.step()
    assert names(trial) == []
    assert list(trial.sitemaps()) == ["/sitemap.xml"]


def test_bytes_are_a_limit_too(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        write(trial.site, f"p{number}", f"2024-0{number + 1}-01")
    trial.step()
    whole = len(trial.sitemaps()["/sitemap.xml"])
    monkeypatch.setattr(sitemap, "ROOM_BYTES", sitemap.ROOM_BYTES - sitemap.MAX_BYTES + whole)
    monkeypatch.setattr(sizes, "SHARD_BYTES", 300)
    trial.restart("index.db")
    trial.step()
    assert names(trial) == [], "exactly as large as it may be"
    (trial.site.content / "p0.md").unlink()
    write(trial.site, "p0-longer", "2024-01-01")
    trial.step()
    parts = names(trial)
    assert parts == [f"2024-0{month}" for month in range(6, 0, -1)]
    assert len(listed(trial)) == 6


PARTS = {f"/sitemap-{year}.xml" for year in range(2019, 2024)}


@pytest.fixture
def years(trial: Trial) -> Trial:
    """Three posts in each of five years; the feeds list the newest of all."""
    trial.settings("[groupings]\nkinds = []\n")
    for year in range(2019, 2024):
        for number in range(1, 4):
            write(trial.site, f"{year}-{number}", f"{year}-0{number}-01")
    trial.step()
    assert trial.sitemaps().keys() == {*PARTS, "/sitemap.xml"}
    return trial


def edit(trial: Trial) -> None:
    write(trial.site, "2020-2", "2020-02-01", description="Edited.")


def remove(trial: Trial) -> None:
    (trial.site.content / "2020-2.md").unlink()


def rename(trial: Trial) -> None:
    (trial.site.content / "2020-2.md").rename(trial.site.content / "other.md")


def hide(trial: Trial) -> None:
    write(trial.site, "2020-2", "2020-02-01", draft="true")


def keep_out(trial: Trial) -> None:
    write(trial.site, "2020-2", "2020-02-01", sitemap="false")


def add(trial: Trial) -> None:
    write(trial.site, "fresh", "2020-12-31T23:59:59Z")


@pytest.mark.parametrize("change", [edit, remove, rename, hide, keep_out, add])
def test_one_change_is_one_part_and_the_index(years: Trial, change: Any) -> None:
    before = years.sitemaps()
    idle = years.step()
    assert (idle.rendered, changed(years, before)) == (0, set())
    change(years)
    done = years.step()
    assert changed(years, before) == {"/sitemap-2020.xml", "/sitemap.xml"}
    assert (done.rendered, done.looked) == (2, idle.looked + 1)
    dates = dict(years.rows("path, last_modified"))
    shown = etree.fromstring(years.sitemaps()["/sitemap.xml"]).iterfind("*", NS)
    assert {
        one.findtext("s:loc", namespaces=NS): one.findtext("s:lastmod", namespaces=NS)
        for one in shown
    } == {URL + path[1:]: rfc3339(dates[path]) for path in PARTS}
    assert dates["/sitemap-2020.xml"] == dates["/sitemap.xml"] == years.now


def test_a_new_date_is_two_parts_and_the_index(years: Trial) -> None:
    before = years.sitemaps()
    write(years.site, "2020-2", "2022-02-01")
    assert years.step().rendered == 3
    assert changed(years, before) == {"/sitemap-2020.xml", "/sitemap-2022.xml", "/sitemap.xml"}


def test_a_year_that_is_gone_takes_its_part_with_it(years: Trial) -> None:
    for number in range(1, 4):
        (years.site.content / f"2021-{number}.md").unlink()
    years.step()
    assert names(years) == ["2023", "2022", "2020", "2019"]
    assert not [path for path in listed(years) if path.startswith("2021")]


def test_posts_appear_and_expire_in_their_parts(years: Trial) -> None:
    appears, goes = (datetime.fromtimestamp(NOW + 10_000 * n, UTC).isoformat() for n in (1, 2))
    write(years.site, "soon", "2021-06-01", publish_date=appears, expires=goes)
    years.step()
    before = years.sitemaps()
    assert "soon/" not in listed(years)
    years.step(9_500)
    headers = dict(years.rows("path, cache_control"))
    polled = {path for path in headers if "max-age=60," in headers[path]}
    assert polled == {"/sitemap-2021.xml", "/sitemap.xml"}
    assert changed(years, before) == set()
    years.step(1_000)
    assert "soon/" in listed(years)
    assert changed(years, before) == {"/sitemap-2021.xml", "/sitemap.xml"}
    years.step(10_000)
    assert "soon/" not in listed(years)
    assert years.sitemaps()["/sitemap-2021.xml"] == before["/sitemap-2021.xml"]


def test_real_crawlers_find_everything_over_http(years: Trial) -> None:
    """From robots.txt through the index to each URL; what is gone or never was answers 404."""
    years.site.settings(HEAD.replace(URL, "http://feeds.invalid/") + '[sitemap]\npages = ["/a"]\n')
    write(years.site, "undated", "")
    expected = [f"{year}-{number}/" for year in range(2019, 2024) for number in range(1, 4)]
    years.publisher.close()
    with years.site.live() as server:
        server.until(lambda answer: "feeds.invalid" in answer.text, "/robots.txt")
        client = RequestsWebClient()
        client.set_proxies({"http": f"http://127.0.0.1:{server.port}"})
        tree = sitemap_tree_for_homepage("http://feeds.invalid/", client, use_known_paths=False)
        assert not [one for one in tree.all_sitemaps() if isinstance(one, InvalidSitemap)]
        pages = [page.url.removeprefix("http://feeds.invalid/") for page in tree.all_pages()]
        assert sorted(pages) == sorted(["a", "undated/", *expected])
        robots = server.get("/robots.txt").text
        assert re.findall(r"Sitemap: (\S+)", robots) == ["http://feeds.invalid/sitemap.xml"]
        shard = server.get("/sitemap-2021.xml", {"Accept-Encoding": "gzip"})
        assert shard["Content-Type"] == "application/xml; charset=utf-8"
        assert shard["Content-Encoding"] == "gzip"
        again = server.get("/sitemap-2021.xml", {"If-None-Match": shard["ETag"]})
        assert again.status == 304
        assert server.get("/sitemap-2024.xml").status == 404
        for number in range(1, 4):
            (years.site.content / f"2021-{number}.md").unlink()
        server.until(lambda answer: "2021" not in answer.text, "/sitemap.xml")
        assert server.get("/sitemap-2021.xml").status == 404
    years.publisher = years.opened()


@dataclass
class Reader:
    """A web worker's documents, looked at again and again while somebody publishes.

    Attributes:
        seen: Each set of parts that there was.
        wrong: What an index and its parts did not agree on.
    """

    state: Path
    seen: set[frozenset[str]] = field(default_factory=set)
    wrong: list[Any] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        documents = Documents(self.state, memory=1_000_000)
        while not self.stop.is_set():
            documents.refresh()
            self.look(documents, documents.by_path)

    def look(self, documents: Documents, found: dict[str, Any]) -> None:
        body = found["/sitemap.xml"].choose(ranks("identity")).body
        parts = frozenset(path for path in found if path.startswith("/sitemap-"))
        self.seen.add(parts)
        if parts != ({f"/{path}" for path in locs(body)} if b"<sitemapindex" in body else set()):
            self.wrong.append((body, parts))
        for path in parts:
            assert isinstance(found[path], Stored)
            if documents.read(found[path]) is None:  # then the index is another too
                documents.refresh()
                self.wrong += [path] if path in documents.by_path else []


def test_no_reader_sees_an_index_without_its_parts(years: Trial) -> None:
    """While parts come and go, and the index itself, all of them are of one moment."""
    reader = Reader(years.site.root / ".feeds")
    thread = threading.Thread(target=reader.run)
    thread.start()
    content = years.site.content
    try:
        for turn in range(8):
            for path in sorted(content.glob(f"{2019 + turn % 5}-*")):
                path.unlink()
            if turn == 5:  # so few that there is no index
                for path in sorted(content.iterdir())[8:]:
                    path.unlink()
            for number in range(3 if turn != 5 else 0):
                write(years.site, f"{2030 + turn}-{number}", f"{2020 - turn}-0{number + 1}-01")
            years.step()
    finally:
        reader.stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert reader.wrong == []
    assert len(reader.seen) > 5, "it saw no change"


def test_a_disk_that_fails_half_way_changes_nothing(years: Trial) -> None:
    """The second of two parts cannot be stored: the first, and the index, are as before."""
    database = sqlite3.connect(years.site.root / ".feeds" / "index.db")
    refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON documents WHEN new.path = '/sitemap.xml' "
    database.execute(refuse + "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    before, revision = years.sitemaps(), (years.site.root / ".feeds" / "revision").read_bytes()
    edit(years)
    with pytest.raises(IntegrityError, match="the disk is full"):
        years.step()
    assert years.sitemaps() == before
    assert (years.site.root / ".feeds" / "revision").read_bytes() == revision
    database.execute("DROP TRIGGER refuse")
    database.close()
    years.restart()
    years.step()
    assert changed(years, before) == {"/sitemap-2020.xml", "/sitemap.xml"}


def test_a_set_that_may_not_change_yet_waits_as_a_whole(years: Trial) -> None:
    edit(years)
    years.step()
    before = years.sitemaps()
    add(years)
    write(years.site, "2021-2", "2021-02-01", description="Edited too.")
    years.now += 0.5  # the files are still, and the index changed within this second
    done = years.publisher.run()
    assert (done.deferred, done.rendered) == (True, 0)
    assert years.sitemaps() == before
    assert not years.step(0.5).deferred
    assert changed(years, before) == {
        "/sitemap-2020.xml", "/sitemap-2021.xml", "/sitemap.xml",
    }  # fmt: skip


PATHS = {
    "another document": ('[paths]\nrss = "/sitemap-2021.xml"\n', "/sitemap-2021_.xml"),
    "a redirect": ('[aliases]\n"/sitemap-2021.xml" = "/feed.xml"\n', "/sitemap-2021_.xml"),
    "a group": (
        '[groupings]\nkinds = ["tags"]\ntags = "/sitemap-{tag}.xml"\nmin_posts = 1\n',
        "/sitemap-2021.xml",
    ),
    "elsewhere": ('[paths]\nsitemap = "/maps/site.xml.txt"\n', "/maps/site-2021.xml.txt"),
    "a folder": ('[paths]\nsitemap = "/maps/"\n', "/maps/2021"),
}


@pytest.mark.parametrize("case", PATHS)
def test_parts_have_paths_of_their_own(years: Trial, case: str) -> None:
    settings, expected = PATHS[case]
    write(years.site, "tagged", "2022-05-01", tags='["2021"]')
    years.settings(settings)
    years.step()
    documents = years.sitemaps()
    assert b"2021-1/" in documents[expected]
    assert len(documents) == 6
    assert "tagged/" in locs(documents[expected.replace("2021_", "2021").replace("2021", "2022")])
    years.settings("[paths]\nsitemap = false\n")
    years.step()
    assert years.sitemaps() == {}


def test_pages_of_the_settings_are_a_part(years: Trial, caplog: pytest.LogCaptureFixture) -> None:
    before = years.sitemaps()
    long = "/" + "x" * 2050
    years.settings(f'[sitemap]\npages = ["/", "/2021-1/", "/b/", "https://other.org/", "{long}"]\n')
    years.step()
    years.step()
    assert changed(years, before) == {"/sitemap-pages.xml", "/sitemap.xml"}
    assert locs(years.sitemaps()["/sitemap-pages.xml"]) == ["", "b/"], "/2021-1/ is a post"
    said = [record.message for record in caplog.records if "sitemap.pages" in record.message]
    assert len(said) == 1
    assert "https://other.org/ is on another host" in said[0]
    assert "has 2070 characters" in said[0]
    hide(years)
    (years.site.content / "2021-1.md").unlink()
    years.step()
    assert "2021-1/" in locs(years.sitemaps()["/sitemap-pages.xml"])
    years.settings(f"[sitemap]\npages = {[f'/{number}/' for number in range(20)]}\n")
    years.step()
    assert len([name for name in names(years) if name.startswith("pages-")]) > 4


def test_a_sitemap_is_of_one_host(years: Trial) -> None:
    """A broken file keeps its last good entry, with the address from before the site moved."""
    years.site.write("2021-2.md", "---\ntitle: [\ndate: 2021-02-01\n---\n")
    years.step()
    assert len(listed(years)) == 15
    moved = "https://new.example.net/"
    years.site.settings(HEAD.replace(URL, moved))
    years.publisher.reload()
    years.step()
    assert len(listed(years)) == 14
    assert all(text.count(b"<loc>" + moved.encode()) == text.count(b"<loc>")
               for text in years.sitemaps().values())  # fmt: skip


def test_an_address_that_is_too_long_is_said(years: Trial) -> None:
    before = years.sitemaps()
    write(years.site, "long", "2021-05-01", permalink=f"/{'x' * 2047}/")
    years.step()
    assert changed(years, before) == set()
    found = [one for one in years.site.check()["problems"] if one["code"] == "F056"]
    assert len(found) == 1
    assert "has 2068 characters" in found[0]["message"]


def test_commands_know_the_parts(years: Trial) -> None:
    shown = json.loads(years.site.call("show", "--json", "content/2021-2.md").stdout)
    places = {one["path"]: (one["position"], one["entries"]) for one in shown["documents"]}
    assert places.pop("/sitemap-2021.xml") == (2, 3)
    assert not [path for path in places if path.startswith("/sitemap")]
    listed_too = years.site.call("list").stdout
    assert all(path in listed_too for path in (*PARTS, "/sitemap.xml"))
    years.publisher.close()
    built = years.site.call("build", "--output", "public")
    assert built.returncode == 0, built.stderr
    files = {f"/{path.name}" for path in (years.site.root / "public").glob("sitemap*.xml")}
    assert files == {*PARTS, "/sitemap.xml"}
    years.publisher = years.opened()


def test_a_pass_reads_the_posts_of_the_days_that_changed(years: Trial) -> None:
    """No statement of the sitemap goes through all posts, neither idle nor after an edit."""
    engine = years.publisher._index
    asked: list[tuple[str, Any]] = []

    def note(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        asked.append((statement, values))

    def plans() -> list[str]:
        """Return how SQLite finds the posts, for each statement of looking at the sitemap."""
        asked.clear()
        for one in Sitemap(
            years.publisher.settings, engine, int(years.now), "/s.xml", {}
        ).planned():
            if one.path == "/s-2020.xml":
                one.render()
        with sqlite3.connect(years.site.root / ".feeds" / "index.db") as database:
            found = [
                row[3]
                for statement, values in list(asked)
                if "FROM posts" in statement
                for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            ]
        return [line for line in found if "posts" in line]

    event.listen(engine, "before_cursor_execute", note)
    years.publisher._intake.apply()
    idle = plans()
    assert idle
    edit(years)
    years.now += 10
    years.publisher._intake.scan({"2020-2.md"}, int(years.now * 1e9))
    years.publisher._intake.settle(int(years.now))
    after_edit = plans()
    assert len(after_edit) > len(idle)
    for line in (*idle, *after_edit):
        assert re.match(
            r"SEARCH posts USING (COVERING )?INDEX posts_(stretch|due|until|url) ", line
        )


NAMES = [f"p{number}" for number in range(12)]
DATES = ["", "2023-05-01", "2024-05-17", "2024-05-17T12:00:00Z", "2024-05-18", "2024-06-01"]
some = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
STEPS = st.one_of(
    st.tuples(st.just("write"), some, st.sampled_from(DATES), st.sampled_from(["x", "y"])),
    st.tuples(st.just("write"), st.just(NAMES), st.sampled_from(DATES), st.just("z")),
    st.tuples(st.just("remove"), some),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("schedule"), st.sampled_from(NAMES), st.integers(1, 3)),
    st.tuples(st.just("collide"), some, st.sampled_from(DATES)),
    st.tuples(st.just("configure"), st.sampled_from(["/:slug/", "/x/:slug/"]), st.booleans()),
    st.just(("crash",)),
)


@dataclass
class History:
    """What may happen to a site between two passes."""

    trial: Trial

    def write(self, names: list[str], date: str, text: str, **more: str) -> None:
        more |= {"lastmod": "2025-06-01"} if text == "y" else {}
        for name in names:
            write(self.trial.site, name, date, description=text, **more)

    def collide(self, names: list[str], date: str) -> None:
        self.write(names, date, "y", slug="same")

    def remove(self, names: list[str]) -> None:
        for name in names:
            (self.trial.site.content / f"{name}.md").unlink(missing_ok=True)

    def rename(self, old: str, new: str) -> None:
        path = self.trial.site.content / f"{old}.md"
        if path.exists():
            path.rename(path.with_stem(new))

    def schedule(self, name: str, passes: int) -> None:
        moments = (self.trial.now + 10 * passes + 5, self.trial.now + 10 * passes + 25)
        dates = [datetime.fromtimestamp(moment, UTC).isoformat() for moment in moments]
        self.write([name], "2024-05-17", "s", publish_date=dates[0], expires=dates[1])

    def configure(self, permalink: str, pages: bool) -> None:
        named = ["/a/", "/p1/", "/b/"] if pages else []
        self.trial.settings(f'[content]\npermalink = "{permalink}"\n[sitemap]\npages = {named}\n')

    def crash(self) -> None:
        """End between the scan and the publication."""
        intake = self.trial.publisher._intake
        intake.apply()
        intake.scan(None, int(self.trial.now * 1e9), trust=True)
        intake.settle(int(self.trial.now))
        self.trial.restart()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=6))
def test_any_history_ends_as_a_cold_rebuild_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    """Beside the same ledger: the same parts, bytes and Last-Modified."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sitemap, "MAX_URLS", 5)
        patch.setattr(sizes, "SHARD_URLS", 3)
        trial = Trial(Site(tmp_path_factory.mktemp("site") / "it"))
        try:
            history = History(trial)
            history.write(NAMES[:8], "2024-05-17", "x")
            for name, *values in steps:
                getattr(history, name)(*values)
                trial.step()
                names(trial)  # the index and its parts agree
            columns = "path, identity, gzip, br, last_modified, entries, cache_control"
            before = trial.rows(columns)
            trial.restart("index.db")
            trial.step(0)
            assert trial.rows(columns) == before
        finally:
            trial.publisher.close()


def test_the_hour_counts_where_lastmod_hides_it(years: Trial) -> None:
    """Another time zone moves dates without one: another order, though no line changes."""
    write(years.site, "zulu", "2010-02-01T10:00:00Z", lastmod="2022-02-02T00:00:00Z")
    write(years.site, "naive", "2010-02-01 11:00:00", lastmod="2022-02-02T00:00:00Z")
    years.step()
    assert locs(years.sitemaps()["/sitemap-2010.xml"]) == ["naive/", "zulu/"]
    years.settings('timezone = "Asia/Tokyo"\n[groupings]\nkinds = []\n')
    years.step()
    assert locs(years.sitemaps()["/sitemap-2010.xml"]) == ["zulu/", "naive/"]
