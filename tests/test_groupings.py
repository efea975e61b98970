"""Feeds per tag, section, author and language: where they are, and what a change touches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import feedparser
import listparser
import live
import pytest
from conftest import URL, Site, post
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SettingsError
from feeds.index.database import open_index
from feeds.publisher import catalogue, publication
from feeds.publisher.run import Pass, Publisher
from feeds.settings import load
from feeds.sources.groupings import folded, segment
from feeds.web.documents import Documents, NotYet, Stored
from feeds.web.negotiation import ranks

NOW = 1_800_000_000
HEAD = f'[site]\nurl = "{URL}"\ntitle = "Example"\n'


class Trial:
    """One publisher of a site, whose passes are made one by one, ten seconds apart."""

    def __init__(self, site: Site, publisher: Publisher) -> None:
        self.site, self.publisher = site, publisher
        self.now = float(NOW)

    def step(self, settings: str | None = None, seconds: float = 10) -> Pass:
        """Make passes until nothing has to wait, and return the first one's account."""
        if settings is not None:
            self.site.settings(HEAD + settings)
            self.publisher.reload()
        self.now += seconds
        first = done = self.publisher.run()
        while done.unfinished or done.deferred:
            self.now += done.deferred
            done = self.publisher.run()
        return first

    def documents(self) -> dict[str, Any]:
        """Return path → format, cache_control, location and last_modified of what is there."""
        database = sqlite3.connect(self.site.root / ".feeds" / "index.db")
        columns = "path, format, cache_control, location, last_modified, digest"
        try:
            rows = database.execute(f"SELECT {columns} FROM documents WHERE format != 'gone'")
            return {path: rest for path, *rest in rows}
        finally:
            database.close()

    def groups(self) -> list[str]:
        """Return the paths of everything that is of no one's but a group's."""
        own = {"/", "/feed.xml", "/atom.xml", "/feed.json", "/sitemap.xml", "/robots.txt"}
        return sorted(self.documents().keys() - own - {"/feeds.opml"})

    def titles(self, path: str) -> list[str]:
        """Return the titles that a feed lists, as feedparser reads them."""
        text = self.site.published(path)
        assert text, f"{path} is not there: {self.groups()}"
        return [entry.title for entry in feedparser.parse(text).entries]


@pytest.fixture(autouse=True)
def _all_groups_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, one pass does it all."""
    monkeypatch.setattr(publication, "SLICE_SECONDS", 60.0)


@contextmanager
def running(site: Site, settings: str = "") -> Iterator[Trial]:
    site.settings(HEAD + settings)
    trial: Trial
    with Publisher(
        lambda: load(base=site.root), lambda: trial.now, renderer=live.RENDERER
    ) as publisher:
        trial = Trial(site, publisher)
        yield trial


def tagged(title: str, *tags: str, date: str = "2024-05-01", body: str = "Text.") -> str:
    return post(title, date, body, tags=json.dumps(tags, ensure_ascii=False))


def test_tags_and_sections_have_feeds_without_any_setting(site: Site) -> None:
    site.write("notes/a.md", tagged("A", "Python"))
    site.write("essays/deep/b.md", tagged("B", "python", "Web", date="2024-05-02"))
    site.write("2023/c.md", post("C", "2023-01-01"))
    site.write("d.md", post("D", "2023-01-02"))
    site.write("pages/undated.md", "---\ntitle: U\ntags: [undated]\n---\nText.")
    with running(site) as trial:
        trial.step()
        assert trial.groups() == [
            "/essays/feed.xml", "/notes/feed.xml", "/tags/python/feed.xml", "/tags/web/feed.xml",
        ]  # fmt: skip
        assert trial.titles("/tags/python/feed.xml") == ["B", "A"]
        assert trial.titles("/essays/feed.xml") == ["B"]
        parsed = feedparser.parse(site.published("/tags/python/feed.xml"))
        assert parsed.feed.title == "python – Example"
        opml = listparser.parse(site.published("/feeds.opml"))
        assert [urlsplit(one.url).path for one in opml.feeds] == [
            "/feed.xml", "/essays/feed.xml", "/notes/feed.xml", "/tags/python/feed.xml",
            "/tags/web/feed.xml",
        ]  # fmt: skip


def test_every_kind_in_every_format(site: Site) -> None:
    site.write("notes/a.md", post("A", tags="[x]", author="Ada Lovelace", lang="fr"))
    site.write("notes/b.md", post("B", "2024-05-02", tags="[x]"))
    settings = """author = "The Editors"
        [groupings]
        kinds = ["tags", "sections", "authors", "languages"]
        formats = ["atom", "json", "rss"]
        """
    with running(site, settings) as trial:
        trial.step()
        assert trial.groups() == sorted(
            f"/{folder}/{name}"
            for folder in ("notes", "tags/x", "authors/ada lovelace", "authors/the editors",
                           "languages/fr", "languages/en")
            for name in ("feed.xml", "atom.xml", "feed.json")
        )  # fmt: skip
        assert trial.titles("/authors/ada lovelace/atom.xml") == ["A"]
        assert trial.titles("/authors/the editors/atom.xml") == ["B"]
        assert trial.titles("/languages/fr/feed.xml") == ["A"]
        found = json.loads(site.published("/tags/x/feed.json"))
        assert found["feed_url"] == f"{URL}tags/x/feed.json"
        atom = feedparser.parse(site.published("/authors/ada lovelace/atom.xml")).feed
        assert atom.id == f"{URL}authors/ada%20lovelace/"
        assert {link.href for link in atom.links if link.rel == "self"} == {
            f"{URL}authors/ada%20lovelace/atom.xml"
        }
        alternates = {link.href for link in atom.links if link.rel == "alternate"}
        assert f"{URL}authors/ada%20lovelace/feed.json" in alternates


# What a tag is → the path of its feed, decoded.
TAG_PATHS = [
    ("C", "c"), ("C++", "c++"), ("C#", "c#"), ("日本語", "日本語"), ("Ünïcode", "ünïcode"),
    ("U\u0308ni", "üni"), ("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("%2f", "%2f"),
    ("100%", "100%"), ("a b", "a b"), ("what?", "what?"), ("x\\y", "x%5Cy"), ("🦊", "🦊"),
    (".net", ".net"),
]  # fmt: skip


def test_paths_of_tags_are_lossless(site: Site) -> None:
    for number, (tag, _) in enumerate(TAG_PATHS):
        site.write(f"{number}.md", tagged(f"Post {number}", tag))
    with running(site, '[groupings]\nkinds = ["tags"]') as trial:
        trial.step()
        assert trial.groups() == sorted(f"/tags/{name}/feed.xml" for _, name in TAG_PATHS)
        for number, (_, name) in enumerate(TAG_PATHS):
            assert trial.titles(f"/tags/{name}/feed.xml") == [f"Post {number}"]
            own = feedparser.parse(site.published(f"/tags/{name}/feed.xml")).feed.links
            href = next(link.href for link in own if link.rel == "self")
            assert href == f"{URL}tags/{quote(name, safe='~:@!$&()*+,;=-._')}/feed.xml"
            assert unquote(urlsplit(href).path) == f"/tags/{name}/feed.xml"


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_names_have_different_paths(one: str, other: str) -> None:
    one, other = folded(one), folded(other)
    assert (segment(one) == segment(other)) == (one == other)
    assert "/" not in segment(one)
    assert segment(one) not in (".", "..")
    assert len(segment("x" * 300 + one).encode()) < 250
    assert (segment("x" * 300 + one) == segment("x" * 300 + other)) == (one == other)


def test_a_change_touches_the_groups_of_the_old_and_the_new_post_alone(site: Site) -> None:
    for number in range(40):
        site.write(f"s{number % 4}/{number}.md", tagged(f"P{number}", f"t{number % 10}", "all"))
    with running(site) as trial:
        first = trial.step()
        assert first.looked == 7 + 4 + 11
        idle = trial.step()
        assert (idle.looked, idle.rendered) == (7, 0)
        site.write("s1/5.md", tagged("P5, changed", "fresh", "all"))
        before = trial.documents()
        changed = trial.step()
        touched = {path for path, row in trial.documents().items() if row != before.get(path)}
        named = {"/tags/t5/feed.xml", "/tags/fresh/feed.xml", "/tags/all/feed.xml", "/s1/feed.xml"}
        assert changed.looked == 7 + len(named)
        groups = {path for path in touched if path.startswith(("/tags/", "/s"))}
        assert groups == named | {"/sitemap.xml"}
        (site.content / "s2" / "6.md").unlink()
        assert trial.step().looked == 7 + 3
        site.write("s2/10.md", (site.content / "s2" / "10.md").read_bytes())
        assert trial.step().looked == 7  # the same bytes again
        assert "P6" not in trial.titles("/tags/t6/feed.xml")


def test_a_group_that_lost_its_posts_is_an_empty_feed(site: Site) -> None:
    site.write("a.md", tagged("A", "secret-plan"))
    site.write("b.md", tagged("B", "other", date="2024-05-02"))
    with running(site) as trial:
        trial.step()
        old = trial.documents()["/tags/secret-plan/feed.xml"]
        site.write("a.md", post("A", tags="[secret-plan]", draft="true"))
        trial.step()
        new = trial.documents()["/tags/secret-plan/feed.xml"]
        assert trial.titles("/tags/secret-plan/feed.xml") == []
        assert new[3] > old[3]  # Last-Modified rises, so that who has the old entry learns of it
        assert "secret-plan" not in site.published("/feeds.opml")
        for name in ("index.db", "index.db-wal", "index.db-shm"):
            (site.root / ".feeds" / name).unlink(missing_ok=True)
        trial.step()
        assert trial.titles("/tags/secret-plan/feed.xml") == []
        assert trial.documents()["/tags/secret-plan/feed.xml"][3] == new[3]


def test_what_was_never_public_has_no_empty_feed(site: Site) -> None:
    site.write("a.md", post("A", tags="[hidden]", draft="true"))
    site.settings('[site]\nurl = "http://127.0.0.1:8000/"\n')
    site.write("b.md", tagged("B", "tried"))
    with running(site) as trial:
        site.settings('[site]\nurl = "http://127.0.0.1:8000/"\n')
        trial.publisher.reload()
        trial.step()
        assert trial.groups() == ["/tags/tried/feed.xml"]
        (site.content / "b.md").unlink()
        trial.step()
        assert trial.groups() == []  # provisional: nobody can have subscribed


def test_min_posts(site: Site) -> None:
    for number in range(3):
        site.write(f"{number}.md", tagged(f"P{number}", "often", *["rare"][: number == 0]))
    with running(site, "[groupings]\nmin_posts = 3\n[feeds]\nentries = 1") as trial:
        trial.step()
        assert trial.groups() == ["/tags/often/feed.xml"]
        (site.content / "2.md").unlink()
        trial.step()
        assert trial.groups() == ["/tags/often/feed.xml"]  # it was public: it stays


def test_a_link_to_a_post_that_is_hidden_becomes_text_in_a_groups_feed(site: Site) -> None:
    site.write("a.md", tagged("A", "one", body="See [the plan](b.md)."))
    site.write("b.md", tagged("B", "two"))
    for number in range(31):  # so that neither is in the site's feed
        site.write(f"{number}.md", post(f"P{number}", "2025-01-01"))
    with running(site) as trial:
        trial.step()
        assert f"{URL}b/" in site.published("/tags/one/feed.xml")
        site.write("b.md", post("B", "2024-05-01", tags="[two]", draft="true"))
        trial.step()
        assert f"{URL}b/" not in site.published("/tags/one/feed.xml")
        assert "See the plan." in site.published("/tags/one/feed.xml")
        site.write("b.md", tagged("B", "two", body="Public again."))
        trial.step()
        assert f"{URL}b/" in site.published("/tags/one/feed.xml")
        (site.content / "b.md").rename(site.content / "gone.txt")
        trial.step()
        assert f"{URL}b/" not in site.published("/tags/one/feed.xml")


def test_scheduled_and_expiring_posts(site: Site) -> None:
    day = "2027-01-15T08:0{}:00Z"  # NOW is 08:00:00
    site.write("a.md", tagged("Soon", "x", date=day.format(2)))
    site.write("b.md", post("Brief", "2024-01-01", tags="[y]", expires=day.format(4)))
    site.write("c.md", tagged("Old", "x", "z"))
    with running(site, "[cache]\nmax_age = 100") as trial:
        trial.step()

        def seen() -> tuple[list[str], list[str], str, str]:
            polled = [trial.documents()[f"/tags/{tag}/feed.xml"][1] for tag in "xz"]
            ages = [one.split("max-age=")[1].split(",")[0] for one in polled]
            lists = [trial.titles(f"/tags/{tag}/feed.xml") for tag in "xy"]
            return lists[0], lists[1], ages[0], ages[1]

        assert seen() == (["Old"], ["Brief"], "100", "100")
        trial.step(seconds=50)  # 08:01:00
        assert seen() == (["Old"], ["Brief"], "60", "100")
        assert trial.step(seconds=70).looked == 7 + 1
        assert seen() == (["Soon", "Old"], ["Brief"], "100", "100")
        trial.step(seconds=120)
        assert seen() == (["Soon", "Old"], [], "100", "100")
        trial.step(seconds=-200)  # the clock is set back
        assert seen()[:2] == (["Old"], ["Brief"])


def test_two_posts_with_one_address(site: Site) -> None:
    """The one that is refused is in no group, and in its own once the other is gone."""
    site.write("a.md", post("A", "2024-05-01", tags="[x]", slug="same"))
    site.write("b.md", post("B", "2024-05-02", tags="[y]", slug="same"))
    with running(site) as trial:
        trial.step()
        assert trial.groups() == ["/tags/x/feed.xml"]
        (site.content / "a.md").unlink()
        trial.step()
        assert trial.titles("/tags/y/feed.xml") == ["B"]


def test_settings_change_while_it_runs(site: Site) -> None:
    site.write("notes/a.md", post("A", tags="[x]", author="Ada"))
    with running(site) as trial:
        trial.step()
        assert trial.groups() == ["/notes/feed.xml", "/tags/x/feed.xml"]
        trial.step('[groupings]\nkinds = ["authors"]\nauthors = "/by/{author}.xml"')
        assert trial.groups() == ["/by/ada.xml"]
        trial.step('[groupings]\nformats = ["json"]\ntags = "/t/{tag}/{file}"')
        assert trial.groups() == ["/notes/feed.json", "/t/x/feed.json"]
        trial.step("[groupings]\nkinds = []")
        assert trial.groups() == []
        trial.step('[paths]\nrss = "/index.xml"')
        assert "/tags/x/index.xml" in trial.groups()  # Hugo's way
        trial.step('[paths]\nrss = false\natom = "/feed.xml"')
        assert feedparser.parse(site.published("/tags/x/feed.xml")).version == "atom10"
        trial.step('[paths]\nrss = "/notes/feed.xml"')
        assert len(trial.titles("/notes/feed.xml")) == 1  # a path that is given away already
        assert trial.documents()["/notes/feed.xml"][0] == "rss"


def test_old_addresses_lead_to_the_groups(site: Site) -> None:
    site.write("a.md", tagged("A", "Machine Learning", "C++"))
    aliases = """[aliases]
        "/tag/{tag}/feed/" = "/tags/{tag}/feed.xml"
        "/topics/{slug}/index.xml" = "/tags/{tag}/feed.xml"
        "/cpp.xml" = "/tags/c++/feed.xml"
        """
    with running(site, aliases) as trial:
        trial.step()
        found = {path: row[2] for path, row in trial.documents().items() if row[0] == "redirect"}
        learning = f"{URL}tags/machine%20learning/feed.xml"
        assert found == {
            "/tag/machine learning/feed/": learning,
            "/topics/machine-learning/index.xml": learning,
            "/tag/c++/feed/": f"{URL}tags/c++/feed.xml",
            "/topics/c/index.xml": f"{URL}tags/c++/feed.xml",
            "/cpp.xml": f"{URL}tags/c++/feed.xml",
        }
        trial.step()
        trial.step("")
        assert not [row for row in trial.documents().values() if row[0] == "redirect"]


def test_many_groups_do_not_hold_up_the_sites_own_feeds(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "SLICE_SECONDS", 0.0)  # not one group in a slice
    for number in range(3):
        site.write(f"{number}.md", tagged(f"P{number}", f"t{number}"))
    with running(site) as trial:
        trial.now += 10
        done = trial.publisher.run()
        assert done.unfinished
        assert done.again == trial.now
        assert len(trial.titles("/feed.xml")) == 3
        assert trial.groups() == []
        monkeypatch.setattr(publication, "SLICE_SECONDS", 60.0)
        assert not trial.publisher.run().unfinished
        assert len(trial.groups()) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('kinds = ["tag"]', "groupings.kinds"),
        ('tags = "/tags/feed.xml"', "needs one name in braces"),
        ('tags = "/tags/{section}/feed.xml"', "without {tag}"),
        ('tags = "tags/{tag}"', "is no path"),
        ('formats = ["rss", "atom"]\ntags = "/tags/{tag}.xml"', "need {file} in it"),
        ('tags = "/{tag}/{file}"', "sections and tags have the same paths"),
        ("min_posts = 0", "groupings.min_posts"),
        ('[aliases]\n"/x" = "/nothing/y.xml"', "where no document is"),
        ('[aliases]\n"/x/{tag}" = "/tags/python/feed.xml"', "where no document is"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "feeds.toml").write_text(f"[groupings]\n{settings}\n")
    with pytest.raises(SettingsError, match=r"feeds\.toml: ") as caught:
        load(base=tmp_path)
    assert message in str(caught.value)


def test_a_server_answers_for_groups_as_for_everything(site: Site) -> None:
    site.write("a.md", tagged("A", "C#", "a/b"))
    with site.serve() as server:
        for path in ("/tags/c%23/feed.xml", "/tags/a%252Fb/feed.xml"):
            answer = server.get(path)
            assert (answer.status, answer["content-type"]) == (
                200, "application/rss+xml; charset=utf-8"
            )  # fmt: skip
            assert answer["link"] == f'<{URL}{path[1:]}>; rel="self"'
            held = server.get(path, {"If-None-Match": answer["etag"]})
            assert (held.status, held.body) == (304, b"")
        assert server.get("/tags/nothing/feed.xml").status == 404
        site.write("a.md", tagged("A", "c"))
        server.until(lambda answer: b"<item>" not in answer.body, "/tags/c%23/feed.xml")
        server.until(lambda answer: b"<item>" in answer.body, "/tags/c/feed.xml")


def test_a_worker_holds_a_bounded_part_of_the_groups(site: Site) -> None:
    """What was evicted is read again; what changed is answered anew; what is gone is not there."""
    for number in range(20):
        site.write(f"{number}.md", tagged(f"P{number}", f"t{number}"))
    with running(site) as trial:
        trial.step()
        documents = Documents(site.root / ".feeds", 60_000)
        documents.refresh()

        def titles(number: int) -> list[str]:
            stored = documents.by_path[f"/tags/t{number}/feed.xml"]
            assert isinstance(stored, Stored)
            resource = documents.read(stored)
            assert resource is not None
            body = resource.choose(ranks(None)).body
            return [entry.title for entry in feedparser.parse(body).entries]

        def held() -> int:
            found = documents.by_path.values()
            return sum(isinstance(one, Stored) and one.resource is not None for one in found)

        for _ in range(2):
            assert [titles(number) for number in range(20)] == [[f"P{n}"] for n in range(20)]
            assert 2 < held() < 8
        site.write("19.md", tagged("New title", "t19"))
        trial.step()
        documents.refresh()
        assert titles(19) == ["New title"]
        old = documents.by_path["/tags/t3/feed.xml"]
        trial.step("[groupings]\nkinds = []")
        assert isinstance(old, Stored)
        assert documents.read(old) is None or old.resource is not None
        documents.refresh()
        assert "/tags/t3/feed.xml" not in documents.by_path


def lose_the_index(site: Site) -> None:
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        (site.root / ".feeds" / name).unlink(missing_ok=True)


def test_another_folder_empties_the_groups_of_the_one_before(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    (site.root / "other").mkdir()
    (site.root / "other" / "b.md").write_text(tagged("B", "z"))
    with running(site) as trial:
        trial.step()
        trial.step('[content]\nsource = "other"')
        assert trial.titles("/tags/x/feed.xml") == []
        assert trial.titles("/tags/z/feed.xml") == ["B"]
        assert "/tags/x/" not in site.published("/feeds.opml")


def test_a_last_good_entry_loses_its_link_to_a_hidden_post_too(site: Site) -> None:
    site.write("a.md", tagged("A", "x", body="See [b](b.md)."))
    site.write("b.md", tagged("B", "y"))
    with running(site) as trial:
        trial.step()
        site.write("a.md", "---\ntitle: [A\n---\nText.")
        trial.step()
        lose_the_index(site)
        trial.step()
        assert f"{URL}b/" in site.published("/tags/x/feed.xml")
        site.write("b.md", post("B", tags="[y]", draft="true"))
        trial.step()
        assert trial.titles("/tags/x/feed.xml") == ["A"]
        assert f"{URL}b/" not in site.published("/tags/x/feed.xml")


def test_a_refused_post_is_linked_to_by_nobody(site: Site) -> None:
    site.write("a.md", tagged("A", "x", body="See [b](b.md)."))
    site.write("b.md", tagged("B", "y"))
    site.write("c.md", post("C", id=f'"{URL}the-id"'))
    with running(site) as trial:
        trial.step()
        assert f"{URL}b/" in site.published("/tags/x/feed.xml")
        site.write("b.md", post("B", tags="[y]", id=f'"{URL}the-id"'))
        trial.step()
        assert f"{URL}b/" not in site.published("/tags/x/feed.xml")


def test_two_posts_never_share_an_entry_of_the_ledger(site: Site) -> None:
    """One takes it by its id, the other would by the id that it had in Atom."""
    ids = {"guid": f'"{URL}1"', "atom_id": f'"{URL}y"'}
    site.write("old.md", post("Old", body="Moved.", **ids))
    with running(site) as trial:
        trial.step()
        (site.content / "old.md").unlink()
        site.write("n1.md", post("Old", body="Moved.", **ids))
        site.write("n2.md", post("New", "2024-06-01", guid=f'"{URL}y"'))
        trial.step()
        for path in ("/feed.xml", "/atom.xml"):
            ids_now = [entry.id for entry in feedparser.parse(site.published(path)).entries]
            assert len(ids_now) == len(set(ids_now)) > 0


def test_a_last_good_entry_follows_the_settings(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    kinds = '[groupings]\nkinds = ["authors"]'
    with running(site, f'author = "Ann"\n{kinds}') as trial:
        trial.step()
        site.write("a.md", "---\ntitle: [A\n---\nText.")
        trial.step()
        trial.step(f'author = "Bob"\n{kinds}')
        assert trial.titles("/authors/bob/feed.xml") == ["A"]
        assert trial.titles("/authors/ann/feed.xml") == []


@pytest.mark.parametrize("order", [["C++", "C#"], ["C#", "C++"]])
def test_a_slug_of_two_leads_to_the_first_by_name(site: Site, order: list[str]) -> None:
    with running(site, '[aliases]\n"/tag/{slug}/" = "/tags/{tag}/feed.xml"') as trial:
        for number, tag in enumerate(order):
            site.write(f"{number}.md", tagged(tag, tag))
            trial.step()
        site.write("none.md", tagged("None", "%"))  # of which no slug is made
        trial.step()
        found = {path: row[2] for path, row in trial.documents().items() if row[0] == "redirect"}
        assert found == {"/tag/c/": f"{URL}tags/c%23/feed.xml"}


def test_a_redirect_follows_the_settings_of_caches(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    aliases = '[aliases]\n"/old" = "/feed.xml"\n"/o/{tag}" = "/tags/{tag}/feed.xml"\n'
    with running(site, aliases) as trial:
        trial.step()
        trial.step(aliases + "[cache]\nmax_age = 77")
        assert "max-age=77," in trial.documents()["/old"][1]
        assert "max-age=77," in trial.documents()["/o/x"][1]


def test_a_worker_outlasts_the_loss_of_the_index(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    with running(site) as trial:
        trial.step()
        documents = Documents(site.root / ".feeds", 60_000)
        documents.refresh()
        stored = documents.by_path["/tags/x/feed.xml"]
        assert isinstance(stored, Stored)
        lose_the_index(site)
        open_index(site.root / ".feeds" / "index.db").dispose()
        with pytest.raises(NotYet):
            documents.read(stored)
        trial.step("[groupings]\nkinds = []\n[paths]\nsitemap = false")
        documents.refresh()
        gone = {"/tags/x/feed.xml", "/sitemap.xml"}
        assert not gone & documents.by_path.keys()
        assert "/feed.xml" in documents.by_path


def test_the_atom_id_of_a_group_outlasts_its_path(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    with running(site, '[groupings]\nformats = ["atom"]') as trial:
        trial.step()
        first = feedparser.parse(site.published("/tags/x/atom.xml")).feed.id
        trial.step('[groupings]\nformats = ["atom"]\ntags = "/topics/{tag}/{file}"')
        assert feedparser.parse(site.published("/topics/x/atom.xml")).feed.id == first
        assert first == f"{URL}tags/x/"


def test_another_renderer_looks_at_every_group(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("a.md", tagged("A", "x", "y"))
    with running(site) as trial:
        trial.step()
        assert trial.step().looked == 7
        monkeypatch.setattr(catalogue, "RENDERER", "of another release")
        assert trial.step().looked == 7 + 2


def test_what_was_replaced_takes_no_room(site: Site) -> None:
    site.write("a.md", tagged("A", "x"))
    with running(site) as trial:
        trial.step()
        documents = Documents(site.root / ".feeds", 60_000)
        documents.refresh()
        old = documents.by_path["/tags/x/feed.xml"]
        assert isinstance(old, Stored)
        site.write("a.md", tagged("New", "x"))
        trial.step()
        documents.refresh()
        assert documents.read(old) is not None
        assert old.resource is None  # nobody will ask for this one again
