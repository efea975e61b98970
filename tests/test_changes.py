"""Content that changes while a server runs: the rows of PROTOCOL.md about time and memory."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from conftest import URL, Answer, Server, Site, post
from lxml import etree

FEEDS = ["/feed.xml", "/atom.xml", "/feed.json"]
LISTS = [*FEEDS, "/sitemap.xml"]  # the documents that name posts
DOCUMENTS = [*LISTS, "/robots.txt", "/feeds.opml"]
both_servers = pytest.mark.parametrize("kind", ["granian", "gunicorn"])


def there(answer: Answer) -> bool:
    return True


def contains(text: str) -> Callable[[Answer], bool]:
    return lambda answer: text in answer.text


def lacks(text: str) -> Callable[[Answer], bool]:
    return lambda answer: text not in answer.text


def all_of(server: Server, paths: Iterable[str] = DOCUMENTS) -> dict[str, Answer]:
    return {path: server.until(there, path) for path in paths}


def same(one: Answer, other: Answer) -> bool:
    """Return whether two answers differ in nothing but the time of sending."""
    first, second = (sorted(h for h in a.headers if h[0] != "date") for a in (one, other))
    return (one.status, first, one.body) == (other.status, second, other.body)


def modified(answer: Answer) -> datetime:
    return parsedate_to_datetime(answer["last-modified"])


def second() -> datetime:
    """Return the current wall second."""
    return datetime.now(UTC).replace(microsecond=0)


def instant(text: str) -> datetime:
    """Read a W3C date; a date alone is its midnight."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def alternate(entry: etree._Element) -> str | None:
    found = (link for link in entry.iter("{*}link") if link.get("rel", "alternate") == "alternate")
    return next(found).get("href")


def entries(server: Server) -> dict[str, list[tuple[str | None, ...]]]:
    """Return id, title and URL of each entry, in their order, for each feed."""
    rss = etree.fromstring(server.get("/feed.xml").body).iter("item")
    atom = etree.fromstring(server.get("/atom.xml").body).iter("{*}entry")
    items = server.get("/feed.json").json["items"]
    return {
        "/feed.xml": [tuple(map(i.findtext, ("guid", "title", "link"))) for i in rss],
        "/atom.xml": [(e.findtext("{*}id"), e.findtext("{*}title"), alternate(e)) for e in atom],
        "/feed.json": [(item["id"], item["title"], item["url"]) for item in items],
    }


def lastmods(answer: Answer) -> dict[str, str | None]:
    """Return lastmod by path for each url of a sitemap."""
    urls = etree.fromstring(answer.body).iter("{*}url")
    return {(u.findtext("{*}loc") or "").removeprefix(URL): u.findtext("{*}lastmod") for u in urls}


def assert_moved(server: Server, path: str, old: Answer, new: Answer) -> None:
    """Rows 18, 19: another ETag, a later Last-Modified, the old validators get 200."""
    assert new["etag"] != old["etag"]
    assert modified(old) < modified(new) <= parsedate_to_datetime(new["date"])
    for name, header in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        stale, fresh = (server.get(path, {name: answer[header]}) for answer in (old, new))
        assert (stale.status, stale.body) == (200, new.body)
        assert fresh.status == 304
        assert fresh["last-modified"] == new["last-modified"]


def assert_steady(server: Server, before: dict[str, Answer], seconds: float = 3) -> None:
    """Watch for some seconds, longer than a start or a change takes: nothing may move."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert [path for path in before if not same(server.get(path), before[path])] == []
        time.sleep(0.1)


# --- Rows 18, 19, 20, 52, 110: edits ------------------------------------------------------------


@both_servers
def test_row_18_edit(site: Site, kind: str) -> None:
    """Row 18: an edit moves the validators of what lists the post, and of nothing else."""
    site.write("hello.md", post("Hello"))
    with site.serve(kind) as server:
        before = all_of(server)
        site.write("hello.md", post("Changed"))
        for path in FEEDS:
            assert_moved(server, path, before[path], server.until(contains("Changed"), path))
        for path in ("/robots.txt", "/feeds.opml"):
            assert same(server.get(path), before[path])


@pytest.mark.parametrize(
    "text",
    [None, post(draft="true"), post(expirydate="2020-01-01")],
    ids=["file", "draft", "expiry"],
)
def test_row_19_removal(site: Site, text: str | None) -> None:
    """Row 19: a deleted or unpublished post leaves, and the validators move; then the last one."""
    site.write("staying.md", post("Staying", "2024-06-01"))
    path = site.write("leaving.md", post("Leaving", "2024-05-01"))
    with site.live() as server:
        before = all_of(server, LISTS)
        path.unlink() if text is None else site.write("leaving.md", text)
        for path_ in LISTS:
            gone = server.until(lacks("/leaving/"), path_)
            assert "staying" in gone.text
            assert_moved(server, path_, before[path_], gone)
        (site.content / "staying.md").unlink()
        assert server.until(lacks("staying"), "/feed.json").json["items"] == []


def test_row_20_edits_within_a_second(site: Site) -> None:
    """Row 20: one state for each second: no two ETags share a Last-Modified, none goes back."""
    for number in range(10):
        site.write(f"{number}.md", post("Old"))
    seen: list[Answer] = []
    with site.live() as server:
        for number in range(10):
            site.write(f"{number}.md", post("New"))
            pause = time.monotonic() + 0.23
            while time.monotonic() < pause:
                seen.append(server.get("/feed.xml"))
                time.sleep(0.02)  # leave the processor to the publisher
        seen.append(server.until(lambda answer: answer.text.count("<title>New<") == 10))
    states = list(dict.fromkeys((modified(answer), answer["etag"]) for answer in seen))
    times = [moment for moment, _ in states]
    assert len(states) >= 3
    assert times == sorted(set(times))
    assert len({tag for _, tag in states}) == len(states)
    assert all(modified(answer) <= parsedate_to_datetime(answer["date"]) for answer in seen)


@both_servers
def test_row_52_parallel_gets_during_a_change(site: Site, kind: str) -> None:
    """Row 52: of 100 parallel GETs each gets the whole old or the whole new document."""
    for number in range(20):
        site.write(f"{number}.md", post(f"Post {number}", body="word " * 2000))
    with site.serve(kind, "--workers", "2") as server, ThreadPoolExecutor(100) as pool:
        old = server.until(there)
        site.write("7.md", post("Changed", body="other " * 2000))
        seen: list[Answer] = []
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            wave = list(pool.map(lambda _: server.get(), range(100)))
            seen += wave
            if all("Changed" in answer.text for answer in wave):
                break
        new = server.until(contains("Changed"))
    assert {answer.status for answer in seen} == {200}
    found = {(answer.body, answer["etag"], answer["last-modified"]) for answer in seen}
    assert found == {(a.body, a["etag"], a["last-modified"]) for a in (old, new)}


def test_row_110_poller_with_dates_alone(site: Site) -> None:
    """Row 110: tt-rss sends If-Modified-Since alone: one 200 for each change, else 304."""
    site.write("a.md", post("Alpha"))
    site.write("b.md", post("Beta"))
    changes: list[tuple[Callable[[], Any], Callable[[Answer], bool]]] = [
        (lambda: site.write("a.md", post("Alpha 2")), contains("Alpha 2")),
        (lambda: site.write("b.md", post("Beta", body="More.")), contains("More.")),
        (lambda: site.write("a.md", post("Alpha")), lacks("Alpha 2")),
        ((site.content / "b.md").unlink, lacks("Beta")),
    ]
    with site.live() as server:
        date = server.until(there)["last-modified"]
        assert server.get(headers={"If-Modified-Since": date}).status == 304
        for change, visible in changes:
            change()
            server.until(visible)
            answer = server.get(headers={"If-Modified-Since": date})
            assert answer.status == 200
            assert visible(answer)
            date = answer["last-modified"]
            polls = [server.get(headers={"If-Modified-Since": date}).status for _ in range(5)]
            assert polls == [304] * 5


# --- Rows 50, 51: broken content, no content ----------------------------------------------------

BROKEN = {
    "quote.md": b'---\ntitle: "Secret\ndate: 2024-05-02\n---\nText.\n',
    "list.md": b"---\n- Secret\n- b\n---\nText.\n",
    "open.md": b"---\ntitle: Secret\ndate: 2024-05-02\n\nText.\n",
    "tag.md": b"---\ntitle: !!python/object:os.system Secret\n---\nText.\n",
    "bytes.md": b"---\ntitle: Secret \xff\xfe\ndate: 2024-05-02\n---\nText.\n",
}


def test_row_50_broken_files(site: Site) -> None:
    """Row 50: broken files are logged once and skipped; the others are served."""
    site.write("good.md", post("Good"))
    with site.live() as server:
        for name, text in BROKEN.items():
            site.write(name, text)
        site.write("next.md", post("Next"))
        for path in FEEDS:
            answer = server.until(contains("Next"), path)
            assert "Good" in answer.text
            assert "Secret" not in answer.text
        server.until(lambda answer: answer.json["posts"]["refused"] == len(BROKEN), "/healthz")
        mentions = {name: server.log().count(name) for name in BROKEN}
        site.write("next.md", post("After"))
        server.until(contains("After"))
        assert {name: server.log().count(name) for name in BROKEN} == mentions
    assert [name for name, count in mentions.items() if not count] == []
    problems = site.check()["problems"]
    assert {f"content/{name}" for name in BROKEN} <= {problem["path"] for problem in problems}


def test_row_50_broken_edit(site: Site) -> None:
    """Row 50, DESIGN "A broken file": the last good entry stays, unless its state changes."""
    site.write("hello.md", post("Hello"))
    site.write("other.md", post("Other"))
    with site.live() as server:
        before = all_of(server)
        site.write("hello.md", '---\ntitle: "Hel\ndate: 2024-05-01\n---\n\nText.\n')
        server.until(lambda answer: answer.json["posts"]["kept"] == 1, "/healthz")
        assert_steady(server, before)
        assert "content/hello.md" in {problem["path"] for problem in site.check()["problems"]}
        site.write("hello.md", '---\ntitle: "Hel\ndate: 2024-05-01\ndraft: true\n---\n\nText.\n')
        for path in LISTS:
            assert "other" in server.until(lacks("/hello/"), path).text.lower()


def test_row_50_folder_goes_away(site: Site) -> None:
    """Row 50, DESIGN "Mass disappearance": a missing folder is unknown, not empty."""
    site.write("hello.md", post("Hello"))
    away = site.root / "away"
    with site.live() as server:
        before = all_of(server)
        site.content.rename(away)
        assert_steady(server, before)
        away.rename(site.content)
        site.write("back.md", post("Back"))
        assert "Hello" in server.until(contains("Back")).text
    site.content.rename(away)
    with site.live() as server:
        after = server.get("/feed.json")
        assert {"Hello", "Back"} == {item["title"] for item in after.json["items"]}
        assert_steady(server, {"/feed.json": after})


def test_row_50_most_files_vanish(site: Site) -> None:
    """DESIGN "Mass disappearance": more than 10 and 30 % gone at once is doubted for a minute."""
    for number in range(12):
        site.write(f"{number}.md", post(f"Post {number}"))
    with site.live() as server:
        before = all_of(server)
        for number in range(12):
            (site.content / f"{number}.md").unlink()
        assert_steady(server, before)
        site.write("new.md", post("New"))
        assert len(server.until(contains("New"), "/feed.json").json["items"]) == 13


def test_row_51_empty_folder(site: Site) -> None:
    """Row 51: an empty folder gives 200 and valid empty documents; then the first post comes."""
    with site.live() as server:
        before = all_of(server)
        assert [feed for feed in entries(server).values() if feed] == []
        assert all("etag" in answer and "last-modified" in answer for answer in before.values())
        site.write("first.md", post("First"))
        for path in FEEDS:
            assert_moved(server, path, before[path], server.until(contains("First"), path))


def first_answers(site: Site) -> list[Answer]:
    """Ask for /feed.xml from the moment the port is open until a 200, at most 25 seconds."""
    found: list[Answer] = []
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline and not (found and found[-1].status == 200):
        for log in site.root.glob("*.log"):
            with contextlib.suppress(OSError, http.client.HTTPException):
                port = int(log.stem.rpartition("-")[2])
                found.append(Server(None, port, log).get("/feed.xml"))  # type: ignore[arg-type]
        time.sleep(0.02)
    return found


def test_row_51_not_rendered_yet(site: Site) -> None:
    """Row 51: on the first run a known document may be missing: 503 with whole seconds.

    Three bodies take Python-Markdown two seconds each until they are given up, two at a time.
    """
    for number in range(3):
        site.write(f"{number}.md", post(f"Slow {number}", body="<a " * 20_000))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(first_answers, site)
        with site.serve():
            answers = asked.result(30)
    assert answers[-1].status == 200
    assert "Slow 2" in answers[-1].text
    for answer in answers[:-1]:
        assert answer.status == 503
        assert answer["retry-after"] == "1"
        assert answer["content-type"].startswith("text/plain")


# --- Rows 60, 61, 62: ids -----------------------------------------------------------------------


def test_row_60_same_id_both_new(site: Site) -> None:
    """Row 60: of two new posts with one id the older stays, then the first path; messages."""
    dates = {"a": "2024-05-02", "b": "2024-05-01", "c": "2024-05-01", "d": "2024-05-01"}
    for name, date in dates.items():
        identity = f"{URL}id/{1 if name in 'ab' else 2}"
        site.write(f"{name}.md", post(f"Post {name}", date, id=identity))
    with site.live() as server:
        for feed in entries(server).values():
            assert sorted(str(title) for _, title, _ in feed) == ["Post b", "Post c"]
            assert {identity for identity, _, _ in feed} == {f"{URL}id/1", f"{URL}id/2"}
        assert not {"a/", "d/"} & lastmods(server.get("/sitemap.xml")).keys()
        assert server.get("/healthz").json["posts"]["refused"] == 2
        paths = {problem["path"] for problem in site.check()["problems"]}
        assert {"content/a.md", "content/d.md"} <= paths


def test_row_60_same_id_newcomer(site: Site) -> None:
    """Row 60: a newcomer with an id of the ledger is refused, were it older and first by path."""
    site.write("b.md", post("Holder", "2024-05-02", id="https://example.org/id/1"))
    with site.live() as server:
        site.write("a.md", post("Newcomer", "2020-01-01", id="https://example.org/id/1"))
        site.write("c.md", post("Sentinel"))
        answers = {path: server.until(contains("Sentinel"), path) for path in FEEDS}
        for answer in answers.values():
            assert "Holder" in answer.text
            assert "Newcomer" not in answer.text
        assert "a.md" in server.log()
    with site.live() as server:
        assert_steady(server, {"/feed.xml": answers["/feed.xml"]})


def test_row_61_ids_outlive_edits(site: Site) -> None:
    """Row 61, DESIGN "Ids are for ever": title, slug, date and file name are edited; ids stay."""
    text = "A body long enough to be known again."
    site.write("hello.md", post("One", body=text))
    site.write("other.md", post("Other", "2023-01-01", guid="abc-1"))
    steps = [
        ("hello.md", post("Two", body=text)),
        ("hello.md", post("Three", body=text, slug="renamed")),
        ("hello.md", post("Four", "2025-02-03", body=text, slug="again")),
        ("moved/elsewhere.md", post("Five", "2025-02-03", body=text)),
    ]
    with site.live() as server:
        ids = {path: [entry[0] for entry in feed] for path, feed in entries(server).items()}
        assert ids["/feed.xml"] == ids["/feed.json"] == [f"{URL}hello/", "abc-1"]
        for name, content in steps:
            if name != "hello.md":
                (site.content / "hello.md").unlink()
            site.write(name, content)
            title = re.findall('title: "(.*)"', content)[0]
            for path in FEEDS:
                server.until(contains(title), path)
            now = entries(server)
            assert {path: [entry[0] for entry in feed] for path, feed in now.items()} == ids
        assert {feed[0][2] for feed in now.values()} == {f"{URL}moved/elsewhere/"}


def test_row_62_site_moves(site: Site) -> None:
    """Row 62: http becomes https, the host changes: links follow, ids do not."""
    site.write("hello.md", post("Hello"))
    site.write("named.md", post("Named", id="tag:example.org,2024:1"))
    ids = None
    for url in ("http://example.org/", "https://example.org/", "https://www.example.net/blog/"):
        site.settings(f'[site]\nurl = "{url}"\ntitle = "Example"\n')
        with site.live() as server:
            for path in FEEDS:
                server.until(contains(f"{url}named/"), path)
            feeds = entries(server)
        ids = ids or {path: [entry[0] for entry in feed] for path, feed in feeds.items()}
        assert {path: [entry[0] for entry in feed] for path, feed in feeds.items()} == ids
        for feed in feeds.values():
            assert {link for _, _, link in feed} == {f"{url}hello/", f"{url}named/"}
    assert ids
    assert set(ids["/atom.xml"]) == {"http://example.org/hello/", "tag:example.org,2024:1"}


# --- Rows 64, 65, 66, 68: what is listed, and in which order ------------------------------------


def test_row_64_without_date(site: Site) -> None:
    """Row 64: a post without any date is in no feed; in the sitemap it has no lastmod."""
    site.write("undated.md", "---\ntitle: Timeless\n---\n\nText.\n")
    site.write("dated.md", post("Dated"))
    with site.live() as server:
        for path in FEEDS:
            assert "Timeless" not in server.get(path).text
        found = lastmods(server.get("/sitemap.xml"))
        assert found["undated/"] is None
        assert server.get("/healthz").json["posts"]["undated"] == 1


def test_row_65_scheduled_and_expiring(site: Site) -> None:
    """Row 65: a post comes when it is due, one leaves when it expires, without a restart.

    Near that moment the documents carry max-age=60 (DESIGN, "Time").
    """
    site.write("hello.md", post("Hello"))
    with site.live() as server:
        before = all_of(server, LISTS)
        due = second() + timedelta(seconds=8)
        site.write("future.md", post("Future", f"{due:%Y-%m-%dT%H:%M:%SZ}"))
        site.write("leaving.md", post("Leaving", expirydate=f"{due:%Y-%m-%dT%H:%M:%SZ}"))
        for path in FEEDS:
            near = server.until(contains("Leaving"), path)
            assert "max-age=60," in near["cache-control"] + ","
        while second() < due:
            answers = [server.get(path) for path in (*DOCUMENTS, "/", "/healthz")]
            assert second() >= due or not re.search("Future|/future/", str(answers))
            time.sleep(0.05)
        for path in LISTS:
            after = server.until(
                lambda answer: "/future/" in answer.text and "/leaving/" not in answer.text, path
            )
            assert_moved(server, path, before[path], after)
            assert modified(after) >= due


HIDING = """
draft: true|draft: True|draft: TRUE|draft: yes|draft: Yes|draft: on|draft: 1|draft: "true"
draft: "True"|draft: "yes"|draft: "on"|draft: "1"|draft: 'true'|Draft: true|DRAFT: yes|draft:   true
published: false|published: no|published: off|published: 0|published: "false"|published: "no"
Published: False|publish: false|private: true|private: "yes"|unlisted: true|noindex: true
status: draft|status: Draft|status: hidden|status: private|status: pending|status: future
status: trash|status: unpublished|status: "Solved ✅"|status: unheard-of|status: [draft]
visibility: members|visibility: private|visibility: paid|access: paid|access: members
members_only: true|members-only: true|members_only: "yes"|premium: true|premium: yes|paid: true
expirydate: 2020-01-01|expiryDate: 2020-01-01T00:00:00Z|expiry_date: "2020-01-01"
"""
SHOWING = """
draft: false|draft: "false"|draft: no|draft: "no"|draft: off|draft: 0|published: true
published: yes|published: "true"|status: published|status: publish|status: Published|status: live
visibility: public|members_only: false|premium: false|private: false|expirydate: 2999-01-01
"""
OTHER_FORMS = {
    "toml.md": '+++\ntitle = "{0}"\ndate = 2024-05-01\ndraft = true\n+++\n{0}\n',
    "toml-text.md": '+++\ntitle = "{0}"\ndate = "2024-05-01"\ndraft = "yes"\n+++\n{0}\n',
    "toml-status.md": '+++\ntitle = "{0}"\ndate = 2024-05-01\nstatus = "draft"\n+++\n{0}\n',
    "json.md": '{{\n"title": "{0}",\n"date": "2024-05-01",\n"draft": true\n}}\n\n{0}\n',
    "json-text.md": '{{\n"title": "{0}",\n"date": "2024-05-01",\n"draft": "true"\n}}\n\n{0}\n',
    "bom.md": '\ufeff---\ntitle: "{0}"\ndate: 2024-05-01\ndraft: true\n---\n{0}\n',
    "crlf.md": '---\r\ntitle: "{0}"\r\ndate: 2024-05-01\r\ndraft: true\r\n---\r\n{0}\r\n',
    "dots.md": '---\ntitle: "{0}"\ndate: 2024-05-01\ndraft: true\n...\n{0}\n',
    "open.md": '---\ntitle: "{0}"\ndate: 2024-05-01\ndraft: true\n\n{0}\n',
    "broken.md": '---\ntitle: "{0}\ndate: 2024-05-01\ndraft: true\n---\n{0}\n',
    "future.md": '---\ntitle: "{0}"\ndate: 2999-05-01\n---\n{0}\n',
    "_drafts/file.md": '---\ntitle: "{0}"\ndate: 2024-05-01\n---\n{0}\n',
    "drafts/file.md": '---\ntitle: "{0}"\ndate: 2024-05-01\n---\n{0}\n',
    "_underscore.md": '---\ntitle: "{0}"\ndate: 2024-05-01\n---\n{0}\n',
}


def table(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


def test_row_66_hidden(site: Site) -> None:
    """Row 66: whatever says draft, unknown status, members only: absent from every document.

    Links to a hidden post become their text.
    """
    hidden = {}
    for number, line in enumerate(table(HIDING)):
        name = f"secret-{number:03}"
        hidden[name] = line
        text = post(name.title(), body=f"{name} text.").replace("\n---\n\n", f"\n{line}\n---\n\n")
        site.write(f"{name}.md", text)
    for number, (path, text) in enumerate(OTHER_FORMS.items(), 500):
        hidden[f"secret-{number}"] = path
        site.write(path, text.format(f"secret-{number}"))
    targets = ["/secret-000/", "secret-001.md", f"{URL}secret-002/#part", "./secret-003.md?x=1"]
    body = " ".join(f"[look{number}]({target})" for number, target in enumerate(targets))
    site.write("visible.md", post("Visible", body=body))
    with site.live() as server:
        answers = [server.until(there, path) for path in (*DOCUMENTS, "/", "/healthz")]
    leaked = set(
        re.findall(r"secret-\d{3}", "".join(a.text + str(a.headers) for a in answers).lower())
    )
    assert {name: hidden[name] for name in sorted(leaked)} == {}
    for answer in answers[:3]:
        assert all(f"look{number}" in answer.text for number in range(len(targets)))


def test_row_66_shown(site: Site) -> None:
    """Row 66, the other side: what says that it is public is there (`draft: "false"`)."""
    lines = dict(enumerate(table(SHOWING)))
    for number, line in lines.items():
        text = post(f"Post-{number:03}").replace("\n---\n\n", f"\n{line}\n---\n\n")
        site.write(f"post-{number:03}.md", text)
    with site.live() as server:
        found = [server.until(there, path).text for path in LISTS]
    missing = [
        line for n, line in lines.items() if any(f"post-{n:03}" not in text for text in found)
    ]
    assert missing == []


def test_row_68_order(site: Site) -> None:
    """Row 68: newest first; ties by id, the same in each feed and after a rewrite and a restart."""
    dates = {"m": "2024-05-02", "z": "2024-05-02", "a": "2024-05-02", "new": "2024-05-03"}
    for name, date in [*dates.items(), ("old", "2024-05-01T23:59:59Z")]:
        site.write(f"{name}.md", post(name, date))
    with site.live() as server:
        orders = list(entries(server).values())
        site.write("z.md", post("z", dates["z"], body="Rewritten."))
        for path in FEEDS:
            server.until(contains("Rewritten"), path)
        orders += entries(server).values()
        before = all_of(server)
    forget_derived(site)
    with site.live() as server:
        assert_steady(server, before)
    titles = [[title for _, title, _ in order] for order in orders]
    assert [order for order in titles if order != titles[0]] == []
    assert [titles[0][0], titles[0][-1]] == ["new", "old"]
    assert titles[0][1:-1] in (["a", "m", "z"], ["z", "m", "a"])


# --- Rows 69, 81, 106: dates that tell the truth ------------------------------------------------


def built(server: Server) -> datetime:
    """Return the feed-level date, which RSS and Atom must agree on."""
    rss = etree.fromstring(server.get("/feed.xml").body).findtext("channel/lastBuildDate")
    atom = etree.fromstring(server.get("/atom.xml").body).findtext("{*}updated")
    assert parsedate_to_datetime(rss or "") == instant(atom or "")
    return instant(atom or "")


def forget_derived(site: Site) -> None:
    """Delete what DESIGN calls derived: index.db may go at any time."""
    for path in (site.root / ".feeds").glob("index.db*"):
        path.unlink()


def test_row_69_feed_date(site: Site) -> None:
    """Row 69: moved by the listed posts alone; not by other posts, restart or rebuild."""
    site.settings(f'[site]\nurl = "{URL}"\ntitle = "Example"\n[feeds]\nentries = 2\n')
    for month, name in enumerate(("unlisted", "second", "first"), 1):
        site.write(f"{name}.md", post(name, f"2024-0{month}-01"))
    with site.live() as server:
        before = all_of(server)
        began = second()
        site.write("unlisted.md", post("unlisted, edited", "2024-01-01"))
        site.write("draft.md", post("draft", "2024-09-01", draft="true"))
        moved = server.until(lambda a: a.body != before["/sitemap.xml"].body, "/sitemap.xml")
        assert instant(lastmods(moved)["unlisted/"] or "") >= began
        assert_steady(server, {path: before[path] for path in FEEDS})
        site.write("second.md", post("second", "2024-02-01", "Edited."))
        for path in FEEDS:
            server.until(contains("Edited."), path)
        assert built(server) >= began
        after = all_of(server)
    with site.live() as server:
        assert_steady(server, after)
    forget_derived(site)
    with site.live() as server:
        assert_steady(server, after)


def test_row_81_lastmod(site: Site) -> None:
    """Row 81, DESIGN "Dates": the author's dates at first; then when the content changed."""
    published, updated = "2024-05-01T06:00:00Z", "2024-06-02T03:04:05Z"
    site.write("plain.md", post("Plain", published))
    site.write("updated.md", post("Updated", published, updated=updated))
    site.write("same.md", post("Same", published, updated=updated))
    site.write("undated.md", "---\ntitle: Undated\n---\n\nText.\n")
    with site.live() as server:
        first = lastmods(server.get("/sitemap.xml"))
        assert first["undated/"] is None
        assert first["plain/"] is None or instant(first["plain/"]) == instant(published)
        assert instant(first["updated/"] or "") == instant(updated)
        began = second()
        os.utime(site.content / "undated.md")
        site.write("same.md", post("Same", published, updated=updated, readTime="5"))
        site.write("plain.md", post("Plain, edited", published))
        site.write("updated.md", post("Updated, edited", published, updated=updated))
        server.until(
            lambda a: all(
                instant(lastmods(a)[n] or published) >= began for n in ("plain/", "updated/")
            ),
            "/sitemap.xml",
        )
        after = server.get("/sitemap.xml")
        assert {name: lastmods(after)[name] for name in ("same/", "undated/")} == {
            name: first[name] for name in ("same/", "undated/")
        }
    assert b"priority" not in after.body
    assert b"changefreq" not in after.body
    for path in site.content.iterdir():
        os.utime(path)
    forget_derived(site)
    with site.live() as server:
        assert_steady(server, {"/sitemap.xml": after})


def test_row_106_last_modified_is_durable(site: Site) -> None:
    """Row 106: kept over restart and rebuild; an edit while stopped, even back, moves it on."""
    site.write("hello.md", post("Hello"))
    with site.live() as server:
        first = server.until(there)
        site.write("hello.md", post("Changed"))
        changed = server.until(contains("Changed"))
    with site.live() as server:
        assert_steady(server, {"/feed.xml": changed})
    forget_derived(site)
    with site.live() as server:
        assert_steady(server, {"/feed.xml": changed})
    stopped = second()
    site.write("hello.md", post("Hello"))
    with site.live() as server:
        back = server.until(contains("Hello"))
        assert stopped <= modified(back) <= parsedate_to_datetime(back["date"])
        assert modified(first) < modified(changed) < modified(back)
        assert_moved(server, "/feed.xml", changed, back)
    (site.content / "hello.md").unlink()
    with site.live() as server:
        empty = server.until(lacks("Hello"))
        assert modified(empty) > modified(back)
