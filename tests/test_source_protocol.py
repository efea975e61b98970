"""Posts from code: what a source may do wrong, and what becomes of the posts meanwhile."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import URL
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from feeds import Source, post
from feeds.errors import SourceUnavailable
from feeds.index.database import open_index, open_ledger, reading
from feeds.index.intake import Intake
from feeds.index.sync import Scan
from feeds.index.tables import posts, problems
from feeds.publisher.bell import FIFO, Bell, ring
from feeds.settings import load
from feeds.sources import protocol
from feeds.sources.front_matter import parse
from feeds.sources.protocol import Code

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
TEXT = post({"title": "Hello", "date": date(2024, 5, 1)}, "Text.")


class Memory:
    """Posts in a dictionary; `broken` says what reading or listing raises."""

    def __init__(self, *keys: Any) -> None:
        self.posts: dict[Any, tuple[Any, Any]] = dict.fromkeys(keys, ("1", TEXT))
        self.broken: dict[str | None, Exception] = {}
        self.twice: list[tuple[str, str]] = []
        self.asked: list[str] = []

    def stamps(self) -> Iterator[tuple[str, str]]:
        for key, (version, _) in self.posts.items():
            yield key, version
        yield from self.twice
        if None in self.broken:
            raise self.broken[None]

    def read(self, key: str) -> bytes:
        self.asked.append(key)
        if key in self.broken:
            raise self.broken[key]
        return self.posts[key][1]  # type: ignore[no-any-return]


class Blog:
    """An index over a source, without rendering."""

    def __init__(self, folder: Path, source: Source) -> None:
        settings = load(tables={"site": {"url": URL}}, base=folder)
        self.index, self.ledger = open_index(folder / "index.db"), open_ledger(folder / "ledger.db")
        self.intake = Intake(self.index, self.ledger, settings, Code(source))
        self.now = NOW
        self.intake.apply()

    def scan(self, keys: Iterable[str] | None = None, after: float = 1) -> Scan:
        self.now += int(after * SECOND)
        found = self.intake.scan(keys, self.now)
        self.intake.settle(self.now // SECOND)
        return found

    def posts(self) -> dict[str, str]:
        with reading(self.index) as connection:
            return {row.key: row.outcome for row in connection.execute(select(posts))}

    def problems(self) -> dict[str, str]:
        with reading(self.index) as connection:
            rows = connection.execute(select(problems).where(problems.c.code != "F023"))
            return {row.key: f"{row.code} {row.message}" for row in rows}


@pytest.fixture
def source() -> Memory:
    return Memory("2024/a.md", "2024/b.md", "c.md")


@pytest.fixture
def blog(tmp_path: Path, source: Memory) -> Iterator[Blog]:
    found = Blog(tmp_path, source)
    yield found
    found.index.dispose()
    found.ledger.dispose()


def test_only_what_has_a_new_version_is_read(blog: Blog, source: Memory) -> None:
    assert blog.scan().read == 3
    assert set(blog.posts().values()) == {"post"}
    source.posts["c.md"] = ("2", TEXT.replace(b"Text", b"More"))
    assert blog.scan().read == 1
    assert source.asked.count("c.md") == 2
    del source.posts["2024/a.md"]
    blog.scan()
    assert set(blog.posts()) == {"2024/b.md", "c.md"}


WRONG_KEYS = {
    "leading slash": "/d.md", "above": "../d.md", "inside": "a/../d.md", "dots": "./d.md",
    "empty part": "a//d.md", "empty": "", "folder": "a/", "NUL": "d\0.md", "line": "d\n.md",
    "backslash": "a\\d.md", "surrogate": "d\ud800.md", "number": 4, "nothing": None,
    "bytes": b"d.md",
}  # fmt: skip


def test_keys_that_are_none_are_told_and_stop_nothing(blog: Blog, source: Memory) -> None:
    source.posts |= dict.fromkeys(WRONG_KEYS.values(), ("1", TEXT))
    source.posts |= dict.fromkeys(("a", "a/d", "no ending", "日本語.md"), ("1", TEXT))
    blog.scan()
    refused = {key for key, outcome in blog.posts().items() if outcome == "refused"}
    assert len(refused) == len(WRONG_KEYS)
    assert {key for key, said in blog.problems().items() if said.startswith("F001")} == refused
    for key in WRONG_KEYS.values():
        assert any(f"the key {key!a} " in said for said in blog.problems().values()), key
    good = {key for key, outcome in blog.posts().items() if outcome == "post"}
    assert good == {"2024/a.md", "2024/b.md", "c.md", "a", "a/d", "no ending", "日本語.md"}
    assert blog.scan().changed == 0


def test_a_key_listed_twice_keeps_its_last_good_entry(blog: Blog, source: Memory) -> None:
    blog.scan()
    source.twice = [("c.md", "2"), ("new.md", "1"), ("new.md", "1")]
    blog.scan()
    assert blog.posts() == {
        "2024/a.md": "post", "2024/b.md": "post", "c.md": "kept", "new.md": "refused"
    }  # fmt: skip
    assert "listed twice" in blog.problems()["c.md"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (OSError("no connection"), "F001 read() failed: OSError: no connection"),
        (ValueError("bad\nrow"), "F001 read() failed: ValueError: bad"),
        ("text", "F001 read() returned str, not bytes"),
        (b"x" * 10_000_001, "F003 the post has 10,000,001 bytes, more than 10,000,000"),
    ],
)
def test_what_cannot_be_read_keeps_its_entry_and_is_asked_for_again(
    blog: Blog, source: Memory, broken: Any, said: str
) -> None:
    blog.scan()
    if isinstance(broken, Exception):
        source.broken["c.md"] = broken
    source.posts["c.md"] = ("2", broken)
    blog.scan()
    assert blog.problems() == {"c.md": said}
    assert blog.posts()["c.md"] == ("kept" if "F001" in said else "refused")
    source.broken.clear()
    source.posts["c.md"] = ("2" if "F001" in said else "3", TEXT)
    blog.scan()
    assert (blog.posts()["c.md"], blog.problems()) == ("post", {})


@pytest.mark.parametrize("gone", [KeyError("c.md"), FileNotFoundError("c.md")])
def test_a_post_that_goes_while_it_is_listed(blog: Blog, source: Memory, gone: Exception) -> None:
    source.broken["c.md"] = gone
    assert blog.scan().restless
    assert blog.problems() == {}
    assert not blog.scan().restless, "it would be scanned ten times a second for ever"
    assert "says it is gone" in blog.problems()["c.md"]
    source.broken.clear()
    blog.scan()
    assert blog.posts()["c.md"] == "post"


@pytest.mark.parametrize("raised", [OSError("no connection"), ValueError()])
def test_a_source_that_cannot_list_changes_nothing(
    blog: Blog, source: Memory, raised: Exception
) -> None:
    blog.scan()
    before = blog.posts()
    del source.posts["c.md"]
    source.broken[None] = raised
    with pytest.raises(SourceUnavailable, match=rf"stamps\(\) failed: {type(raised).__name__}"):
        blog.scan()
    assert blog.posts() == before
    source.posts = {"c.md": ("1",)}  # type: ignore[dict-item] # no pair of key and version
    with pytest.raises(SourceUnavailable, match="ValueError"):
        blog.scan()


def test_mass_disappearance_is_doubted(blog: Blog, source: Memory) -> None:
    source.posts |= {f"{number}.md": ("1", TEXT) for number in range(20)}
    blog.scan()
    source.posts = {"c.md": ("1", TEXT)}
    assert "22 of 23" in (blog.scan().doubted or "")
    assert len(blog.posts()) == 23
    assert blog.scan(after=61).doubted is None
    assert set(blog.posts()) == {"c.md"}


def test_any_order_will_do(blog: Blog, source: Memory) -> None:
    source.posts = dict.fromkeys(("b/2", "a", "b/1", "c/x", "b/0", "d"), ("1", TEXT))
    blog.scan()
    assert blog.posts().keys() == source.posts.keys()
    assert blog.scan().changed == 0


def test_many_keys_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit folders are taken as they come: one that comes again cannot be judged."""
    monkeypatch.setattr(protocol, "MOST_UNSORTED", 10)
    asked = []

    class Many:
        def stamps(self) -> Iterator[tuple[str, str]]:
            for number in range(1000):
                asked.append(number)
                yield f"{number // 10}/{number}.md", "1"

        def read(self, key: str) -> bytes:
            return TEXT

    listings = Code(Many()).listings()
    assert next(listings).prefix == "0/"
    assert len(asked) < 30
    assert sum(1 for _ in listings) == 99
    scattered = Memory(*(f"{number % 3}/{number}.md" for number in range(30)))
    with pytest.raises(SourceUnavailable, match="folder by folder"):
        list(Code(scattered).listings())


def test_changed_keys_are_read_without_a_listing(blog: Blog, source: Memory) -> None:
    blog.scan()
    source.broken[None] = AssertionError("this listed everything")
    source.posts["c.md"] = ("2", TEXT.replace(b"Hello", b"Bye"))
    source.posts["new.md"] = ("1", TEXT)
    scan = blog.scan(["c.md", "new.md", "never.md", "../x"])
    assert (scan.read, scan.changed) == (2, 2)
    source.broken.clear()
    assert blog.scan().changed == 0, "the listing names the same bytes"
    del source.posts["new.md"]
    blog.scan(["new.md"])
    assert "new.md" not in blog.posts()


# --- feeds.post ---------------------------------------------------------------------------------

# Without what XML forbids, which reading takes away: two keys may then be one.
ALPHABET = some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
texts = some.text(alphabet=ALPHABET, max_size=30)
values = some.recursive(
    texts | some.booleans() | some.integers() | some.dates() | some.datetimes(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def as_written(value: Any) -> Any:
    """Return a value as the reader has it: text but for bools, lists and mappings."""
    if isinstance(value, dict):
        return {key: as_written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_written(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (bool, str)) else str(value)


@settings(max_examples=50)
@given(some.dictionaries(texts.filter(bool), values, max_size=5), texts)
def test_a_post_reads_back_equal(fields: dict[str, Any], body: str) -> None:
    from feeds.model import clean

    parsed = parse(post(fields, body + "\n\n---\n" + body))
    assert clean(repr(parsed.mapping)) == clean(repr(as_written(fields)))
    assert parsed.body.strip() == clean(f"{body}\n\n---\n{body}").strip()
    assert not parsed.bare


def test_a_post_of_columns() -> None:
    at = datetime(2024, 5, 1, 10, tzinfo=UTC)
    fields = {"title": "A: b", "date": at, "tags": {"b", "a"}, "draft": False, "expires": None}
    parsed = parse(post(fields, "Text\ud800."))
    assert parsed.body == "Text."
    assert parsed.mapping == {
        "title": "A: b", "date": "2024-05-01T10:00:00+00:00", "tags": ["a", "b"], "draft": False,
    }  # fmt: skip
    with pytest.raises(TypeError, match="cannot hold object"):
        post({"title": object()}, "")


# --- The bell -----------------------------------------------------------------------------------


def test_nobody_listens(tmp_path: Path) -> None:
    ring(tmp_path / "missing", ["a"])
    os.mkfifo(tmp_path / FIFO)
    ring(tmp_path, ["a"])


def test_keys_come_from_another_process(tmp_path: Path) -> None:
    heard: queue.Queue[set[str] | None] = queue.Queue()
    bell = Bell(tmp_path, heard.put)
    code = "import sys; from pathlib import Path; from feeds.publisher.bell import ring\n"
    code += "ring(Path(sys.argv[1]), ['日本.md', 'a\\nb.md'])"
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, timeout=30)
    assert heard.get(timeout=5) == {"日本.md", "a\nb.md"}
    for keys, expected in (
        ("one.md", {"one.md"}), ((), set()), (None, None), (map(str, range(500)), None)
    ):  # fmt: skip
        ring(tmp_path, keys)  # type: ignore[arg-type]
        assert heard.get(timeout=5) == expected
    bell.close()


def test_nothing_is_lost_where_nobody_empties_the_pipe(tmp_path: Path) -> None:
    """More is rung than a pipe holds: no caller waits, and everything is looked at then."""
    os.mkfifo(tmp_path / FIFO)
    slow = os.open(tmp_path / FIFO, os.O_RDWR)
    for number in range(5000):
        ring(tmp_path, [f"a key with a name that is long {number}"])
    heard: queue.Queue[set[str] | None] = queue.Queue()
    bell = Bell(tmp_path, heard.put)
    os.close(slow)
    assert heard.get(timeout=5) is None
    bell.close()
