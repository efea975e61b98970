"""`feeds build`: documents as files, and the ledger as a file."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import feedparser
import hypothesis
import pytest
import yaml
from conftest import ROOT, URL, Site, free_port, post
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import Engine, Integer, insert

from feeds.cli import main
from feeds.errors import FeedsError
from feeds.export import MANIFEST, TEMPORARY, Exported, export, files
from feeds.index.database import INDEX, LEDGER, REVISION, open_index, open_ledger
from feeds.index.ledger_file import dump, load, parse
from feeds.index.tables import entries, ledger_schema
from feeds.publisher.store import REDIRECT, Document, Revision, Store

FORMATS = {"/": "index", "/feed.xml": "rss", "/atom.xml": "atom", "/feed.json": "json"}
DOCUMENTED = (ROOT / "docs" / "static-hosting.md").read_text(encoding="utf-8")


def tree(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Return name → bytes, inode and time of every file."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [path.stat() for path in found]
    return {
        str(path.relative_to(folder)): (path.read_bytes(), stat.st_ino, stat.st_mtime_ns)
        for path, stat in zip(found, stats, strict=True)
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {name: content for name, (content, *_) in tree(folder).items()}


class Published:
    """A store of documents, as a publisher leaves it, and a folder to export to."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.output, self.now = root, root / "public", 1_700_000_000
        self.index: Engine = open_index(root / INDEX)
        self.ledger: Engine = open_ledger(root / LEDGER)
        self.store = Store(self.index, self.ledger, Revision(root / REVISION))
        self.paths: set[str] = set()

    def put(self, path: str, content: str = "text", location: str | None = None) -> None:
        self.now += 10
        form = REDIRECT if location else FORMATS.get(path, "rss")
        document = Document(
            path=path, format=form, key=f"{content} {self.now}", entries=1, location=location,
            content=b"" if location else content.encode(), cache_control="public, max-age=900",
        )  # fmt: skip
        assert self.store.put(document, self.now)
        self.paths.add(path)

    def drop(self, path: str) -> None:
        self.paths.discard(path)
        self.store.keep_only(self.paths)

    def export(self, *, headers: bool = False, overwrite: bool = False) -> Exported:
        planned = files(self.index, "https://example.org/", headers=headers)
        return export(planned, self.output, overwrite=overwrite)

    def close(self) -> None:
        self.index.dispose()
        self.ledger.dispose()


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    made = Published(tmp_path / "state")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/feed.xml", "feed.xml"),
        ("/", "index.html"),
        ("/tags/c++/", "tags/c++/index.html"),
        ("/tags/日本語/feed.xml", "tags/日本語/feed.xml"),
        ("/" + "x" * 252, "x" * 252),
    ],
)
def test_a_document_is_three_files(published: Published, path: str, name: str) -> None:
    published.put(path, "text " * 100)
    done = published.export()
    assert done.written == {name}
    found = tree(published.output)
    assert found.keys() == {name, f"{name}.gz", f"{name}.br", MANIFEST}
    text = b"text " * 100
    assert found[name][0] == text
    assert gzip.decompress(found[f"{name}.gz"][0]) == text
    assert brotli.decompress(found[f"{name}.br"][0]) == text
    times = {found[name + suffix][2] for suffix in ("", ".gz", ".br")}
    assert times == {published.now * 10**9}, "the file's time is the document's Last-Modified"
    assert done.sizes == {
        "identity": 500, "gzip": len(found[f"{name}.gz"][0]), "br": len(found[f"{name}.br"][0]),
    }  # fmt: skip


def test_only_what_changed_is_touched(published: Published) -> None:
    for path in ("/feed.xml", "/tags/a/feed.xml", "/tags/b/feed.xml"):
        published.put(path, path)
    published.export()
    before = tree(published.output)
    (published.output / TEMPORARY).write_text("of a build that was killed")
    done = published.export()
    assert (len(done.written), len(done.unchanged), len(done.removed)) == (0, 3, 0)
    assert tree(published.output) == before, "not even the manifest's time"
    published.put("/tags/a/feed.xml", "new")
    assert published.export().written == {"tags/a/feed.xml"}
    after = tree(published.output)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {MANIFEST, *(f"tags/a/feed.xml{suffix}" for suffix in ("", ".gz", ".br"))}


def test_only_what_a_build_wrote_is_removed(published: Published) -> None:
    for path in ("/feed.xml", "/tags/a/feed.xml", "/tags/b/feed.xml", "/tags/c/feed.xml"):
        published.put(path, path)
    published.export()
    (published.output / "tags/b/own.txt").write_text("mine")
    (published.output / "tags/c/feed.xml").write_text("mine")
    for name in "abc":
        published.drop(f"/tags/{name}/feed.xml")
    done = published.export()
    assert done.removed == {"tags/a/feed.xml", "tags/b/feed.xml"}
    assert len(done.said) == 1
    assert "tags/c/feed.xml was changed since we wrote it" in done.said[0]
    left = {"feed.xml", "feed.xml.gz", "feed.xml.br", "tags/b/own.txt", "tags/c/feed.xml", MANIFEST}
    assert tree(published.output).keys() == left
    assert not (published.output / "tags/a").exists()
    assert published.export().said == []


def test_foreign_files_stop_the_build(published: Published) -> None:
    published.output.mkdir()
    (published.output / "sitemap.xml.gz").write_text("mine")
    for path in ("/feed.xml", "/sitemap.xml"):
        published.put(path)
    before = tree(published.output)
    with pytest.raises(FeedsError, match=r"sitemap\.xml\.gz is there already.*--overwrite"):
        published.export()
    assert tree(published.output) == before
    assert len(published.export(overwrite=True).written) == 2
    (published.output / "sitemap.xml").write_text("another tool wrote it again")
    assert published.export().written == {"sitemap.xml"}, "what we wrote is ours"


def test_equal_files_of_a_lost_manifest_are_ours_again(published: Published) -> None:
    published.put("/feed.xml")
    published.export()
    before = tree(published.output)
    (published.output / MANIFEST).unlink()
    assert published.export().unchanged == {"feed.xml"}
    assert contents(published.output) == {name: found[0] for name, found in before.items()}


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_page_gives_way_to_the_sites_own(published: Published, overwrite: bool) -> None:
    for path in ("/", "/feed.xml"):
        published.put(path)
    published.export()
    home = published.output / "index.html"
    home.write_text("the home page")  # as when the generator runs after us
    done = published.export(overwrite=overwrite)
    assert home.read_text() == "the home page"
    assert len(done.said) == 1
    assert "index.html is not ours and stays" in done.said[0]
    names = tree(published.output).keys()
    assert names == {"index.html", "feed.xml", "feed.xml.gz", "feed.xml.br", MANIFEST}
    home.unlink()
    assert published.export().written == {"index.html"}


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["/a", "/a/feed.xml"], '"/a" would be a file and the folder of "/a/feed.xml"'),
        (["/a.gz/x", "/a"], '"/a.gz" would be a file and the folder'),
        (["/a", "/a.gz"], '"/a.gz" is the file of two documents'),
        (["/a/", "/a/index.html"], '"/a/index.html" is the file of two documents'),
        (["/" + "x" * 253], "is too long for a file name"),
        (["/" + "é" * 127], "is too long for a file name"),
        (["/a/../../b"], "is no file below the output"),
        (["/a//b"], "is no file below the output"),
        (["/a/./b"], "is no file below the output"),
        ([f"/{MANIFEST}"], "is the file of two documents"),
        ([f"/{TEMPORARY}"], "is the file of two documents"),
    ],
)
def test_paths_that_are_no_files(published: Published, paths: list[str], message: str) -> None:
    for path in paths:
        published.put(path)
    with pytest.raises(FeedsError, match=re.escape(message)):
        published.export()
    assert not published.output.exists()


def test_what_is_in_the_way(published: Published, tmp_path: Path) -> None:
    published.put("/tags/a/feed.xml")
    outside = tmp_path / "outside"
    outside.mkdir()
    published.output.mkdir()
    tags = published.output / "tags"
    tags.symlink_to(outside)
    with pytest.raises(FeedsError, match=r"leads out of .* through a link"):
        published.export(overwrite=True)
    assert list(outside.iterdir()) == []
    tags.unlink()
    tags.write_text("mine")
    with pytest.raises(FeedsError, match="tags is a file where a folder has to be"):
        published.export(overwrite=True)
    tags.unlink()
    (tags / "a/feed.xml").mkdir(parents=True)
    with pytest.raises(FeedsError, match=r"feed\.xml is a folder where a file has to be"):
        published.export(overwrite=True)


def test_a_file_becomes_a_folder_and_back(published: Published) -> None:
    published.put("/tags")
    published.export()
    published.drop("/tags")
    published.put("/tags/a/feed.xml")
    assert published.export().removed == {"tags"}
    assert (published.output / "tags/a/feed.xml").is_file()
    published.drop("/tags/a/feed.xml")
    published.put("/tags")
    published.export()
    assert tree(published.output).keys() == {"tags", "tags.gz", "tags.br", MANIFEST}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"files": 1}', '{"files": {"../victim": ["0"]}}', '{"files": {"/x": []}}'],
)
def test_a_damaged_manifest(published: Published, text: str) -> None:
    published.put("/feed.xml")
    published.export()
    (published.output / MANIFEST).write_text(text)
    before = tree(published.output)
    with pytest.raises(FeedsError, match=r"\.feeds\.json: this is not the list"):
        published.export()
    assert tree(published.output) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from feeds.export import export, files
from feeds.index.database import connect
store = connect(Path(sys.argv[1]) / "index.db")

def advance(at, of):
    if at == int(sys.argv[2]):
        Path(sys.argv[1], "public", ".feeds.tmp").write_text("half a f")
        os.kill(os.getpid(), signal.SIGKILL)

planned = files(store, "https://example.org/", headers=True)
export(planned, Path(sys.argv[1]) / "public", advance=advance)
"""


@pytest.mark.parametrize("at", [1, 4])
def test_a_killed_build_is_completed(published: Published, at: int) -> None:
    for path in ("/feed.xml", "/old/feed.xml"):
        published.put(path, "before")
    published.export(headers=True)
    published.put("/feed.xml", "after")
    published.put("/new/feed.xml", "new")
    published.drop("/old/feed.xml")
    done = subprocess.run([sys.executable, "-c", KILLED, str(published.root), str(at)], timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert (published.output / TEMPORARY).exists()
    published.put("/feed.xml", "after that")
    published.drop("/new/feed.xml")
    published.export(headers=True)
    found = contents(published.output)
    assert found.keys() == {"feed.xml", "feed.xml.gz", "feed.xml.br", "_headers", MANIFEST}
    assert found["feed.xml"] == b"after that"


def test_headers_and_redirects(published: Published) -> None:
    published.put("/tags/a b:*/")
    published.put("/")
    published.put("/rss.xml", location="https://example.org/feed.xml")
    published.export(headers=True)
    assert (published.output / "_redirects").read_text() == "/rss.xml /feed.xml 301\n"
    lines = (published.output / "_headers").read_text().splitlines()
    assert lines[0] == "/tags/a%20b%3A%2A/", "what means something to the host is encoded"
    assert "  Content-Type: application/rss+xml; charset=utf-8" in lines
    assert "/" not in lines, "the page there may be the site's own"
    (published.output / "_headers").write_text("mine")
    (said,) = published.export(headers=True, overwrite=True).said
    assert "_headers is not ours and stays as it is" in said
    published.drop("/rss.xml")
    published.export(headers=True)
    assert not (published.output / "_redirects").exists()
    assert (published.output / "_headers").read_text() == "mine"


# The ledger as a file.

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNTS = st.integers(-(2**63), 2**62)


def rows_of(table: Any) -> st.SearchStrategy[dict[str, Any]]:
    values = {
        column.name: (COUNTS if isinstance(column.type, Integer) else TEXTS)
        if not column.nullable
        else st.none() | (COUNTS if isinstance(column.type, Integer) else TEXTS)
        for column in table.columns
        if column.name != "html"
    }
    return st.fixed_dictionaries(values)


def distinct(table: Any) -> Any:
    unique = [column.name for column in table.columns if column.primary_key or column.unique]
    return st.lists(
        rows_of(table),
        max_size=4,
        unique_by=tuple(
            lambda row, name=name: (name, row[name] if row[name] is not None else id(row))
            for name in unique
        ),
    )


@hypothesis.settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries({name: distinct(t) for name, t in ledger_schema.tables.items()}))
def test_a_ledger_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, list[dict[str, Any]]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    engine = open_ledger(folder / LEDGER)
    with engine.begin() as connection:
        for name, found in rows.items():
            if found:
                connection.execute(insert(ledger_schema.tables[name]), found)
    engine.dispose()
    text = dump(folder)
    (folder / "feeds.jsonl").write_bytes(text)
    (folder / "again").mkdir()
    load(folder / "feeds.jsonl", folder / "again", folder / "none")
    assert dump(folder / "again") == text
    shutil.rmtree(folder)


def entry(number: int, name: str, **more: Any) -> dict[str, Any]:
    values = {"number": number, "path": f"{name}.md", "id": f"https://example.org/{name}/",
              "url": f"https://example.org/{name}/", "raw": "r", "public": "p", "edition": 1,
              "first": 100, "states": ""}  # fmt: skip
    return values | more


def lines(*rows: dict[str, Any], table: str = "entries") -> bytes:
    return "".join(json.dumps({table: row}) + "\n" for row in rows).encode()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"<<<<<<< HEAD", "a merge is not finished: delete this line"),
        (b"=======", "a merge is not finished"),
        (b'{"entries": {', "this is no line of a ledger"),
        (b'{"entries": {"path": "\xff"}}', "this is no line of a ledger"),
        (b'{"entries": {"path": "\\ud800"}}', "this is no line of a ledger"),
        (b"[" * 100_000, "this is no line of a ledger"),
        (b"[]", "this is no row"),
        (b'{"visits": {}}', '"visits" is no table; a newer version'),
        (lines(entry(1, "a", mood="x")), '"mood" is not known in entries; a newer version'),
        (lines(entry(1, "a", edition="1")), '"edition" is missing or of the wrong type'),
        (lines(entry(1, "a", edition=True)), '"edition" is missing'),
        (lines(entry(1, "a", edition=2**63)), '"edition" is missing'),
        (lines(entry(1, "a", path=7)), '"path" is missing'),
        (lines({"number": 1}), '"raw" is missing'),
    ],
)
def test_a_damaged_ledger(tmp_path: Path, line: bytes, message: str) -> None:
    good = tmp_path / "good.jsonl"
    good.write_bytes(lines(entry(7, "known")))
    load(good, tmp_path, tmp_path)
    held = dump(tmp_path)
    file = tmp_path / "feeds.jsonl"
    file.write_bytes(lines(entry(1, "b")) + b"\n" + line.rstrip() + b"\n" + lines(entry(2, "c")))
    with pytest.raises(FeedsError) as caught:
        load(file, tmp_path, tmp_path)
    assert str(caught.value).startswith(f"{file}:3: {message}")
    assert "\n" not in str(caught.value)
    assert dump(tmp_path) == held


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Both branches added a post: the older keeps the number that both have.
        (lines(entry(1, "a"), entry(2, "c", first=300), entry(2, "b", first=200)),
         {"a": (1, "a.md"), "b": (2, "b.md"), "c": (3, "c.md")}),
        # One branch changed a post, the lines of both were kept.
        (lines(entry(1, "a", edition=2, path="moved.md"), entry(1, "a")), {"a": (1, "moved.md")}),
        # Both added a post at one path, at different addresses: both ids stay taken.
        (lines(entry(1, "a", path="x.md", first=200), entry(1, "b", path="x.md", first=150)),
         {"b": (1, "x.md"), "a": (2, None)}),
        # Provisional entries have no ids.
        (lines(entry(1, "a", id=None, edition=3), entry(2, "a", id=None)), {None: (1, "a.md")}),
    ],
)  # fmt: skip
def test_merged_ledgers(
    tmp_path: Path, text: bytes, expected: dict[str | None, tuple[int, str | None]]
) -> None:
    for order in (text, b"".join(reversed(text.splitlines(keepends=True)))):
        found = parse(order, tmp_path)["entries"]
        ids = {row["id"] and row["id"].split("/")[3]: (row["number"], row["path"]) for row in found}
        assert ids == expected
        (tmp_path / "feeds.jsonl").write_bytes(order)
        load(tmp_path / "feeds.jsonl", tmp_path, tmp_path)
        assert dump(tmp_path).count(b"\n") == len(expected)


def test_of_two_states_of_a_document_the_later_counts(tmp_path: Path) -> None:
    old, new = ({"path": "/f", "digest": d, "last_modified": m} for d, m in (("z", 1), ("a", 2)))
    for order in ((old, new), (new, old)):
        assert parse(lines(*order, table="documents"), tmp_path)["documents"] == [new]


def test_bodies_are_on_no_machine(tmp_path: Path) -> None:
    engine = open_ledger(tmp_path / LEDGER)
    with engine.begin() as connection:
        connection.execute(insert(entries).values(entry(1, "a", html="<p>", summary="s")))
    engine.dispose()
    text = dump(tmp_path)
    assert b"html" not in text
    assert b'"summary": "s"' in text
    (tmp_path / "feeds.jsonl").write_bytes(text)
    load(tmp_path / "feeds.jsonl", tmp_path, tmp_path)
    engine = open_ledger(tmp_path / LEDGER)
    with engine.connect() as connection:
        assert [row.html for row in connection.execute(entries.select())] == [None]
    engine.dispose()


# The command.


@pytest.fixture
def built(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `feeds build --output public ARGS` in this process: exit code, output, errors."""
    for name in [name for name in os.environ if name.startswith("FEEDS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(site.root)

    def run(*args: str) -> tuple[int, str, str]:
        code = 0
        try:
            code = main(["build", "--output", "public", *args], standalone_mode=False) or 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def fresh_clone(site: Site) -> None:
    """Take away what is not committed."""
    for name in (".feeds", "public"):
        shutil.rmtree(site.root / name, ignore_errors=True)


def test_a_site_as_files(site: Site, built: Any) -> None:
    for number in range(3):
        site.write(f"{number}.md", post(f"Post {number}", f"2024-05-0{number + 1}"))
    code, out, err = built()
    assert (code, err) == (0, "")
    assert "7 written" in out
    assert "3 published" in out
    public = site.root / "public"
    for name in ("feed.xml", "atom.xml"):
        feed = feedparser.parse((public / name).read_bytes())
        assert not feed.bozo
        assert [item.title for item in feed.entries] == ["Post 2", "Post 1", "Post 0"]
    assert len(json.loads((public / "feed.json").read_bytes())["items"]) == 3
    locations = etree.fromstring((public / "sitemap.xml").read_bytes()).xpath(
        "//*[local-name()='loc']"
    )
    assert len(locations) == 3
    before = tree(public)
    shown = json.loads(built("--json")[1])
    assert shown["documents"] == {"written": 0, "unchanged": 7, "removed": 0}
    assert shown["posts"]["published"] == 3
    assert tree(public) == before
    site.write("1.md", post("Post 1", "2024-05-02", "Another text."))
    assert json.loads(built("--json")[1])["documents"]["written"] == 4, "feeds and sitemap"
    after = tree(public)
    for name in ("robots.txt", "feeds.opml", "index.html"):
        assert after[name] == before[name]


def test_a_site_without_an_address(site: Site, built: Any) -> None:
    site.settings('[site]\ntitle = "Example"\n')
    code, _, err = built()
    assert code == 0
    assert err.startswith("site.url is http://127.0.0.1:8000/, this machine: set url under [site]")
    assert err.count("\n") == 1
    assert built("--url", "https://example.com/")[2] == ""
    assert b"https://example.com/feed.xml" in (site.root / "public/feed.xml").read_bytes()


def test_a_state_in_use(site: Site, built: Any) -> None:
    from feeds.publisher.lock import take_lock

    site.write("a.md", post())
    lock = take_lock(site.root / ".feeds")
    code, _, err = built()
    assert code == 1
    assert "another process publishes from" in err
    assert "or build with --ledger FILE" in err
    assert built("--ledger", "feeds.jsonl")[0] == 0
    os.close(lock)


@pytest.mark.parametrize("ledger", [(), ("--ledger", "feeds.jsonl")])
def test_a_published_post_that_became_unreadable(
    site: Site, built: Any, ledger: tuple[str, ...]
) -> None:
    site.write("a.md", post("Kept", description="What it says"))
    site.write("b.md", post("Other"))
    site.write("never.md", "---\ntitle: [\n---\n")
    assert built(*ledger)[0] == 0, "what never was good is a warning"
    file = site.root.joinpath(*ledger[1:])
    before, held = tree(site.root / "public"), file.stat().st_mtime_ns
    site.write("a.md", '---\ntitle: "Kept\ndate: 2024-05-01\n---\n')
    site.write("c.md", post("New"))
    for _ in range(2):
        if ledger:
            shutil.rmtree(site.root / ".feeds")
        code, out, err = built(*ledger)
        assert (code, out) == (1, "")
        assert re.search(r"(?m)^a\.md:\d+:\d+: F\d\d\d: .*; ", err), err
        assert "\nnever.md" not in err.partition("published posts cannot be read")[2]
        assert tree(site.root / "public") == before
        if ledger:
            assert file.stat().st_mtime_ns == held
    assert built(*ledger, "--lenient")[0] == 0
    feed = feedparser.parse((site.root / "public" / "feed.xml").read_bytes())
    assert sorted(item.title for item in feed.entries) == ["Kept", "New", "Other"]
    site.write("a.md", '---\ntitle: "Kept\ndraft: true\ndate: 2024-05-01\n---\n')
    assert built(*ledger)[0] == 1
    assert built(*ledger, "--lenient")[0] == 0
    feed = feedparser.parse((site.root / "public" / "feed.xml").read_bytes())
    assert sorted(item.title for item in feed.entries) == ["New", "Other"], "it may be hidden"


def test_posts_gone_at_once(site: Site, built: Any) -> None:
    for number in range(14):
        site.write(f"{number}.md", post(f"Post {number}"))
    assert built("--ledger", "feeds.jsonl")[0] == 0
    before, ledger = tree(site.root / "public"), (site.root / "feeds.jsonl").read_bytes()
    for number in range(12):
        (site.content / f"{number}.md").unlink()
    for clone in (False, True):
        if clone:
            shutil.rmtree(site.root / ".feeds")
        code, _, err = built("--ledger", "feeds.jsonl")
        assert code == 1
        assert "12 of 14 files are gone at once; nothing was written" in err
        assert "--trust-removals" in err
        assert tree(site.root / "public") == before
        assert (site.root / "feeds.jsonl").read_bytes() == ledger
    shutil.move(site.content, site.root / "elsewhere")
    code, _, err = built("--ledger", "feeds.jsonl", "--trust-removals")
    assert code == 1
    assert "the posts cannot be read; nothing was written" in err
    shutil.move(site.root / "elsewhere", site.content)
    assert built("--ledger", "feeds.jsonl", "--trust-removals")[0] == 0
    assert len(feedparser.parse((site.root / "public/feed.xml").read_bytes()).entries) == 2


def test_ids_and_dates_survive_in_the_file(site: Site, built: Any) -> None:
    site.write("a.md", post("First", slug="first"))
    site.write("b.md", post("Second"))
    assert built("--ledger", "feeds.jsonl")[0] == 0
    fresh_clone(site)
    site.write("a.md", post("First", slug="renamed"))
    assert built("--ledger", "feeds.jsonl")[0] == 0
    feed = feedparser.parse((site.root / "public/feed.xml").read_bytes())
    found = {item.title: (item.id, item.link) for item in feed.entries}
    assert found["First"][0] != found["First"][1]
    assert "first" in found["First"][0]
    fresh_clone(site)
    (site.root / "feeds.jsonl").write_bytes(b"<<<<<<< ours\n")
    code, _, err = built("--ledger", "feeds.jsonl")
    assert (code, err.count("\n")) == (1, 1)
    assert not (site.root / "public").exists()


def test_a_new_file_begins_with_what_the_state_knows(site: Site, built: Any) -> None:
    site.write("a.md", post("First", slug="first"))
    assert built()[0] == 0
    site.write("a.md", post("First", slug="renamed"))
    assert "feeds.jsonl is not there yet" in built("--ledger", "feeds.jsonl")[2]
    (item,) = feedparser.parse((site.root / "public/feed.xml").read_bytes()).entries
    assert (item.id.count("first"), item.link.count("renamed")) == (1, 1)
    assert built("--ledger", "feeds.jsonl")[2] == ""
    code, _, err = built("--ledger", "feeds.toml/feeds.jsonl")
    assert code == 1
    assert err.endswith("feeds: feeds.toml/feeds.jsonl: Not a directory; nothing was changed\n")


def test_posts_of_two_branches(site: Site, built: Any) -> None:
    site.write("a.md", post("Old", slug="was"))
    built("--ledger", "feeds.jsonl")
    base = (site.root / "feeds.jsonl").read_bytes()
    sides = []
    for name in ("x", "y"):
        (site.root / "feeds.jsonl").write_bytes(base)
        site.write(f"{name}.md", post(f"New {name}", slug=f"was-{name}"))
        built("--ledger", "feeds.jsonl")
        sides.append((site.root / "feeds.jsonl").read_bytes())
        (site.content / f"{name}.md").unlink()
    merged = dict.fromkeys(b"".join(sides).splitlines(keepends=True))  # as merge=union does
    (site.root / "feeds.jsonl").write_bytes(b"".join(merged))
    for name in ("x", "y"):
        site.write(f"{name}.md", post(f"New {name}", slug=f"is-{name}"))
    assert built("--ledger", "feeds.jsonl")[0] == 0
    feed = feedparser.parse((site.root / "public/feed.xml").read_bytes())
    assert sorted(item.id.strip("/").rpartition("/")[2] for item in feed.entries) == [
        "was", "was-x", "was-y",
    ]  # fmt: skip
    assert not any("was-" in item.link for item in feed.entries)
    rows = parse((site.root / "feeds.jsonl").read_bytes(), site.root)["entries"]
    assert sorted(row["number"] for row in rows) == [1, 2, 3]


def test_two_builds_of_one_commit_are_equal(tmp_path: Path) -> None:
    """In other folders, time zones and locales, with other hash seeds; and with the ledger."""
    machines = [
        {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    ]
    made = []
    for number, environ in enumerate(machines):
        copy = Site(tmp_path / ("long" * number + "er") / "site")
        for name in ("z", "a", "日本語"):
            copy.write(f"{name}.md", post(name, tags="[b, a]", body="[[a]] text"))
        copy.write("undated.md", "# Undated\n")
        copy.environ = environ | {"SOURCE_DATE_EPOCH": "1780000000"}
        made.append(copy)
        done = copy.run("build", "--output", "public", "--ledger", "feeds.jsonl", "--headers")
        assert done.returncode == 0, done.stderr
    first, second = ((contents(one.root / "public"), ledger_of(one)) for one in made)
    assert first == second
    fresh_clone(made[1])
    made[1].environ["SOURCE_DATE_EPOCH"] = "1790000000"  # nothing new: no clock shows
    assert (
        made[1]
        .run("build", "--output", "public", "--ledger", "feeds.jsonl", "--headers")
        .returncode
        == 0
    )
    assert (contents(made[1].root / "public"), ledger_of(made[1])) == first


def ledger_of(site: Site) -> bytes:
    return (site.root / "feeds.jsonl").read_bytes()


def test_the_clock_of_a_build(site: Site, built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands still: at the time of the files, and while documents change again and again."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(time.time())))
    site.write("b.md", post("Later", "2099-05-03"))
    seen = []
    for body in ("One.", "Two.", "Three."):
        site.write("a.md", post("Now", "2024-05-01", body))
        code, _, err = built("--ledger", "feeds.jsonl")
        assert code == 0, err
        feed = feedparser.parse((site.root / "public/feed.xml").read_bytes())
        seen.append([(item.title, item.content[0].value) for item in feed.entries])
    assert seen == [[("Now", f"<p>{body}</p>")] for body in ("One.", "Two.", "Three.")]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    code, _, err = built()
    assert code == 1
    assert 'SOURCE_DATE_EPOCH is "yesterday": write Unix seconds' in err


# The documentation.


def snippet(kind: str, at: int = 0) -> str:
    """Return a fenced block of docs/static-hosting.md that says it is executed."""
    marked = r"(?s)<!-- executed by tests/test_build.py -->\n```" + kind + r"\n(.*?)```"
    return re.findall(marked, DOCUMENTED)[at]


def git(folder: Path, *args: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_workflow(site: Site, tmp_path: Path) -> None:
    """Its commands, in a clone; then what is checked in pull requests."""
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    site.write("a.md", post())
    (site.root / ".gitignore").write_text(".feeds/\npublic/\n")
    git(site.root, "init", "--quiet", "--initial-branch=main")
    git(site.root, "remote", "add", "origin", str(origin))
    git(site.root, "add", ".")
    git(site.root, "commit", "--quiet", "-m", "Posts")
    git(site.root, "push", "--quiet", "-u", "origin", "main")
    workflow = yaml.safe_load(snippet("yaml"))
    steps = {
        step["name"]: step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step
    }
    assert list(steps) == ["Install", "Build", "Commit the ledger"]
    netlify = tomllib.loads(snippet("toml"))["build"]
    assert netlify == {"publish": "public", "command": steps["Build"]}
    site.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in (steps["Build"], steps["Commit the ledger"], snippet("sh")):
        done = subprocess.run(["bash", "-e", "-c", command], cwd=site.root, env=site.env(),
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        assert done.returncode == 0, done.stderr
        if command == steps["Build"]:
            assert snippet("") in (site.root / "public/_headers").read_text()
    assert "feeds.jsonl" in git(origin, "ls-tree", "--name-only", "main")
    assert git(origin, "log", "--format=%an %s", "-1") == "feeds Note ids and dates of posts\n"


@contextlib.contextmanager
def nginx(folder: Path, public: Path) -> Iterator[int]:
    """Serve with the documented server block; only port and folder are others."""
    port = free_port()
    block = snippet("nginx").replace("listen 80;", f"listen 127.0.0.1:{port};")
    block = block.replace("root /var/www/public;", f"root {public};")
    user = "user root;" if os.getuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    conf = folder / "nginx.conf"
    conf.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary}\n{block} }}\n"
    )
    process = subprocess.Popen(
        [str(shutil.which("nginx")), "-e", f"{folder}/error.log", "-c", str(conf)]
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                ask(port, "/")
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


TYPES = {
    "/feed.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/feeds.opml": "text/x-opml; charset=utf-8",
    "/tags/a/feed.xml": "application/rss+xml; charset=utf-8",
}


def test_nginx_as_documented(
    published: Published, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("nginx") is None:
        with capsys.disabled():
            print(
                "\nnginx is not installed: the server block of docs/static-hosting.md was not run"
            )
        return
    for path in (*TYPES, "/"):
        published.put(path, f"{path} " * 100)
    published.export()
    with nginx(tmp_path, published.output) as port:
        for path, media_type in TYPES.items():
            text = f"{path} ".encode() * 100
            status, headers, body = ask(port, path)
            assert (status, body, headers["content-type"]) == (200, text, media_type)
            assert headers["access-control-allow-origin"] == "*"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"].startswith("public, max-age=900")
            status, packed, body = ask(port, path, Accept_Encoding="gzip")
            assert (packed["content-encoding"], packed["vary"]) == ("gzip", "Accept-Encoding")
            assert packed["content-type"] == media_type
            stored = published.output.joinpath(f"{path[1:]}.gz").read_bytes()
            assert hashlib.sha256(body).digest() == hashlib.sha256(stored).digest()
            assert packed["last-modified"] == headers["last-modified"]
            again = ask(port, path, Accept_Encoding="gzip", If_None_Match=packed["etag"])
            assert again[0] == 304
            assert again[1]["cache-control"] == headers["cache-control"]
        assert ask(port, "/.feeds.json")[0] == 404
        assert ask(port, "/rss.xml")[0] == 301
        assert ask(port, "/")[1]["content-type"].startswith("text/html")


def test_moving_here_and_moves_are_kept_in_the_file(site: Site) -> None:
    """A site without a state folder adopts old ids and tells of moves in its ledger's file."""
    site.write("a.md", post("A", body="One."))
    page = f"{URL}a/"
    item = f'<item><link>{page}</link><guid isPermaLink="false">{URL}?p=7</guid></item>'
    (site.root / "old.xml").write_text(
        f'<rss version="2.0"><channel><title>Old</title>{item}</channel></rss>'
    )
    tried = site.call("adopt", "old.xml", "--ledger", "feeds.jsonl", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert not (site.root / "feeds.jsonl").exists()
    assert site.call("adopt", "old.xml", "--ledger", "feeds.jsonl").returncode == 0
    assert f"{URL}?p=7" in (site.root / "feeds.jsonl").read_text()
    assert site.call("diff", "old.xml", "--ledger", "feeds.jsonl").returncode == 0
    built = ("build", "--output", "out", "--ledger", "feeds.jsonl")
    assert site.call(*built).returncode == 0
    (site.content / "a.md").unlink()
    site.write("b/other.md", post("Another title", "2023-01-01", "Another text."))
    moved = site.call("ids", "--moved", "a.md", "b/other.md", "--ledger", "feeds.jsonl")
    assert moved.returncode == 0, moved.stderr
    shutil.rmtree(site.root / ".feeds")
    assert site.call(*built, "--trust-removals").returncode == 0
    (entry,) = feedparser.parse((site.root / "out" / "feed.xml").read_bytes()).entries
    assert (entry.id, entry.title) == (f"{URL}?p=7", "Another title")
    assert site.call("ids", "--write", "--ledger", "feeds.jsonl").returncode == 0
    assert f'guid: "{URL}?p=7"' in (site.content / "b" / "other.md").read_text()


def test_a_device_is_no_ledger(site: Site) -> None:
    """Root would replace it for the whole machine."""
    site.write("a.md", post("A"))
    os.mkfifo(site.root / "pipe")
    done = site.call("build", "--output", "out", "--ledger", "pipe")
    assert done.returncode == 1
    assert "not a plain file" in done.stderr
    assert not (site.root / "out").exists()
