"""What readers depend on over the years: ids for ever, dates that tell the truth, equal bytes.

Each `feeds publish` is a process of its own with nothing but the state folder to remember by;
the documents are read from a server that is started afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import live
import pytest
from conftest import Answer, Site, post
from lxml import etree

FEEDS = ("/feed.xml", "/atom.xml", "/feed.json")
DOCUMENTS = (*FEEDS, "/sitemap.xml", "/feeds.opml", "/robots.txt")
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
}
OLD, NEW = "http://example.org/", "https://www.example.net/"
MARK = re.compile(r"the body of (\w+)")
Documents = dict[str, Answer]


def settings(url: str, more: str = "") -> str:
    site = f'url = "{url}"\n' if url else ""
    return f'[site]\n{site}title = "Example"\n{more}'


def marked(name: str, title: str = "", date: str = "2024-05-01T10:00:00Z", **more: str) -> str:
    """Return a post that is known in every document by its body, whatever else changes."""
    return post(title or name, date, f"This is the body of {name}.", **more)


def publish(site: Site) -> str:
    """Run `feeds publish`, as a program where its environment matters; return what it said."""
    if not site.environ:
        log = site.root / "publish.log"
        log.unlink(missing_ok=True)
        live.publish(site.root, log)
        return log.read_text(encoding="utf-8")
    done = site.run("publish")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def read(site: Site) -> Documents:
    """Read the documents from a server that starts on what is published."""
    with site.serve("granian" if site.environ else "live") as server:
        return {path: server.get(path) for path in DOCUMENTS}


def published(site: Site) -> Documents:
    publish(site)
    return read(site)


def xml(answer: Answer) -> etree._Element:
    assert answer.status == 200
    return etree.fromstring(answer.body)


def rows(documents: Documents) -> dict[str, dict[str, tuple[str, str]]]:
    """Return (id, link) of each post in each feed, by the name in its body."""
    rss, atom = xml(documents["/feed.xml"]), xml(documents["/atom.xml"])
    found = {
        "/feed.xml": [
            (
                item.findtext("content:encoded", None, NS),
                item.findtext("guid"),
                item.findtext("link"),
            )
            for item in rss.iter("item")
        ],
        "/atom.xml": [
            (
                entry.findtext("a:content", None, NS),
                entry.findtext("a:id", None, NS),
                next(one.get("href") for one in entry.iterfind("a:link[@rel='alternate']", NS)),
            )
            for entry in atom.iterfind("a:entry", NS)
        ],
        "/feed.json": [
            (item["content_html"], item["id"], item["url"])
            for item in documents["/feed.json"].json["items"]
        ],
    }
    return {path: by_name(posts) for path, posts in found.items()}


def by_name(posts: list[tuple[Any, ...]]) -> dict[str, tuple[str, str]]:
    named = {MARK.findall(str(body))[0]: (str(id_), str(link)) for body, id_, link in posts}
    assert len({id_ for id_, _ in named.values()}) == len(posts), "an id occurs twice"
    return named


@dataclass
class Story:
    """One site through five publications: what each document was, and what was said."""

    site: Site
    said: list[str] = field(default_factory=list)
    documents: list[Documents] = field(default_factory=list)

    def chapter(self, change: Callable[[Site], None], seen: bool = True) -> None:
        change(self.site)
        self.said.append(publish(self.site))
        self.documents.append(read(self.site) if seen else {})

    def ids(self, chapter: int, path: str) -> dict[str, str]:
        return {name: id_ for name, (id_, _) in rows(self.documents[chapter])[path].items()}

    def links(self, chapter: int, path: str) -> dict[str, str]:
        return {name: link for name, (_, link) in rows(self.documents[chapter])[path].items()}


EDITED = {
    "title": marked("title", "Quite another title"),
    "slug": marked("slug", slug="another-slug"),
    "date": marked("date", date="2023-04-05T06:07:08Z"),
    "all": marked("all", "Another", "2022-01-02", slug="all-new", tags="[x]"),
    "back": marked("back", slug="elsewhere"),
    "ferry": marked("ferry", "On its way"),
    "shy": marked("shy", "Hidden for a while"),
}
STAY = [*EDITED, "file", "folder", "untouched"]


def begin(site: Site) -> None:
    site.settings(settings(OLD))
    for name in (*STAY, "living", "leaver"):
        site.write(f"{name}.md", marked(name))
    site.write("guid.md", marked("guid", guid='"no IRI at all"'))


def edit(site: Site) -> None:
    """Edit posts, rename files, give the address of `living` to a newcomer."""
    for name, text in EDITED.items():
        site.write(f"{name}.md", text)
    (site.content / "sub").mkdir()
    (site.content / "file.md").rename(site.content / "renamed.md")
    (site.content / "folder.md").rename(site.content / "sub" / "folder.md")
    for name in ("living", "leaver"):
        site.write(f"{name}.md", marked(name, slug=f"{name}-moved"))
    site.write("squatter.md", marked("squatter", slug="living"))
    site.write("guid.md", marked("guid", date="2021-01-01", slug="x", guid='"no IRI at all"'))


def remove(site: Site) -> None:
    for name in ("leaver.md", "back.md", "ferry.md"):
        (site.content / name).unlink()
    site.write("shy.md", marked("shy", draft="true"))


def come_back(site: Site) -> None:
    """Restore what was removed; write another post at the first address of a removed one."""
    site.write("back.md", EDITED["back"])
    site.write("sub/landed.md", EDITED["ferry"])
    site.write("shy.md", EDITED["shy"])
    site.write("heir.md", marked("heir", slug="leaver"))


def move(site: Site) -> None:
    site.settings(settings(NEW, '[content]\npermalink = "/:year/:month/:slug/"\n'))


@pytest.fixture(scope="module")
def story(module_site: Site) -> Story:
    story = Story(module_site)
    story.chapter(begin)
    story.chapter(edit)
    story.chapter(remove, seen=False)
    story.chapter(come_back)
    story.chapter(move)
    return story


@pytest.mark.parametrize("path", FEEDS)
def test_first_id_is_the_first_permalink(story: Story, path: str) -> None:
    ids, links = story.ids(0, path), story.links(0, path)
    assert {name: ids[name] for name in STAY} == {name: f"{OLD}{name}/" for name in STAY}
    del ids["guid"], links["guid"]
    assert ids == links


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("name", STAY)
def test_id_outlives_edits_and_moves(story: Story, name: str, path: str) -> None:
    """Of title, slug, date, file name, folder, permalink, scheme, host (rows 61, 62).

    `back` was away for one publication, `ferry` turned up in another file, `shy` was a draft.
    """
    chapters = [0, 1, 3, 4]
    assert [story.ids(chapter, path)[name] for chapter in chapters] == [f"{OLD}{name}/"] * 4


@pytest.mark.parametrize("path", FEEDS)
def test_links_follow_while_ids_stay(story: Story, path: str) -> None:
    """The address is that of today: a reader can open it."""
    edited, moved = story.links(1, path), story.links(4, path)
    assert edited["slug"] == OLD + "another-slug/"
    assert edited["file"] == OLD + "renamed/"
    assert edited["folder"] == OLD + "sub/folder/"
    assert moved["title"] == NEW + "2024/05/title/"
    assert moved["date"] == NEW + "2023/04/date/"
    assert moved["slug"] == NEW + "2024/05/another-slug/"


def test_guid_that_is_no_longer_the_address_is_no_permalink(story: Story) -> None:
    """RSS 2.0, guid: once the post moved, its id may not be opened (row 63)."""
    root = xml(story.documents[4]["/feed.xml"])
    assert {guid.get("isPermaLink") for guid in root.iter("guid")} == {"false"}


def test_the_tag_of_a_guid_is_fixed(story: Story) -> None:
    """A `guid` that is no IRI: one tag: URI in Atom, whatever date and host are later."""
    ids = {story.ids(chapter, "/atom.xml")["guid"] for chapter in (0, 1, 3, 4)}
    assert len(ids) == 1
    assert re.match(r"tag:example\.org,2", ids.pop())
    raw = {story.ids(chapter, path)["guid"] for chapter in (0, 4) for path in FEEDS[::2]}
    assert raw == {"no IRI at all"}


def test_the_feed_keeps_its_own_id(story: Story) -> None:
    """RFC 4287, 4.2.6: relocated or not, the content of atom:id must not change."""
    ids = [
        xml(story.documents[chapter]["/atom.xml"]).findtext("a:id", None, NS)
        for chapter in (0, 1, 3, 4)
    ]
    assert ids == [ids[0]] * 4


@pytest.mark.parametrize("path", FEEDS)
def test_id_of_a_living_post_is_not_given_away(story: Story, path: str) -> None:
    """A newcomer at its first address gets another id, or is refused with a message."""
    ids = story.ids(1, path)
    assert ids["living"] == OLD + "living/"
    assert ids.get("squatter") != OLD + "living/"
    assert "squatter" in ids or "squatter" in story.said[1]


@pytest.mark.parametrize("path", FEEDS)
def test_id_of_a_removed_post_is_given_to_no_other(story: Story, path: str) -> None:
    """Readers would show the new post as read, or as an edit of the old one."""
    for chapter in (3, 4):
        ids = story.ids(chapter, path)
        assert "leaver" not in ids
        assert ids["heir"] != OLD + "leaver/"


def test_two_renamed_posts_with_one_body_are_new(site: Site) -> None:
    """Nobody can tell which is which: new ids and a warning with a file's name (DESIGN.md)."""
    for name in ("twin-a", "twin-b"):
        site.write(f"{name}.md", post("Twin", body="One body."))
    publish(site)
    for name in ("twin-a", "twin-b"):
        (site.content / f"{name}.md").rename(site.content / f"{name}-moved.md")
    said = publish(site)
    ids = {item["id"] for item in read(site)["/feed.json"].json["items"]}
    assert ids == {f"https://example.org/twin-{one}-moved/" for one in "ab"}
    warnings = [str(one) for one in site.check()["problems"] if one["severity"] == "warning"]
    assert "twin-" in said + "".join(warnings)


@pytest.mark.parametrize("before", ["", "http://127.0.0.1:8000/"])
def test_ids_before_the_real_address_are_provisional(site: Site, before: str) -> None:
    """Without an explicit address that is not of this machine no id is fixed (DESIGN.md)."""
    site.settings(settings(before))
    site.write("first.md", marked("first"))
    publish(site)
    site.settings(settings("https://example.org/"))
    found = rows(published(site))
    wanted = ("https://example.org/first/", "https://example.org/first/")
    assert found == {path: {"first": wanted} for path in FEEDS}


def listed(site: Site) -> dict[str, tuple[str, str]]:
    """Publish, then return (ETag, Last-Modified) of each document as `feeds list` has them."""
    publish(site)
    done = site.call("list", "--json")
    assert done.returncode == 0, done.stderr
    documents = Answer(200, [], done.stdout.encode()).json["documents"]
    return {one["path"]: (one["etag"], one["last_modified"]) for one in documents}


def changed(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> set[str]:
    """Return the documents with a new ETag; Last-Modified moves with it and only with it."""
    assert before.keys() == after.keys()
    paths = {path for path in before if before[path][0] != after[path][0]}
    for path in before:
        old, new = moment(before[path][1]), moment(after[path][1])
        assert new > old if path in paths else new == old, path
        assert new <= datetime.now(UTC)
    return paths


def moment(text: str) -> datetime:
    """Read an HTTP date or an RFC 3339 one."""
    if "," in text:
        return parsedate_to_datetime(text)
    return datetime.fromisoformat(text)


def test_only_what_the_author_changes_moves_a_date(site: Site) -> None:
    """mtime, a comment, a rebuild and a restart change nothing; an edit what it is listed in."""
    site.settings(settings("https://example.org/", "[feeds]\nentries = 2\n"))
    for day in (1, 2, 3):
        site.write(f"p{day}.md", marked(f"p{day}", date=f"2024-05-0{day}"))
    state = listed(site)

    os.utime(site.content / "p3.md", (0, time.time() + 1000))
    site.write("p2.md", marked("p2", date="2024-05-02").replace("title:", "# a comment\ntitle:"))
    assert changed(state, listed(site)) == set()

    for derived in (site.root / ".feeds").glob("index.db*"):
        derived.unlink()
    assert changed(state, listed(site)) == set()

    site.write("p1.md", marked("p1", "Not in the feeds", "2024-05-01"))
    after = listed(site)
    assert changed(state, after) == {"/sitemap.xml"}

    site.write("p2.md", marked("p2", "In the feeds", "2024-05-02"))
    last = listed(site)
    assert changed(after, last) >= set(FEEDS)
    (site.content / "p3.md").unlink()
    assert changed(last, listed(site)) >= {*FEEDS, "/sitemap.xml"}


def feed_dates(documents: Documents) -> list[datetime]:
    """Return when the feed changed, as RSS and Atom say it."""
    rss = xml(documents["/feed.xml"]).findtext("channel/lastBuildDate")
    atom = xml(documents["/atom.xml"]).findtext("a:updated", None, NS)
    assert rss
    assert atom
    return [parsedate_to_datetime(rss), datetime.fromisoformat(atom)]


def entry_dates(documents: Documents) -> list[str | None]:
    """Return the `updated` of each Atom entry."""
    entries = xml(documents["/atom.xml"]).iterfind("a:entry", NS)
    return [entry.findtext("a:updated", None, NS) for entry in entries]


def lastmods(documents: Documents) -> dict[str, str | None]:
    urls = xml(documents["/sitemap.xml"]).iterfind("s:url", NS)
    return {url.findtext("s:loc", "", NS): url.findtext("s:lastmod", None, NS) for url in urls}


def test_an_edit_tells_the_feed_and_the_sitemap_not_the_entry(site: Site) -> None:
    """Entry: the author's dates. Feed and sitemap: when the edit was published (DESIGN.md)."""
    site.write("edited.md", marked("edited", date="2024-05-02T00:00:00Z"))
    site.write("other.md", marked("other", date="2024-05-01T00:00:00Z", updated="2024-05-03"))
    first = published(site)
    start = datetime.now(UTC).replace(microsecond=0)
    site.write("edited.md", marked("edited", "Edited", "2024-05-02T00:00:00Z"))
    second, third = published(site), published(site)
    assert entry_dates(second) == entry_dates(first)
    for old, new in zip(feed_dates(first), feed_dates(second), strict=True):
        assert old < new
        assert start <= new <= datetime.now(UTC)
    assert feed_dates(third) == feed_dates(second)
    before, after = lastmods(first), lastmods(second)
    assert before.pop("https://example.org/edited/", "") != ""
    assert start <= moment(after.pop("https://example.org/edited/") or "") <= datetime.now(UTC)
    assert before == after
    assert lastmods(third) == lastmods(second)


def test_last_modified_only_moves_forward(site: Site) -> None:
    """Through an edit, a deletion and restarts, never ahead of Date (rows 18, 19, 106)."""
    site.write("stays.md", marked("stays"))
    site.write("goes.md", marked("goes", date="2024-06-01"))
    seen = [published(site)]
    site.write("stays.md", marked("stays", "Edited"))
    seen += [published(site), read(site)]
    (site.content / "goes.md").unlink()
    seen += [published(site)]
    for path in FEEDS:
        dates = [parsedate_to_datetime(answers[path]["Last-Modified"]) for answers in seen]
        tags = [answers[path]["ETag"] for answers in seen]
        assert dates == sorted(dates)
        assert (len(set(dates)), len(set(tags))) == (3, 3)
        assert (dates[1], tags[1]) == (dates[2], tags[2])
        for answers, date in zip(seen, dates, strict=True):
            assert date <= parsedate_to_datetime(answers[path]["Date"])


GERMAN = """
import locale
locale.setlocale(locale.LC_ALL, "")
"""


def german(folder: Path) -> dict[str, str]:
    """Build de_DE and return an environment in which every Python process speaks it.

    Without the switch in `sitecustomize` Python would never look at LC_TIME. A machine that
    cannot build the locale fails here: a skipped test would hide the fault it is for.
    """
    locales, site_packages = folder / "locales", folder / "python"
    locales.mkdir()
    site_packages.mkdir()
    (site_packages / "sitecustomize.py").write_text(GERMAN)
    tool = shutil.which("localedef")
    assert tool, "localedef is missing (Debian: apt install libc-bin locales)"
    command = [tool, "-i", "de_DE", "-f", "UTF-8", str(locales / "de_DE.UTF-8")]
    built = subprocess.run(command, capture_output=True, text=True)
    assert (locales / "de_DE.UTF-8" / "LC_TIME").exists(), (
        f"localedef cannot build de_DE (Debian: apt install locales): {built.stderr}"
    )
    path = os.pathsep.join(filter(None, [str(site_packages), os.environ.get("PYTHONPATH")]))
    environ = {"LOCPATH": str(locales), "LC_ALL": "de_DE.UTF-8", "PYTHONPATH": path}
    code = "import datetime; print(datetime.date(2024, 12, 4).strftime('%a %B'))"
    shown = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environ, capture_output=True, text=True
    )
    assert shown.stdout.strip() == "Mi Dezember", shown.stderr
    return environ


SEVERAL = {
    "märz.md": marked("eins", "Grüße aus dem März", "2024-03-06T23:30:00Z", tags="[b, a, ä]"),
    "a/mai.md": marked("zwei", "Mai", "2024-05-01T00:30:00+09:00", authors="[Zoë, Ada]"),
    "dez.md": marked("drei", "Dezember", "2024-12-04", updated="2024-12-24T18:00:00"),
    "b/tie-1.md": marked("vier", "Tie", "2024-01-01", image="/x.png"),
    "b/tie-2.md": marked("fuenf", "Tie", "2024-01-01", guid='"not an address"'),
    "Z.md": marked("sechs", "Foot[^1]", "2024-01-02") + "\nNote[^1].\n\n[^1]: The note.\n",
    "undated.md": "---\ntitle: Undated\n---\n\nNo date.\n",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fill(site: Site, names: list[str]) -> None:
    site.settings(settings("https://example.org/", 'timezone = "Asia/Kolkata"\nauthor = "Ada"\n'))
    for name in names:
        site.write(name, SEVERAL[name])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Documents, Documents]:
    """The documents of one content from two machines; the second has a copy of the ledger."""
    folder = tmp_path_factory.mktemp("pair")
    here, there = Site(folder / "here"), Site(folder / "there")
    here.environ = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    there.environ = german(folder) | {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242"}
    fill(here, sorted(SEVERAL))
    publish(here)
    here.environ = {}
    first = read(here)
    fill(there, sorted(SEVERAL, reverse=True))
    (there.root / ".feeds").mkdir()
    for part in (here.root / ".feeds").glob("ledger.db*"):
        shutil.copy(part, there.root / ".feeds")
    return first, published(there)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_equal_content_settings_and_ledger_give_equal_bytes(
    pair: tuple[Documents, Documents], path: str
) -> None:
    """In another process, time zone, locale, hash seed and order of files (DESIGN.md)."""
    first, second = pair
    assert second[path].body == first[path].body
    for name in ("ETag", "Last-Modified"):
        assert second[path][name] == first[path][name]


def test_feedgen_dates_by_flipping_the_locale(pair: tuple[Documents, Documents]) -> None:
    """RFC 822, 5: the names of days and months are English in any locale (rows 67, 107)."""
    documents = pair[1]
    dates = [one.text or "" for one in xml(documents["/feed.xml"]).iter("pubDate")]
    assert re.fullmatch(r"Tue, 03 Dec 2024 18:30:00 (\+0000|GMT)", dates[0])
    headers = [documents[path][name] for path in FEEDS for name in ("Last-Modified", "Date")]
    for value in [*dates, *headers]:
        day, month = re.findall("[^\\W\\d]+", value)[:2]
        assert day in DAYS
        assert month in MONTHS
