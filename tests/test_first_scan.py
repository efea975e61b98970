"""The first scan of a large site: many processes read, and the result is that of one."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, post

from feeds.errors import Stopped
from feeds.index import loading, sync
from feeds.index.database import open_index
from feeds.index.looking import Looked
from feeds.index.workers import Job, Reader, Readers
from feeds.publisher.progress import Progress
from feeds.publisher.run import Publisher
from feeds.settings import load
from feeds.sources.folder import Folder
from feeds.sources.surroundings import Surroundings

NOW = 1_790_000_000

# Every outcome, and whatever is settled in another way than alone.
FILES = {
    "draft.md": post("A draft", draft="true"),
    "future.md": post("Later", "2099-01-01"),
    "expired.md": post("Gone", expires="2020-01-01"),
    "undated.md": "---\ntitle: Undated\n---\n\nText.\n",
    "broken.md": "---\ntitle: [\n---\n\nText.\n",
    "latin.md": b"---\ntitle: \xe9\n---\n\nText.\n",
    "page.md": "No front matter.\n",
    "README.md": "About this folder.\n",
    "own-id.md": post("With an id", guid="tag:example.org,2020:1"),
    "id-of-another.md": post("With the id of another", id="https://example.org/z/plain-2/"),
    "z/same.md": post("First", "2020-01-01", slug="twin"),
    "z/other.md": post("Second", "2021-01-01", slug="twin"),
    "z/same-id-1.md": post("One", "2020-01-01", guid="shared"),
    "z/same-id-2.md": post("Two", "2020-01-02", guid="shared"),
    "z/tags.md": post("Tagged", tags="[a, B, c]"),
    "é/日本.md": post("Elsewhere"),
} | {f"z/plain-{number}.md": post(f"Plain {number}") for number in range(20)}


@pytest.fixture
def filled(site: Site) -> Site:
    for name, content in FILES.items():
        os.utime(site.write(name, content), (1_700_000_000, 1_700_000_000))
    return site


def published(site: Site, state: str, *passes: set[str] | None) -> dict[str, list[Any]]:
    """Return what index and ledger hold after a publication of its own."""

    def settings() -> Any:
        return load(site.root / "feeds.toml", {"state": {"path": site.root / state}})

    with Publisher(settings, lambda: NOW) as publisher:
        for keys in passes or (None,):
            publisher.run(keys, now_ns=10**19)
        publisher.run(now_ns=10**19)
    index, ledger = (sqlite3.connect(site.root / state / f"{n}.db") for n in ("index", "ledger"))
    kept = "path, id, atom_id, json_id, url, body, raw, public, edition, lastmod, first, post"
    return {
        "posts": rows(index, "posts", without={"number", "version"}),
        "members": rows(index, "members"),
        "problems": rows(index, "problems", without={"position"}),
        "documents": rows(index, "documents", without={"revision"}),
        "entries": ledger.execute(f"SELECT {kept} FROM entries ORDER BY path").fetchall(),
        "indexes": index.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall(),
        "kept indexes": ledger.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall(),
    }


def rows(index: sqlite3.Connection, table: str, without: set[str] = frozenset()) -> list[Any]:  # type: ignore[assignment]
    names = [row[1] for row in index.execute(f"PRAGMA table_info({table})")]
    shown = ", ".join(f'"{name}"' for name in names if name not in without)
    return sorted(index.execute(f"SELECT {shown} FROM {table}").fetchall(), key=repr)


def test_many_processes_find_what_one_finds(filled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = published(filled, "alone")
    monkeypatch.setattr(sync, "BATCH", 5)
    monkeypatch.setattr(loading, "begin", noted := Noted(loading.begin))
    many = published(filled, "many")
    assert noted.count == 1, "the site is not taken for a large one"
    assert many == alone
    assert len(alone["posts"]) == len(FILES)
    assert {outcome for (outcome,) in outcomes(filled, "many")} == {
        "post", "hidden", "not a post", "refused"
    }  # fmt: skip


def test_all_at_once_get_the_ids_that_each_gets_alone(filled: Site) -> None:
    """Posts of an empty ledger are settled together: the rest of the code must not see it."""
    alone = published(filled, "alone", {"z/plain-0.md"}, None)  # then the ledger is not empty
    together = published(filled, "together")
    for found in (together, alone):
        del found["documents"]  # their dates tell of the passes
    assert together == alone


class Noted:
    def __init__(self, function: Any) -> None:
        self.function, self.count = function, 0

    def __call__(self, *arguments: Any) -> Any:
        self.count += 1
        return self.function(*arguments)


def outcomes(site: Site, state: str) -> set[tuple[str]]:
    index = sqlite3.connect(site.root / state / "index.db")
    return set(index.execute("SELECT DISTINCT outcome FROM posts"))


class Deadly(Folder):
    """Kills the process that reads one certain file, but not the one that started it."""

    def read(self, key: str, limit: int = 10**7) -> tuple[str, bytes]:
        if key == "z/plain-7.md" and parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(key, limit)

    def __reduce__(self) -> tuple[Any, ...]:
        return Deadly, super().__reduce__()[1]


def plain(looked: Looked) -> Looked:
    return looked._replace(refused=looked.refused and str(looked.refused))  # type: ignore[arg-type]


def test_a_killed_reader_loses_no_file(filled: Site) -> None:
    settings = load(filled.root / "feeds.toml")
    source = Deadly(filled.content, ("*.md",), ())
    jobs = [Job(stamp, None) for stamp in source.stamps()]
    reader = Reader(source, Surroundings.of(settings, {}), 10**19)
    with Readers(reader) as readers:
        batches = [jobs[start : start + 5] for start in range(0, len(jobs), 5)]
        found = [looked for batch in readers.over(batches) for looked in batch]
    assert [one.row and one.row["key"] for one in found] == [job.stamp.key for job in jobs]
    assert [plain(one) for one in found] == [plain(one) for one in reader.read(jobs)]


def test_an_index_whose_filling_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index.db")
    loading.begin(index)
    index.dispose()
    fresh = open_index(tmp_path / "index.db")
    names = {row[0] for row in sqlite3.connect(tmp_path / "index.db").execute(
        "SELECT name FROM sqlite_master WHERE type = 'index'")}  # fmt: skip
    fresh.dispose()
    assert {"posts_scan", "posts_newest", "members_key"} <= names


def test_readers_import_the_parser_and_no_more() -> None:
    """Each is a process: what it imports is paid for by every one of them."""
    heavy = "sqlalchemy pydantic lxml markdown flask granian rich click feedgen httpx nh3".split()
    program = "import sys, feeds.index.workers; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not {name for name in done.stdout.split() if name in heavy}


def test_a_first_scan_ends_when_the_program_is_told_to(
    filled: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one does not read again what was read."""
    monkeypatch.setattr(sync, "BATCH", 5)
    with Publisher(lambda: load(filled.root / "feeds.toml"), lambda: NOW) as publisher:
        stop = publisher.progress.stop = After(2)
        with pytest.raises(Stopped):
            publisher.run(now_ns=10**19)
        stop.left = 10**6
        done = publisher.run(now_ns=10**19)
    assert done.scan is not None
    assert done.scan.read == len(FILES) - 10
    assert "Plain 3" in filled.published()


class After(threading.Event):
    """Is set once it was asked a few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_progress_says_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "feeds")
    monkeypatch.setattr("feeds.publisher.progress.EVERY_SECONDS", 0)
    progress = Progress(lambda: 3_000)
    progress(0, True)
    progress(1_000, True)
    progress(3_001, True)
    shown = [record.getMessage() for record in caplog.records]
    assert shown[-2].startswith("1,000 of 3,000 files read, ")
    assert shown[-2].endswith(" s left")
    assert shown[-1].startswith("3,001 changed files read, ")
