"""Sitemaps above the protocol's limits: an index over shards, which change together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import live
import pytest
from conftest import URL, Site, post
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.formats import sitemap
from feeds.model import clean, rfc3339
from feeds.publisher import sizes
from feeds.publisher.run import Pass, Publisher
from feeds.settings import load

NOW = 1_800_000_000
NS = {"s": sitemap.NAMESPACE}
HEAD = f'[site]\nurl = "{URL}"\ntitle = "Example"\n'


class Trial:
    """One publisher of a site, whose passes are made one by one, ten seconds apart."""

    def __init__(self, site: Site) -> None:
        self.site, self.now = site, float(NOW)
        self.publisher = self.opened()

    def opened(self) -> Publisher:
        return Publisher(
            lambda: load(base=self.site.root), lambda: self.now, renderer=live.RENDERER
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
    trial.settings("[feeds]\nentries = 1\n[groupings]\nkinds = []\n")
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
