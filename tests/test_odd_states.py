"""States that nobody plans: lost files, killed helpers, a clock set back, an unmounted folder."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from conftest import Site, post
from test_publishing import NOW, Trial

from feeds.publisher.bodies import Job, Renderer
from feeds.sources.markup import Body
from feeds.web.documents import Documents
from feeds.web.negotiation import ranks


@pytest.fixture
def trial(site: Site) -> Trial:
    for number in range(15):
        site.write(f"p{number:02}.md", post(f"Post {number}", f"2024-05-{number + 1:02}"))
    return Trial(site)


def forget_index(trial: Trial) -> None:
    for path in (trial.site.root / ".feeds").glob("index.db*"):
        path.unlink()


def empty(trial: Trial) -> None:
    shutil.rmtree(trial.site.content)
    trial.site.content.mkdir()


def test_killed_render_workers_are_replaced() -> None:
    renderer = Renderer()
    job = Job(text="*x*", key="a.md", url="https://example.org/a/", prefix="p-",
              has_heading=False, syntax=frozenset())  # fmt: skip
    try:
        assert isinstance(renderer.render({"a": job})["a"], Body)
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _is_render_worker(int(entry.name)):
                os.kill(int(entry.name), signal.SIGKILL)
        assert isinstance(renderer.render({"a": job})["a"], Body)
    finally:
        renderer.close()


def _is_render_worker(pid: int) -> bool:
    """Tell whether a process is a grandchild of this one by way of its fork server."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        command = Path(f"/proc/{parent}/cmdline").read_bytes()
        above = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return False
    return b"forkserver" in command and above == os.getpid()


def test_the_health_page_makes_no_database(trial: Trial) -> None:
    """An empty index made by a reader would be taken for the publisher's own."""
    with trial.publisher() as publisher:
        publisher.run()
        loaded = Documents(trial.site.root / ".feeds", 1_000_000)
        loaded.refresh()
        forget_index(trial)
        assert loaded.health() is None
        assert not (trial.site.root / ".feeds" / "index.db").exists()
        trial.site.write("new.md", post("New", "2024-06-01"))
        trial.clock.now += 100
        publisher.run()
        loaded.refresh()
        assert loaded.health() is not None
        assert b"New" in loaded.by_path["/feed.xml"].choose(ranks(None)).body  # type: ignore[union-attr]


def test_doubt_ends_though_the_clock_was_set_back(trial: Trial) -> None:
    trial.once()
    for number in range(12):
        (trial.site.content / f"p{number:02}.md").unlink()
    trial.clock.now += 10
    first = trial.once()
    assert first.scan is not None
    assert first.scan.doubted
    trial.clock.now -= 365 * 86_400
    again = trial.once()
    assert again.scan is not None
    assert again.scan.doubted is None


def test_an_address_stays_with_its_post_when_the_index_is_lost(trial: Trial) -> None:
    trial.site.write("a.md", post("First", "2024-05-01"))
    trial.site.write("b.md", post("Second", "2024-05-02"))
    trial.once()
    trial.site.write("a.md", post("First", "2024-05-01", slug="b"))
    trial.clock.now += 10
    trial.once()
    before = trial.documents()["/feed.xml"]["etag"]
    forget_index(trial)
    trial.clock.now += 10
    trial.once()
    assert trial.documents()["/feed.xml"]["etag"] == before
    assert "Second" in trial.site.published()
    assert "<title>First</title>" not in trial.site.published()


def test_a_kept_entry_has_its_body_after_a_change_of_title(trial: Trial) -> None:
    trial.site.write("a.md", post("One", "2024-06-01", "A body to keep."))
    trial.once()
    trial.site.write("a.md", post("Two", "2024-06-01", "A body to keep."))
    trial.clock.now += 10
    trial.once()
    trial.site.write("a.md", "---\ntitle: [Two\ndate: 2024-06-01\n---\nOther.")
    trial.clock.now += 10
    trial.once()
    assert "<title>Two</title>" in trial.site.published()
    assert "A body to keep." in trial.site.published()


def test_an_empty_folder_is_doubted_though_the_index_is_lost(trial: Trial) -> None:
    trial.once()
    forget_index(trial)
    empty(trial)
    trial.clock.now += 1000
    done = trial.once()
    assert done.scan is not None
    assert done.scan.doubted
    assert done.rendered == 0


def test_a_link_to_a_post_that_broke_and_was_hidden_becomes_its_text(trial: Trial) -> None:
    trial.site.write("b.md", post("Target", "2024-06-01"))
    trial.site.write("a.md", post("Linker", "2024-06-02", "See [that one](/b/)."))
    trial.once()
    assert "https://example.org/b/" in trial.site.published()
    trial.site.write("b.md", "---\ntitle: Target: broken\ndate: 2024-06-01\ndraft: true\n---\nx")
    trial.clock.now += 10
    trial.once()
    assert "See that one." in trial.site.published()
    assert "https://example.org/b/" not in trial.site.published()


def test_names_that_are_not_utf8_are_told_apart(trial: Trial) -> None:
    for name in (b"\xff.md", b"\xfe.md"):
        (trial.site.content / os.fsdecode(name)).write_text(post("x"))
    assert trial.once().rendered == 7
    assert trial.clock.now == NOW
