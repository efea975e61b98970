"""The publisher in this process, with a clock that the test holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import live
import pytest
from conftest import Site, post

from feeds.errors import PublisherRunning
from feeds.index.sync import Scan, Sync
from feeds.index.tables import entries
from feeds.publisher.report import documents
from feeds.publisher.run import Pass, Publisher
from feeds.settings import Settings, load
from feeds.sources.folder import Folder
from feeds.web.documents import Documents
from feeds.web.negotiation import ranks

NOW = 1_800_000_000


class Clock:
    """A wall clock that the test sets; later than any file was written."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Trial:
    """A publisher of `site` whose passes are made one by one."""

    def __init__(self, site: Site) -> None:
        self.site, self.clock = site, Clock()

    def settings(self) -> Settings:
        return load(base=self.site.root)

    @contextmanager
    def publisher(self) -> Iterator[Publisher]:
        with Publisher(self.settings, self.clock, renderer=live.RENDERER) as publisher:
            yield publisher

    def once(self) -> Pass:
        """Start, make one pass, and end."""
        with self.publisher() as publisher:
            return publisher.run()

    def documents(self) -> dict[str, dict[str, Any]]:
        return {found["path"]: found for found in documents(self.settings())}


@pytest.fixture
def trial(site: Site) -> Trial:
    for number in range(12):
        site.write(f"p{number:02}.md", post(f"Post {number}", f"2024-05-{number + 1:02}"))
    return Trial(site)


def test_one_edit_costs_one_read_and_the_documents_that_show_it(trial: Trial) -> None:
    for number in range(300):
        trial.site.write(f"old/{number}.md", post(f"Old {number}", "2010-01-01"))
    with trial.publisher() as publisher:
        first = publisher.run()
        assert first.scan is not None
        assert (first.scan.read, first.rendered) == (312, 8)  # one of them is of the folder `old`
        trial.clock.now += 10
        idle = publisher.run()
        assert idle.scan is not None
        assert (idle.scan.read, idle.rendered) == (0, 0)
        trial.site.write("p03.md", post("Changed", "2024-05-04"))
        trial.clock.now += 10
        listed = publisher.run()
        assert listed.scan is not None
        assert (listed.scan.read, listed.rendered) == (1, 4)  # three feeds and the sitemap
        trial.site.write("old/7.md", post("Changed too", "2010-01-01"))
        trial.clock.now += 10
        unlisted = publisher.run({"old/7.md"})
        assert unlisted.scan is not None
        assert (unlisted.scan.read, unlisted.rendered) == (1, 1)  # the sitemap alone


def test_a_touched_file_is_read_and_nothing_is_rendered(trial: Trial) -> None:
    trial.once()
    before = trial.documents()
    for path in trial.site.content.iterdir():
        path.touch()
    trial.clock.now += 60
    done = trial.once()
    assert done.scan is not None
    assert (done.scan.read, done.scan.changed, done.rendered) == (12, 0, 0)
    assert trial.documents() == before


def test_last_modified_rises_with_edits_deletions_and_a_clock_set_back(trial: Trial) -> None:
    trial.once()
    seen = [trial.documents()["/feed.xml"]]
    assert seen[0]["last_modified"] == "2024-05-12T00:00:00Z"  # the newest date among its posts

    def step(clock: float) -> None:
        trial.clock.now = clock
        trial.once()
        seen.append(trial.documents()["/feed.xml"])

    trial.site.write("p01.md", post("Edited", "2024-05-02"))
    step(NOW + 100)
    (trial.site.content / "p01.md").unlink()
    step(NOW + 200)
    trial.site.write("p02.md", post("Edited", "2024-05-03"))
    step(NOW - 50_000)  # the clock was set back
    trial.site.write("p02.md", post("Edited again", "2024-05-03"))
    step(NOW - 49_000)
    assert len({found["etag"] for found in seen}) == 5
    moments = [found["last_modified"] for found in seen]
    assert moments == sorted(moments)
    assert len(set(moments)) == 5


def test_a_document_changes_once_in_a_second(trial: Trial) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        trial.clock.now += 10
        trial.site.write("p01.md", post("First", "2024-05-02"))
        publisher.run()
        first = trial.documents()["/feed.xml"]
        trial.clock.now += 0.4
        trial.site.write("p01.md", post("Second", "2024-05-02"))
        done = publisher.run()
        assert trial.documents()["/feed.xml"] == first
        assert done.deferred
        assert done.again == int(trial.clock.now) + 1
        trial.clock.now = done.again
        assert not publisher.run().deferred
    second = trial.documents()["/feed.xml"]
    assert second["etag"] != first["etag"]
    assert second["last_modified"] > first["last_modified"]


def test_the_index_may_be_deleted_and_nothing_that_readers_see_moves(trial: Trial) -> None:
    trial.once()
    trial.clock.now += 1000
    trial.site.write("p01.md", post("Edited", "2024-05-02"))
    trial.once()
    before = trial.documents()
    for path in (trial.site.root / ".feeds").glob("index.db*"):
        path.unlink()
    trial.clock.now += 1000
    trial.once()
    assert trial.documents() == before


def test_the_index_may_be_deleted_while_the_publisher_runs(trial: Trial) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        before = trial.documents()
        for path in (trial.site.root / ".feeds").glob("index.db*"):
            path.unlink()
        trial.clock.now += 100
        publisher.run()
        assert trial.documents() == before


def test_a_damaged_index_is_made_anew(trial: Trial) -> None:
    trial.once()
    before = trial.documents()
    for path in (trial.site.root / ".feeds").glob("index.db*"):
        path.write_bytes(b"not a database at all, and long enough to be looked at" * 100)
    trial.clock.now += 100
    trial.once()
    assert trial.documents() == before


def test_mass_disappearance_is_doubted_for_a_minute(trial: Trial) -> None:
    trial.once()
    before = trial.documents()
    shutil.move(trial.site.content, trial.site.root / "away")
    trial.site.content.mkdir()
    trial.clock.now += 100
    first = trial.once()
    assert first.scan is not None
    assert first.scan.doubted
    assert trial.documents() == before
    trial.clock.now += 30
    again = trial.once()
    assert again.scan is not None
    assert again.scan.doubted
    trial.clock.now += 31
    agreed = trial.once()
    assert agreed.scan is not None
    assert agreed.scan.doubted is None
    assert trial.documents()["/feed.xml"]["entries"] == 0


def test_a_missing_root_is_no_empty_one(trial: Trial) -> None:
    trial.once()
    before = trial.documents()
    shutil.move(trial.site.content, trial.site.root / "away")
    trial.clock.now += 100_000
    assert trial.once().scan is None
    assert trial.documents() == before


def test_a_folder_renamed_is_not_mass_disappearance(trial: Trial) -> None:
    trial.once()
    shutil.move(trial.site.content, trial.site.root / "away")
    shutil.move(trial.site.root / "away", trial.site.content / "moved")
    trial.clock.now += 100
    done = trial.once()
    assert done.scan is not None
    assert done.scan.doubted is None
    assert trial.documents()["/feed.xml"]["entries"] == 12


def test_a_folder_moved_away_is_told_by_its_name_alone(trial: Trial) -> None:
    trial.site.write("in/deep/a.md", post("Alpha", "2024-06-01"))
    with trial.publisher() as publisher:
        publisher.run()
        assert "Alpha" in trial.site.published()
        (trial.site.content / "in").rename(trial.site.root / "out")
        trial.clock.now += 10
        publisher.run({"in"})
        assert "Alpha" not in trial.site.published()


def test_a_scheduled_post_appears_when_it_is_due(trial: Trial) -> None:
    trial.site.write("soon.md", post("Soon", "2027-01-15T08:05:00Z"))  # NOW + 300 s
    with trial.publisher() as publisher:
        done = publisher.run()
        assert done.again == NOW + 300
        assert trial.documents()["/feed.xml"]["entries"] == 12
        trial.clock.now = NOW + 300
        publisher.run(set())
        assert trial.documents()["/feed.xml"]["entries"] == 13


def test_an_expiring_post_goes_when_it_is_due(trial: Trial) -> None:
    trial.site.write("gone.md", post("Gone", "2024-06-01", expires="2027-01-15T08:05:00Z"))
    with trial.publisher() as publisher:
        publisher.run()
        assert trial.documents()["/feed.xml"]["entries"] == 13
        trial.clock.now = NOW + 300
        publisher.run(set())
        assert trial.documents()["/feed.xml"]["entries"] == 12


def test_a_file_in_motion_waits(trial: Trial) -> None:
    path = trial.site.write("fresh.md", post("Fresh", "2024-06-01"))
    trial.clock.now = path.stat().st_ctime + 0.05
    done = trial.once()
    assert done.scan is not None
    assert done.scan.restless
    assert done.again == pytest.approx(trial.clock.now + 0.1)


def test_a_change_of_settings_reads_no_file(trial: Trial) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        before = trial.documents()["/feed.xml"]
        trial.site.settings(
            '[site]\nurl = "https://example.org/"\ntitle = "Example"\n'
            '[content]\npermalink = "/blog/:slug/"\n'
        )
        publisher.reload()
        trial.clock.now += 100
        done = publisher.run()
    assert done.scan is not None
    assert done.scan.read == 0
    assert trial.documents()["/feed.xml"]["etag"] != before["etag"]


def test_a_broken_edit_of_the_settings_keeps_those_before(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        before = trial.documents()
        trial.site.settings("[site\n")
        publisher.reload()
        publisher.reload()
        publisher.run()
    trial.site.settings('[site]\nurl = "https://example.org/"\ntitle = "Example"\n')
    assert trial.documents() == before
    said = [record for record in caplog.records if "stay in force" in record.getMessage()]
    assert len(said) == 1


def test_one_publisher_at_a_time(trial: Trial) -> None:
    with trial.publisher(), pytest.raises(PublisherRunning):
        Publisher(trial.settings, trial.clock)


def test_a_feed_keeps_its_size(trial: Trial) -> None:
    """PROTOCOL row 70: the newest entries that fit, and never none."""
    for number in range(5):
        body = "word " * 6000
        trial.site.write(f"long{number}.md", post(f"Long {number}", f"2025-01-0{number + 1}", body))
    trial.site.settings('[site]\nurl = "https://example.org/"\n[feeds]\nmax_bytes = 100000\n')
    trial.once()
    assert trial.documents()["/feed.xml"]["entries"] == 3
    trial.site.settings('[site]\nurl = "https://example.org/"\n[feeds]\nmax_bytes = 10000\n')
    trial.clock.now += 10
    trial.once()
    assert trial.documents()["/feed.xml"]["entries"] == 1


def test_ids_stay_provisional_until_the_site_has_an_address(trial: Trial) -> None:
    trial.site.settings('[site]\ntitle = "Example"\n')
    with trial.publisher() as publisher:
        publisher.run()
        assert _ids(publisher) == {None}
    trial.site.settings('[site]\ntitle = "Example"\nurl = "https://example.org/"\n')
    with trial.publisher() as publisher:
        trial.clock.now += 10
        publisher.run()
        assert _ids(publisher) == {f"https://example.org/p{number:02}/" for number in range(12)}


def _ids(publisher: Publisher) -> set[str | None]:
    with publisher._ledger.connect() as connection:
        return set(connection.scalars(entries.select().with_only_columns(entries.c.id)))


def test_the_cache_is_short_while_a_scheduled_change_is_near(trial: Trial, tmp_path: Path) -> None:
    trial.site.write("soon.md", post("Soon", "2027-01-15T08:20:00Z"))  # NOW + 1200 s
    loaded = Documents(trial.site.root / ".feeds", 1_000_000)

    def cached(path: str = "/feed.xml") -> str:
        loaded.refresh()
        found: Any = loaded.by_path[path]
        return dict(found.choose(ranks(None)).full)["Cache-Control"]

    with trial.publisher() as publisher:
        done = publisher.run()
        assert done.again == NOW + 300  # from then on max-age would reach beyond the moment
        assert cached().startswith("public, max-age=900,")
        trial.clock.now = done.again
        publisher.run(set())
        assert cached().startswith("public, max-age=60,")
        assert cached("/robots.txt").startswith("public, max-age=900,")
        trial.clock.now = NOW + 1200
        publisher.run(set())
        assert cached().startswith("public, max-age=900,")


def test_a_file_that_came_and_went_between_two_full_scans_is_gone(trial: Trial) -> None:
    """The folder looks as it did when it was last compared whole, and what is held does not."""
    with trial.publisher() as publisher:
        for _ in range(2):
            publisher.run()
            trial.clock.now += 10
        before = trial.documents()["/sitemap.xml"]["entries"]
        path = trial.site.write("fresh.md", post("Fresh"))
        publisher.run({"fresh.md"})
        trial.clock.now += 10
        assert trial.documents()["/sitemap.xml"]["entries"] == before + 1
        path.unlink()
        publisher.run({"fresh.md"})
        assert trial.documents()["/sitemap.xml"]["entries"] == before


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each full scan found to be on the disk."""
    made: list[int] = []
    full = Sync.full

    def counted(self: Sync, *arguments: Any, **named: Any) -> Scan:
        made.append(sum(len(listing.plain) for listing in self.source.listings()))
        return full(self, *arguments, **named)

    monkeypatch.setattr(Sync, "full", counted)
    return made


def test_what_events_tell_of_needs_no_look_at_everything(trial: Trial, scans: list[int]) -> None:
    """An added, an edited, a removed and a renamed file: a million others are not listed."""
    content = trial.site.content
    with trial.publisher() as publisher:
        publisher.run()
        scans.clear()
        trial.clock.now += 10
        trial.site.write("new.md", post("New", "2024-06-01"))
        trial.site.write("p01.md", post("Edited", "2024-05-02"))
        (content / "p02.md").unlink()
        (content / "p03.md").rename(content / "moved.md")
        publisher.run({"new.md", "p01.md", "p02.md", "p03.md", "moved.md"})
    assert scans == []
    shown = trial.site.published()
    assert "New" in shown
    assert "Edited" in shown
    assert "Post 2<" not in shown
    assert shown.count("<title>Post 3<") == 1
    assert "https://example.org/moved/" in shown
    assert '<guid isPermaLink="false">https://example.org/p03/<' in shown, "it kept its id"


def test_what_came_back_as_it_was_is_found_by_a_look_at_everything(trial: Trial) -> None:
    """A removal was told, the return was not, and the folder is what it was in the last scan."""
    path = trial.site.content / "p02.md"
    with trial.publisher() as publisher:
        publisher.run()
        publisher.run()  # the folder's digest is known now
        trial.clock.now += 10
        here = Folder.stamp
        with pytest.MonkeyPatch.context() as patch:  # a file system that keeps ctime in renames
            patch.setattr(Folder, "stamp", lambda *of: None if of[1] == "p02.md" else here(*of))
            publisher.run({"p02.md"})
            assert "Post 2<" not in trial.site.published()
        assert path.exists()
        trial.clock.now += 10
        publisher.run()
    assert "Post 2<" in trial.site.published()


@pytest.mark.parametrize(
    ("doubtful", "gone"),
    [
        ("more than ten at once", [f"p{number:02}.md" for number in range(11)]),
        ("all there were", [f"p{number:02}.md" for number in range(12)]),
    ],
)
def test_many_removals_are_judged_by_a_look_at_everything(
    trial: Trial, scans: list[int], doubtful: str, gone: list[str]
) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        trial.clock.now += 10
        for name in gone:
            (trial.site.content / name).unlink()
        done = publisher.run(set(gone))
    assert scans == [12, 12 - len(gone)]
    assert done.scan is not None
    assert done.scan.doubted


def test_a_removal_is_no_removal_where_the_folder_is_gone(trial: Trial) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        trial.site.content.rename(trial.site.root / "elsewhere")
        assert publisher.run({"p02.md"}).scan is None
    assert "Post 2<" in trial.site.published()


def test_only_the_file_in_motion_is_looked_at_again(trial: Trial, scans: list[int]) -> None:
    with trial.publisher() as publisher:
        publisher.run()
        path = trial.site.write("fresh.md", post("Fresh", "2024-06-01"))
        trial.clock.now = path.stat().st_ctime + 0.05
        done = publisher.run({"fresh.md"})
        assert done.scan is not None
        assert done.scan.waiting == {"fresh.md"}
        trial.clock.now += 0.1
        publisher.run(done.scan.waiting)
    assert scans == [12]
    assert "Fresh" in trial.site.published()


def test_a_rename_is_one_change(trial: Trial) -> None:
    """The old name is gone at once, the new one is not still yet: the feed goes out once."""
    with trial.publisher() as publisher:
        publisher.run()
        path = trial.site.content / "moved.md"
        (trial.site.content / "p03.md").rename(path)
        trial.clock.now = path.stat().st_ctime + 0.05
        done = publisher.run({"p03.md", "moved.md"})
        assert done.scan is not None
        assert done.scan.waiting == {"p03.md", "moved.md"}
        assert done.again == pytest.approx(trial.clock.now + 0.05, abs=0.01)
        assert "https://example.org/moved/" not in trial.site.published()
        assert "Post 3<" in trial.site.published()
        trial.clock.now += 0.06
        publisher.run(done.scan.waiting)
    assert "https://example.org/moved/" in trial.site.published()
    assert trial.site.published().count("<title>Post 3<") == 1


def test_a_file_that_is_always_written_holds_nothing_up(trial: Trial) -> None:
    trial.site.write("soon.md", post("Soon", "2027-01-15T08:00:01Z"))  # NOW + 1 s
    with trial.publisher() as publisher:
        publisher.run()
        path = trial.site.write("restless.md", post("Restless", "2024-06-01"))
        for _ in range(2):
            os.utime(path, ns=(0, 0))
            trial.clock.now = max(NOW + 1, path.stat().st_ctime + 0.05)
            publisher.run({"restless.md"}, now_ns=path.stat().st_ctime_ns + 50_000_000)
    assert "<title>Soon<" in trial.site.published()
    assert "Restless" not in trial.site.published()


def test_counts_that_take_long_wait_and_are_made_up_for(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a large site the health page's counts must not slow down every change."""
    monkeypatch.setattr("feeds.publisher.run.COUNT_SECONDS", 0.0)
    monkeypatch.setattr("feeds.publisher.run.COUNT_SHARE", 10**6)
    with trial.publisher() as publisher:
        publisher.run()
        trial.clock.now += 10
        trial.site.write("new.md", post("New", "2024-06-01"))
        done = publisher.run({"new.md"})
        assert counted(trial) == 12
        assert done.again is not None, "nobody would make up for it"
        publisher._count_at = 0.0  # the time has come
        publisher.run(set())
        assert counted(trial) == 13


def counted(trial: Trial) -> int:
    found = Documents(trial.site.root / ".feeds", 0).health()
    assert found is not None
    return int(found["posts"]["published"])
