"""Ids are for ever: files move, addresses change, the database is lost, and every id stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Site, post
from lxml import etree

from feeds.index.tables import problems
from feeds.publisher.bodies import Renderer
from feeds.publisher.report import documents
from feeds.publisher.run import Publisher
from feeds.settings import load

NAMES = ("anna", "berta", "carla", "dora", "emil", "fritz")
FEEDS = '[feeds]\nentries = 200\nmax_bytes = 9000000\ncontent = "full"\n'

Ids = tuple[str, str, str]


class Blog:
    """A site whose posts are told apart by a word of their bodies, and its publisher."""

    def __init__(self, site: Site, renderer: Renderer) -> None:
        self.site, self.renderer, self.now = site, renderer, 1_800_000_000.0
        self.settings()
        for number, name in enumerate(NAMES):
            self.write(f"{name}.md", name, number)

    def settings(self, url: str = "https://example.org/", content: str = "") -> None:
        self.site.settings(
            f'[site]\nurl = "{url}"\ntitle = "Example"\n{FEEDS}[content]\n{content}\n'
        )

    def write(self, path: str, name: str, number: int, body: str = "", **more: str) -> None:
        title = more.pop("title", f"About {name}")
        self.site.write(path, post(title, f"2024-05-{number + 1:02}", f"So {name}. {body}", **more))

    def move(self, old: str, new: str) -> None:
        target = self.site.content / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.site.content / old).rename(target)

    def publish(self) -> dict[str, Ids]:
        """Make a pass; return the ids in RSS, Atom and JSON Feed by the word in the body."""
        self.now += 100
        with Publisher(lambda: load(base=self.site.root), lambda: self.now) as publisher:
            publisher._renderer = self.renderer
            done = publisher.run()
            publisher._renderer = Renderer()
            assert done.scan is not None
            assert not done.scan.doubted
            with publisher._index.connect() as index:
                self.codes = sorted(row.code for row in index.execute(problems.select()))
        return self.ids()

    def ids(self) -> dict[str, Ids]:
        rss = etree.fromstring(self.site.published("/feed.xml").encode()).iter("item")
        atom = etree.fromstring(self.site.published("/atom.xml").encode()).iter("{*}entry")
        items = json.loads(self.site.published("/feed.json"))["items"]
        found = [
            [(item.findtext("guid"), _words(item)) for item in rss],
            [(entry.findtext("{*}id"), _words(entry)) for entry in atom],
            [(item["id"], item["content_html"]) for item in items],
        ]
        for one in found:  # no entry twice
            assert len({given for given, _ in one}) == len(one) > 0
        by_word = [{_word(text): given for given, text in one} for one in found]
        assert [len(one) for one in by_word] == [len(one) for one in found]
        assert by_word[0].keys() == by_word[1].keys() == by_word[2].keys()
        return {word: tuple(one[word] for one in by_word) for word in by_word[0]}  # type: ignore[misc]

    def lose(self) -> None:
        """Lose the index and the ledger."""
        shutil.rmtree(self.site.root / ".feeds")

    def bytes(self) -> dict[str, Any]:
        """Return everything that readers see of each document."""
        shown = ("etag", "last_modified", "bytes")
        return {
            one["path"]: ([one[name] for name in shown], self.site.published(one["path"]))
            for one in documents(load(base=self.site.root))
        }


def _words(element: etree._Element) -> str:
    return " ".join(str(text) for text in element.itertext())


def _word(text: str) -> str:
    found = re.search(r"So (\w+)\.", text)
    assert found, text
    return found[1]


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One for all publishers: its processes take longer to start than a test."""
    shared = Renderer()
    yield shared
    shared.close()


@pytest.fixture
def blog(site: Site, renderer: Renderer) -> Blog:
    return Blog(site, renderer)


def renamed(blog: Blog) -> None:
    blog.move("berta.md", "2024/bertha.md")


def renamed_and_retitled(blog: Blog) -> None:
    (blog.site.content / "berta.md").unlink()
    blog.write("bertha.md", "berta", 1, title="Another title")


def renamed_and_redated(blog: Blog) -> None:
    (blog.site.content / "berta.md").unlink()
    blog.write("bertha.md", "berta", 7)


def renamed_and_edited(blog: Blog) -> None:
    (blog.site.content / "berta.md").unlink()
    blog.write("bertha.md", "berta", 1, "More.")


def several_renamed_and_edited(blog: Blog) -> None:
    for number, name in enumerate(NAMES[:4]):
        (blog.site.content / f"{name}.md").unlink()
        blog.write(f"new-{name}.md", name, number, "More.")


def all_but_the_address_edited(blog: Blog) -> None:
    (blog.site.content / "berta.md").unlink()
    blog.write("x.md", "berta", 8, "More.", title="Other", slug="berta")


def slug_changed(blog: Blog) -> None:
    blog.write("berta.md", "berta", 1, slug="another")


def slug_changed_and_file_renamed(blog: Blog) -> None:
    (blog.site.content / "berta.md").unlink()
    blog.write("x.md", "berta", 1, slug="another")


def pattern_changed(blog: Blog) -> None:
    blog.settings(content='permalink = "/:year/:slug.html"')


def pattern_changed_and_renamed(blog: Blog) -> None:
    pattern_changed(blog)
    renamed_and_edited(blog)


def https_changed(blog: Blog) -> None:
    blog.settings("http://example.org/")


def host_changed(blog: Blog) -> None:
    blog.settings("https://new.example/")


def everything_changed(blog: Blog) -> None:
    blog.settings("http://new.example/blog/", 'permalink = "/:year/:month/:slug/"')
    several_renamed_and_edited(blog)


def two_names_swapped(blog: Blog) -> None:
    blog.move("anna.md", "x.md")
    blog.move("berta.md", "anna.md")
    blog.move("x.md", "berta.md")


def three_names_moved_on(blog: Blog) -> None:
    for old, new in (("dora", "last"), ("carla", "dora"), ("berta", "carla"), ("anna", "berta")):
        blog.move(f"{old}.md", f"{new}.md")


def checked_out_again(blog: Blog) -> None:
    before = {path: path.read_bytes() for path in blog.site.content.glob("*.md")}
    for name in NAMES[:2]:
        (blog.site.content / f"{name}.md").unlink()
    assert blog.publish().keys() == set(NAMES[2:])
    for path, content in before.items():
        blog.site.write(path.name, content)
        os.utime(path, (1_900_000_000, 1_900_000_000))


def edited_in_place(blog: Blog) -> None:
    blog.write("berta.md", "berta", 9, "More.", title="Other")


MOVES = [
    renamed, renamed_and_retitled, renamed_and_redated, renamed_and_edited,
    several_renamed_and_edited, all_but_the_address_edited, slug_changed,
    slug_changed_and_file_renamed, pattern_changed, pattern_changed_and_renamed, https_changed,
    host_changed, everything_changed, two_names_swapped, three_names_moved_on, checked_out_again,
    edited_in_place,
]  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
def test_every_id_stays(blog: Blog, move: Callable[[Blog], None]) -> None:
    before = blog.publish()
    assert before.keys() == set(NAMES)
    move(blog)
    assert blog.publish() == before
    assert "F032" not in blog.codes


@pytest.mark.parametrize("edit", ["", "More."])
def test_a_folder_of_fifty_posts_is_renamed(blog: Blog, edit: str) -> None:
    for number in range(50):
        blog.write(f"old/{number:02}.md", f"post{number}", number % 28)
    before = blog.publish()
    assert len(before) == 56
    blog.move("old", "new")
    for number in range(50 if edit else 0):
        blog.write(f"new/{number:02}.md", f"post{number}", number % 28, edit)
    assert blog.publish() == before


def test_a_ledger_of_an_earlier_version_is_completed(blog: Blog) -> None:
    before = blog.publish()
    ledger = sqlite3.connect(blog.site.root / ".feeds" / "ledger.db")
    ledger.execute("DROP INDEX ix_entries_likeness")
    ledger.execute("ALTER TABLE entries DROP COLUMN likeness")
    ledger.close()
    assert blog.publish() == before
    renamed(blog)
    assert blog.publish() == before


@pytest.mark.parametrize("edit", ["", "More."])
def test_without_the_index_the_ledger_still_knows_who_moved(blog: Blog, edit: str) -> None:
    before = blog.publish()
    (blog.site.root / ".feeds" / "index.db").unlink()
    (blog.site.content / "berta.md").unlink()
    blog.write("bertha.md", "berta", 1, edit)
    assert blog.publish() == before


def test_a_new_post_never_gets_the_id_of_a_removed_one(blog: Blog) -> None:
    before = blog.publish()
    (blog.site.content / "berta.md").unlink()
    blog.publish()
    blog.write("gustav.md", "gustav", 1)  # of the same day
    blog.write("heidi.md", "heidi", 7, title="About berta")  # of the same name
    after = blog.publish()
    assert not set(before["berta"]) & {given for ids in after.values() for given in ids}


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("found", [1, 2])
def test_what_could_be_two_posts_is_a_new_one(blog: Blog, missing: int, found: int) -> None:
    for number in range(missing):
        blog.write(f"note{number}.md", f"note{number}", 8, title="Note")
    before = blog.publish()
    for number in range(missing):
        (blog.site.content / f"note{number}.md").unlink()
    for number in range(found):
        blog.write(f"new{number}.md", f"new{number}", 8, title="Note")
    after = blog.publish()
    sure = missing == found == 1
    assert (after["new0"] == before["note0"]) == sure
    assert ("F032" in blog.codes) != sure
    old = {given for ids in before.values() for given in ids}
    assert sure or not old & {given for word in after if word[:3] == "new" for given in after[word]}


def test_the_body_tells_more_than_title_and_date(blog: Blog) -> None:
    before = blog.publish()
    (blog.site.content / "berta.md").unlink()
    blog.write("bertha.md", "bertha", 1, title="About berta")
    blog.write("moved.md", "berta", 2, title="Other")
    after = blog.publish()
    assert after["berta"] == before["berta"]
    assert after["bertha"] != before["berta"]


def test_a_copy_does_not_take_the_id_of_a_post_that_is_edited(blog: Blog) -> None:
    before = blog.publish()
    shutil.copy(blog.site.content / "berta.md", blog.site.content / "archive.md")
    blog.write("berta.md", "edited", 1)
    after = blog.publish()
    assert after["edited"] == before["berta"]
    assert after["berta"] != before["berta"]
