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
from click.testing import CliRunner
from conftest import Site, post
from lxml import etree
from sqlalchemy import Engine, MetaData

from feeds.cli import main
from feeds.cli.shared import replace_file
from feeds.errors import FeedsError
from feeds.ids import NothingMoved, edits, moved
from feeds.index.tables import index_schema, ledger_schema, problems
from feeds.moving.adopt import adopt
from feeds.moving.old_feeds import read
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
        self.publisher: Publisher | None = None

    def reset(self) -> None:
        """Begin anew; a publisher that runs stays, as starting one takes longer than a test."""
        shutil.rmtree(self.site.content)
        self.site.content.mkdir()
        if self.publisher is None:
            shutil.rmtree(self.site.root / ".feeds", ignore_errors=True)
        else:
            _empty(self.publisher._index, index_schema)
            _empty(self.publisher._ledger, ledger_schema)
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
        self.run()
        return self.ids()

    def run(self) -> None:
        self.now += 100
        if self.publisher is None:
            self.publisher = Publisher(lambda: load(base=self.site.root), lambda: self.now)
            self.publisher._renderer = self.renderer
        self.publisher.reload()
        done = self.publisher.run()
        assert done.scan is not None
        assert not done.scan.doubted
        with self.publisher._index.connect() as index:
            self.codes = sorted(row.code for row in index.execute(problems.select()))

    def stop(self) -> None:
        """End the publisher; the next pass starts another."""
        if self.publisher is not None:
            self.publisher._renderer = Renderer()
            self.publisher.close()
            self.publisher = None

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

    def inscribe(self) -> dict[str, str]:
        """Write the ids into the files; return which were skipped, and why."""
        skipped = {}
        for edit in edits(load(base=self.site.root), int(self.now)):
            if edit.skipped:
                skipped[edit.path] = edit.skipped
            elif edit.new != edit.old:
                replace_file(edit.file, edit.new)
        return skipped

    def moved(self, old: str, new: str) -> int:
        self.stop()
        return moved(load(base=self.site.root), old, new)

    def lose(self) -> None:
        """Lose the index and the ledger."""
        self.stop()
        shutil.rmtree(self.site.root / ".feeds")

    def bytes(self) -> dict[str, Any]:
        """Return everything that readers see of each document."""
        shown = ("etag", "last_modified", "bytes")
        return {
            one["path"]: ([one[name] for name in shown], self.site.published(one["path"]))
            for one in documents(load(base=self.site.root))
        }


def _empty(engine: Engine, schema: MetaData) -> None:
    with engine.begin() as connection:
        for table in schema.sorted_tables:
            connection.execute(table.delete())


def _words(element: etree._Element) -> str:
    return " ".join(str(text) for text in element.itertext())


def _word(text: str) -> str:
    found = re.search(r"So (\w+)\.", text)
    assert found, text
    return found[1]


@pytest.fixture(scope="module")
def kept(module_site: Site) -> Iterator[Blog]:
    """One for all tests."""
    renderer = Renderer()
    blog = Blog(module_site, renderer)
    yield blog
    blog.stop()
    renderer.close()


@pytest.fixture
def blog(kept: Blog) -> Blog:
    kept.reset()
    return kept


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


def three_names_rotated(blog: Blog) -> None:
    for old, new in (("anna", "x"), ("berta", "anna"), ("carla", "berta"), ("x", "carla")):
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
    host_changed, everything_changed, two_names_swapped, three_names_moved_on, three_names_rotated,
    checked_out_again, edited_in_place,
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
    blog.stop()
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
    blog.stop()
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


# --- feeds ids --moved ---------------------------------------------------------------------------


def unrecognisable(blog: Blog, path: str = "x.md") -> None:
    """Rename a file and change body, title and date: nothing tells who it was."""
    (blog.site.content / "berta.md").unlink()
    blog.write(path, "berta", 8, "More.", title="Other")


@pytest.mark.parametrize("told", ["before the next pass", "after the next pass"])
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [("x.md", "berta.md", "x.md"), ("b/berta.md", "berta.md", "b/berta.md")],
)
def test_a_file_that_nobody_could_recognise(
    blog: Blog, told: str, path: str, old: str, new: str
) -> None:
    before = blog.publish()
    unrecognisable(blog, path)
    if told == "after the next pass":
        assert blog.publish()["berta"] != before["berta"]
    assert blog.moved(old, new) == 1
    assert blog.publish() == before
    assert blog.moved(old, new) == 0
    assert blog.publish() == before


def test_a_folder_that_nobody_could_recognise(blog: Blog) -> None:
    for name in ("gustav", "heidi"):
        blog.write(f"old/{name}.md", name, 9)
    blog.write("old_/other.md", "ida", 10)
    before = blog.publish()
    blog.move("old", "new")
    for name in ("gustav", "heidi"):
        blog.write(f"new/{name}.md", name, 11, "More.", title="Other")
    assert blog.moved("old/", "new") == 2
    assert blog.publish() == before


@pytest.mark.parametrize(
    ("new", "content", "old"),
    [
        ("https://new.example/", "", "https://example.org/"),
        ("http://example.org/", "", "https://example.org"),
        ("https://example.org/blog/", "", "https://example.org/"),
    ],
)
def test_a_new_host_together_with_renames(blog: Blog, new: str, content: str, old: str) -> None:
    """Posts are known by their addresses too, and those are of the old host."""
    before = blog.publish()
    blog.settings(new, content)
    all_but_the_address_edited(blog)
    assert blog.moved(old, new) == len(NAMES)
    assert blog.moved(old, new) == 0
    assert blog.publish() == before


def test_a_new_host_alone_would_not_do(blog: Blog) -> None:
    before = blog.publish()
    host_changed(blog)
    all_but_the_address_edited(blog)
    assert blog.publish()["berta"] != before["berta"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("https://exampl.org/", "https://new.example/", "no post is known at https://exampl.org"),
        ("gone.md", "berta.md", "gone.md"),
        ("berta.md", "nowhere.md", "nowhere.md is not below"),
        ("anna.md", "berta.md", "anna.md is still below"),
        ("berta.md", "../feeds.toml", "not below"),
        ("https://example.org/", "berta.md", "two addresses, or two paths"),
    ],
)
def test_a_move_that_cannot_be(blog: Blog, old: str, new: str, reason: str) -> None:
    before = blog.publish()
    if old == "gone.md":
        blog.move("berta.md", "elsewhere.md")
        new = "elsewhere.md"
    with pytest.raises(NothingMoved, match=reason):
        blog.moved(old, new)
    assert blog.publish() == before


def test_a_publisher_that_runs_is_not_disturbed(blog: Blog) -> None:
    blog.publish()
    with pytest.raises(FeedsError, match="stop it"):
        moved(load(base=blog.site.root), "https://example.org/", "https://new.example/")


# --- feeds ids --write ---------------------------------------------------------------------------

WRITTEN = {
    "toml.md": b'+++\ntitle = "T"\ndate = 2024-06-01\n[extra]\nx = 1\n+++\nSo toml.\n',
    "json.md": b'{\n  "title": "J",\n  "date": "2024-06-02"\n}\nSo json.',
    "pelican.md": b"Title: P\nDate: 2024-06-03\n\nSo pelican.\n",
    "nikola.md": b".. title: N\n.. slug: n\n.. date: 2024-06-04\n\nSo nikola.\n",
    "crlf.md": b"\xef\xbb\xbf---\r\ntitle: C # why\r\ndate: 2024-06-05\r\n---   \r\nSo crlf.",
    "wide.md": "\ufeff---\ntitle: W\ndate: 2024-06-06\n---\nSo wide.".encode("utf-16-le"),
    "own.md": b'---\ntitle: O\ndate: 2024-06-07\nguid: "42"\n---\nSo own.\n',
    "uuid.md": b"---\ntitle: U\ndate: 2024-06-08\nguid: 0C2C2A4E-4B0E-4B6B-9A43-2D4E3A1D9E01\n---\n"
    b"So u.",
    "iri.md": b"---\ntitle: I\ndate: 2024-06-09\nid: tag:example.org,2024:i\n---\nSo iri.\n",
    "undated.md": b"---\ntitle: Undated\n---\nSo undated.\n",
}  # fmt: skip


@pytest.fixture
def varied(blog: Blog) -> Blog:
    """A site with files of many forms, of which one was edited since it was published."""
    for name, content in WRITTEN.items():
        blog.site.write(name, content)
    blog.publish()
    blog.write("anna.md", "anna", 0, "More.")
    blog.publish()
    return blog


def test_writing_the_ids_changes_nothing_that_readers_see(varied: Blog) -> None:
    before, shown = varied.ids(), varied.bytes()
    assert shown["/sitemap.xml"][1].count("<lastmod>") > 1
    old = {path.name: path.read_bytes() for path in varied.site.content.glob("*.md")}
    assert varied.inscribe() == {}
    new = {path.name: path.read_bytes() for path in varied.site.content.glob("*.md")}
    assert {name for name in old if old[name] == new[name]} == {"uuid.md", "iri.md"}
    assert varied.publish() == before
    assert varied.bytes() == shown
    assert varied.inscribe() == {}
    assert {path.name: path.read_bytes() for path in varied.site.content.glob("*.md")} == new


def test_with_the_ids_in_the_files_the_database_may_be_lost(varied: Blog) -> None:
    before = varied.ids()
    varied.inscribe()
    varied.lose()
    varied.settings("http://new.example/blog/", 'permalink = "/:year/:month/:slug/"')
    for name in ("berta", "own", "toml"):
        varied.move(f"{name}.md", f"moved/new-{name}.md")
    varied.write("carla.md", "carla", 9, "More.", title="Other", guid=f'"{before["carla"][0]}"')
    assert varied.publish() == before


def test_three_ids_of_an_old_site_outlast_the_database_too(blog: Blog) -> None:
    """As of WordPress: `?p=` in RSS, the permalink in JSON Feed, another one in Atom."""
    page = "https://example.org/anna/"
    old = {
        "rss.xml": f'''<rss version="2.0"><channel><title>Old</title><item><link>{page}</link>
            <guid isPermaLink="false">https://example.org/?p=7</guid></item></channel></rss>''',
        "atom.xml": f'''<feed xmlns="http://www.w3.org/2005/Atom"><title>Old</title><entry>
            <id>tag:example.org,2005:7</id><link href="{page}"/></entry></feed>''',
        "feed.json": json.dumps({
            "version": "https://jsonfeed.org/version/1.1", "title": "Old",
            "items": [{"id": f"{page}?json", "url": page}],
        }),
    }  # fmt: skip
    for name, text in old.items():
        (blog.site.root / name).write_text(text)
    blog.stop()
    feeds = [read(str(blog.site.root / name)) for name in old]
    adopt(load(base=blog.site.root), feeds, lambda: blog.now)
    before = blog.publish()
    assert before["anna"] == (
        "https://example.org/?p=7", "tag:example.org,2005:7", f"{page}?json"
    )  # fmt: skip
    shown = blog.bytes()
    assert blog.inscribe() == {}
    assert blog.publish() == before
    assert blog.bytes() == shown
    blog.lose()
    blog.settings("https://new.example/")
    assert blog.publish() == before


def test_without_them_they_are_lost(varied: Blog) -> None:
    """The tests above can fail."""
    before = varied.ids()
    varied.lose()
    varied.settings("https://new.example/")
    after = varied.publish()
    assert {word for word in before if after[word] == before[word]} == {"u", "iri"}


def test_the_id_for_atom_is_written_where_it_cannot_be_made_again(varied: Blog) -> None:
    varied.inscribe()
    added = (varied.site.content / "own.md").read_text().partition('guid: "42"\n')[2]
    assert added.startswith('atom_id: "tag:example.org,2024-06-07:42"\n---\n')


def test_a_copy_has_an_id_for_atom_of_its_own(varied: Blog) -> None:
    before = varied.ids()
    varied.inscribe()
    text = (varied.site.content / "own.md").read_text()
    varied.site.write("copy.md", text.replace('"42"', '"43"').replace("So own.", "So copy."))
    after = varied.publish()  # which looks for an id that is there twice
    assert after == before | {"copy": ("43", "tag:example.org,2024-06-07:43", "43")}


def test_what_cannot_be_written_is_said(blog: Blog) -> None:
    blog.settings(content='profile = "obsidian"')
    blog.site.write("2024-06-01 bare.md", "So bare.\n")
    blog.site.write("flow.md", "---\n{title: F, date: 2024-06-02}\n---\nSo flow.\n")
    blog.site.write("nil.md", post("N", "2024-06-03", "So nil.", guid='""'))
    blog.site.write("broken.md", post("B", "2024-06-04", "So broken."))
    (blog.site.content / "link.md").symlink_to("anna.md")
    blog.run()
    blog.site.write("broken.md", "---\ntitle: B\ndate: 2024-06-04\nSo broken.")
    blog.run()
    old = {path.name: path.read_bytes() for path in blog.site.content.glob("*.md")}
    blog.write("emil.md", "emil", 4, "Edited since.")
    reasons = {
        "2024-06-01 bare.md": "no front matter", "flow.md": "no place", "nil.md": "`guid` already",
        "anna.md": "one file with another", "link.md": "one file with another",
        "emil.md": "changed just now", "broken.md": "cannot be understood",
    }  # fmt: skip
    skipped = blog.inscribe()
    assert skipped.keys() == reasons.keys()
    for path, reason in reasons.items():
        assert reason in skipped[path]
        assert path == "emil.md" or (blog.site.content / path).read_bytes() == old[path]


def test_links_within_the_folder_are_followed_and_permissions_stay(blog: Blog) -> None:
    hidden = blog.site.content / ".real"
    hidden.mkdir()
    blog.move("anna.md", ".real/anna.md")
    (blog.site.content / "anna.md").symlink_to(".real/anna.md")
    (hidden / "anna.md").chmod(0o640)
    blog.publish()
    assert blog.inscribe() == {}
    assert (blog.site.content / "anna.md").is_symlink()
    assert "guid: " in (hidden / "anna.md").read_text()
    assert (hidden / "anna.md").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in hidden.iterdir()) == ["anna.md"]


def test_ids_of_this_machine_are_not_written(blog: Blog) -> None:
    blog.settings("http://localhost:8000/")
    blog.publish()
    with pytest.raises(FeedsError, match=r"site\.url"):
        blog.inscribe()


# --- The command ---------------------------------------------------------------------------------


def test_the_command(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def feeds(*args: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["ids", *args])
        return done.exit_code, done.output

    monkeypatch.chdir(site.root)
    for name in list(os.environ):
        if name.startswith("FEEDS_"):
            monkeypatch.delenv(name)
    site.write("b.md", post("B"))
    text = post("A").replace("\n", "\r\n").encode("utf-16-le")
    path = site.write("a.md", b"\xff\xfe" + text)
    listed = json.loads(feeds("--json")[1])["posts"]
    url = "https://example.org"
    assert listed == [
        {"id": f"{url}/{name}/", "path": f"{name}.md", "url": f"{url}/{name}/"} for name in "ab"
    ]
    old = path.read_bytes()
    line = f'guid: "{url}/a/"'
    assert f"--- a/a.md\n+++ b/a.md\n@@ -3,0 +4 @@\n+{line}\n" in feeds("--write", "--dry-run")[1]
    assert path.read_bytes() == old
    assert feeds("--write") == (0, "2 files got their ids; 0 skipped\n")
    assert path.read_bytes().replace(f"{line}\r\n".encode("utf-16-le"), b"") == old
    assert feeds("--moved", url, "https://new.example") == (0, "2 posts moved; every id stays\n")
    code, said = feeds("--moved", "https://other.example", "https://new.example/x")
    assert code == 2
    assert "no post is known at https://other.example" in said
    assert feeds("--write", "--json")[0] == 2
    site.write("c.md", "---\n{title: C}\n---\n")
    code, said = feeds("--write")
    assert code == 1
    assert "c.md: skipped: the file has front matter with no place for another line" in said
    assert f'write `guid: "{url}/c/"` into it yourself' in said
