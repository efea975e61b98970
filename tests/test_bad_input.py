"""Whatever an author writes: one clear message, the other posts served, nothing half published.

The table holds one row for each kind of bad or odd file. All of them lie in one site beside
twelve good posts; the site is checked once and served once, and the tests read what came.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from conftest import URL, Answer, Server, Site, post
from lxml import etree

FEEDS = ("/feed.xml", "/atom.xml", "/feed.json")
DOCUMENTS = (*FEEDS, "/sitemap.xml", "/robots.txt", "/feeds.opml", "/", "/healthz")
GOOD = [f"good-{number:02}" for number in range(12)]
ANY = "error|warning|note"
MAYBE = "error|warning|note|none"
Maker = Callable[[Path], None]


@dataclass(frozen=True)
class Row:
    """One bad or odd file.

    Attributes:
        make: Makes the file at the path that it is given.
        outcome: published, hidden, undated or refused; several with | where the specification
            leaves it open.
        severity: What one of its messages must be; MAYBE: it may have none; empty: it needs none,
            and has no error if the post goes out.
        line: Line of a message; 0: not known.
        says: Text that its messages must contain.
        shows: Fields of the entry, the same in all three feeds.
    """

    name: str
    make: Maker
    outcome: str
    severity: str = ""
    line: int = 0
    says: str = ""
    shows: dict[str, Any] = field(default_factory=dict)
    slug: str = ""

    @property
    def url(self) -> str:
        return f"{URL}{self.slug or self.name}/"

    @property
    def mark(self) -> str:
        """Text that stands in this file's title and body alone."""
        return f"q{self.name}q"


def put(text: str, encoding: str = "utf-8") -> Maker:
    """Write `text` with TEXT replaced by the file's mark."""

    def make(path: Path) -> None:
        marked = text.replace("TEXT", f"q{path.stem}q")
        path.write_bytes(marked.encode(encoding, "surrogatepass"))

    return make


def header(lines: tuple[str, ...], equals: str) -> str:
    """Return title (line 2), date (line 3) and the rest; a given title or date replaces ours."""
    fields = {
        "title": f"title{equals}TEXT" if ":" in equals else f'title{equals}"TEXT"',
        "date": f"date{equals}2024-03-01",
    }
    for line in lines:
        key = re.split(r"[:= ]", line)[0]
        fields[key if key in fields else line] = line
    return "\n".join(fields.values()) + "\n"


def yaml(*lines: str, body: str = "TEXT", encoding: str = "utf-8") -> Maker:
    return put(f"---\n{header(lines, ': ')}---\n\n{body}\n", encoding)


def toml(*lines: str) -> Maker:
    return put(f"+++\n{header(lines, ' = ')}+++\n\nTEXT\n")


def jsonfm(*lines: str) -> Maker:
    """A JSON header: title on line 2, date on line 3."""
    fields = {"title": '"title": "TEXT"', "date": '"date": "2024-03-01"'}
    fields |= {line.split('"')[1]: line for line in lines}
    return put("{\n" + ",\n".join(fields.values()) + "\n}\n\nTEXT\n")


def hard(body: str) -> Maker:
    """A post whose body is hard to render, with text of its own before and after."""
    return yaml(body=f"TEXT first\n\n{body}\n\nlast TEXT")


def ends(text: str, ending: str, start: str = "", encoding: str = "utf-8") -> Maker:
    """A post with these line endings, after `start`."""
    return put(start + f"---\n{header((), ': ')}---\n\n{text}\n".replace("\n", ending), encoding)


def sparse(size: int) -> Maker:
    """A file of `size` bytes that opens as a post does; the rest is a hole."""

    def make(path: Path) -> None:
        yaml()(path)
        os.truncate(path, size)

    return make


def big(path: Path) -> None:
    path.write_bytes(f"---\n{header((), ': ')}---\n".replace("TEXT", f"q{path.stem}q").encode())
    with path.open("ab") as file:
        file.write(b"word " * 2_200_000)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_out(path: Path) -> None:
    outside = path.parent.parent / "outside.txt"
    outside.write_text(f'---\ntitle: "q{path.stem}q"\ndate: 2024-03-01\n---\nq{path.stem}q\n')
    path.symlink_to(outside)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere.txt")


def loop(path: Path) -> None:
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.mkdir()


def shell(tag: str) -> str:
    return f"x: !!python/object/apply:{tag} ['touch executed']"


LAUGHS = ["a: &a [x,x,x,x,x,x,x,x,x]"] + [
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
]
INDENT = "\n".join(" " * level + f"k{level}:" for level in range(600))
HANGS = ["a", "lists", "quotes", "brackets", "divs", "table"]
LISTS = "\n".join("    " * level + "- item" for level in range(400))
DIGITS = "9" * 5000
BERLIN = {"published": "2025-07-21T22:00:00Z"}

READ = [  # read as meant
    Row("title-no", yaml("title: No"), "published", shows={"title": "No"}),
    Row("title-int", yaml("title: 1092"), "published", shows={"title": "1092"}),
    Row("title-float", yaml("title: 1.10"), "published", shows={"title": "1.10"}),
    Row("title-octal", yaml("title: 0123"), "published", shows={"title": "0123"}),
    Row("title-clock", yaml("title: 1:02:03"), "published", shows={"title": "1:02:03"}),
    Row("title-day", yaml("title: 2024-01-02"), "published", shows={"title": "2024-01-02"}),
    Row("title-cdata", yaml("title: 'a ]]> b 😀'"), "published", shows={"title": "a ]]> b 😀"}),
    Row("title-null", yaml("title:"), "published"),
    Row("json-title-int", jsonfm('"title": 1092'), "published", shows={"title": "1092"}),
    Row("date-only", yaml("date: 2025-07-22"), "published", shows=BERLIN),
    Row("date-quoted", yaml('date: "2025-07-22"'), "published", shows=BERLIN),
    Row("toml-date", toml("date = 2025-07-22"), "published", shows=BERLIN),
    Row("toml-date-text", toml('date = "2025-07-22"'), "published", shows=BERLIN),
    Row("naive", yaml("date: 2025-07-22 00:00:00"), "published", shows=BERLIN),
    Row("naive-t", yaml('date: "2025-07-22T00:00:00"'), "published", shows=BERLIN),
    Row("toml-naive", toml("date = 2025-07-22T00:00:00"), "published", shows=BERLIN),
    Row("zoned", yaml("date: 2025-07-22 02:00:00 +0400"), "published", shows=BERLIN),
    Row("draft-false", yaml('draft: "false"'), "published"),
    Row("draft-no", yaml("draft: no"), "published"),
    Row("draft-yes", yaml('draft: "yes"'), "hidden"),
    Row("toml-draft-on", toml('draft = "on"'), "hidden"),
    Row("tags-text", yaml("tags: a, b"), "published", shows={"tags": ["a", "b"]}),
    Row("tags-null", yaml("tags: [a, null, '', 7]"), "published", shows={"tags": ["7", "a"]}),
    Row("bom", ends("TEXT", "\n", "\ufeff"), "published"),
    Row("crlf", ends("TEXT", "\r\n"), "published"),
    Row("lone-cr", ends("TEXT", "\r"), "published"),
    Row("bom-crlf", ends("TEXT", "\r\n", "\ufeff"), "published"),
    Row("utf16", yaml(encoding="utf-16"), "published"),
    Row("utf16-be", ends("TEXT", "\n", "\ufeff", "utf-16-be"), "published"),
    Row("python-words", yaml("content: a", "handler: b", "self: c", "metadata: d"), "published"),
    Row("number-keys", yaml("2019: a", "on: b", "1.5: c"), "published"),
    Row("number-far", yaml(f"weight: {DIGITS}"), "published"),
    Row("guid-first", yaml("date: 2024-01-01", "guid: one-guid"), "published"),
    Row("slug-first", yaml("date: 2024-01-01", "slug: one"), "published", slug="one"),
    Row("date-far", yaml("date: 9999-12-31T23:59:59-12:00"), "hidden"),
    Row("expiry-far", yaml("expires: 9999-12-31T23:59:59-12:00"), "published"),
    Row("folder", folder, "refused"),
    Row("nothing", put(""), "undated|refused"),
    Row("json-big", jsonfm(f'"x": {DIGITS}'), "published|refused"),
    Row("toml-big", toml(f"x = {DIGITS}"), "published|refused"),
    Row("json-nan", jsonfm('"x": NaN', '"y": -Infinity', '"z": 1e999'), "published|refused"),
]
REPORTED = [  # published or undated, with a word about it
    Row("no-front-matter", put("# TEXT\n\nTEXT\n"), "undated", ANY, 1),
    Row("date-month-13", yaml("date: 2024-13-41"), "undated|refused", ANY, 3, "2024-13-41"),
    Row("date-feb-30", yaml("date: 2023-02-30 10:00:00"), "undated|refused", ANY, 3, "2023-02-30"),
    Row("date-word", yaml("date: yesterday"), "undated|refused", ANY, 3, "yesterday"),
    Row("date-list", yaml("date: [2024-03-01, 2024-03-02]"), "undated|published|refused", ANY, 3),
    Row("date-zero", yaml("date: 0000-00-00"), "undated|refused", ANY, 3, "0000-00-00"),
    Row("date-inf", yaml("date: .inf"), "undated|refused", ANY, 3),
    Row("date-huge", yaml(f"date: {DIGITS}"), "undated|hidden|refused", ANY, 3),
    Row("toml-date-nan", toml("date = nan"), "undated|refused", ANY, 3),
    Row("toml-date-clock", toml("date = 07:32:00"), "undated|refused", ANY, 3),
    Row("date-year-1", yaml("date: 0001-01-01"), "undated|published|refused"),
    Row("updated-word", yaml("updated: soon"), "published", ANY, 4, "soon"),
    Row("status-word", yaml("status: Solved"), "hidden", ANY, 4, "Solved"),
    Row("draft-typo", yaml("draft: ture"), "hidden", ANY, 4, "ture"),
    Row("title-list", yaml("title: [a, b]"), "published|refused|undated", ANY, 2),
    Row("title-map", yaml("title: {a: b}"), "published|refused|undated", ANY, 2),
    Row("colon", yaml("title: TEXT: more: words"), "published|refused", ANY, 2),
    Row("same-key", yaml("author: Ada", "author : Bob"), "published|refused"),
    Row("control-title", yaml("title: a\x08b"), "published", ANY, shows={"title": "ab"}),
    Row("nonchar-title", yaml("title: a\ufffeb"), "published", ANY, shows={"title": "ab"}),
    Row("control-body", yaml(body="TEXT\x00\x01\x0b\x1b \uffff"), "published", ANY),
    Row("surrogate-yaml", yaml(r'title: "a\ud800b"'), "published", ANY, shows={"title": "ab"}),
    Row("surrogate-json", jsonfm(r'"description": "a\ud800b"'), "published", ANY),
    Row("hang-a", hard("<a " * 20_000), "published", ANY),
    Row("hang-lists", hard(LISTS), "published", MAYBE),
    Row("hang-quotes", hard("> " * 10_000 + "deep"), "published", MAYBE),
    Row("hang-brackets", hard("[" * 5_000), "published", MAYBE),
    Row("hang-divs", hard("<div>" * 8_000), "published", MAYBE),
    Row(
        "hang-table",
        hard("\n".join("|" + x * 3000 for x in ("a|", "-|", "b|"))),
        "published",
        MAYBE,
    ),
]
REFUSED = [
    Row("broken", yaml("@x: y"), "refused", "error", 4),
    Row("broken-list", yaml("tags: [a, b"), "refused", "error"),
    Row("broken-quote", yaml('title: "TEXT'), "refused", "error"),
    Row("list", put("---\n- title: TEXT\n- date: 2024-03-01\n---\nTEXT\n"), "refused", "error"),
    Row("words", put("---\nTEXT\n---\nTEXT\n"), "refused|undated", ANY),
    Row("template", yaml("title: {{ title }}"), "refused|published", ANY),
    Row("unhashable", yaml("{a: b}: c", "? [d, e]\n: f"), "published|refused"),
    Row("latin-1", yaml(body="TEXT é", encoding="latin-1"), "refused", "error", says="utf-8"),
    Row("surrogate-raw", yaml(body="TEXT \ud800"), "refused", "error", says="utf-8"),
    Row("alias", yaml("a: &a b", "c: *a"), "refused", "error"),
    Row("merge", yaml("a: &a {b: c}", "<<: *a"), "refused", "error"),
    Row("star", yaml("title: *TEXT* words"), "refused|published", ANY, 2),
    Row("laughs", yaml(*LAUGHS), "refused", "error"),
    Row("python", yaml(shell("os.system")), "refused", "error"),
    Row("python-name", yaml("x: !!python/name:os.system"), "refused", "error", 4),
    Row("own-tag", yaml("x: !mine y"), "refused|published", ANY),
    Row("deep-flow", yaml("x: " + "[" * 30_000), "refused", "error"),
    Row("deep-closed", yaml("x: " + "[" * 1000 + "]" * 1000), "refused", "error"),
    Row("deep-list", yaml("x:\n  " + "- " * 30_000), "refused", "error"),
    Row("deep-map", yaml("x: " + "{a: " * 30_000), "refused", "error"),
    Row("deep-key", yaml("? " * 30_000), "refused", "error"),
    Row("deep-indent", yaml("x:\n" + INDENT), "refused", "error"),
    Row("open", put("---\ntitle: TEXT\ndate: 2024-03-01\n\nTEXT\n"), "refused", "error", 1),
    Row("open-draft", put("---\ntitle: TEXT\ndraft: true\n\nTEXT\n"), "refused", "error", 1),
    Row("only-dashes", put("---\n"), "refused", "error", 1),
    Row("script", put('---js\n{ title: "TEXT", draft: true }\n---\nTEXT\n'), "refused", "error"),
    Row("fat", yaml(*(f"# {'x' * 90} {n}" for n in range(3000))), "refused", "error"),
    Row("fat-value", yaml("x: " + "y" * 300_000), "refused", "error"),
    Row("fat-json", jsonfm(f'"x": "{"y" * 300_000}"'), "refused", "error"),
    Row("fat-toml", toml(f'x = "{"y" * 300_000}"'), "refused", "error"),
    Row("big", big, "refused", "error"),
    Row("giant", sparse(1 << 30), "refused", "error"),
    Row("fifo", fifo, "refused", ANY),
    Row("link-out", link_out, "refused", ANY),
    Row("dangling", dangling, "refused", ANY),
    Row("loop", loop, "refused", ANY),
    Row("guid-second", yaml("guid: one-guid"), "refused", "error", says="guid-first.md"),
    Row("slug-second", yaml("slug: one"), "refused", "error", says="slug-first.md", slug="-"),
    Row("toml-broken", toml("title = "), "refused", "error", 2),
    Row("toml-twice", toml("x = 1", "x  = 2"), "refused", "error", 5),
    Row("toml-open", put('+++\ntitle = "TEXT"\ndraft = true\n\nTEXT\n'), "refused", "error", 1),
    Row("toml-deep", toml("x = " + "[" * 30_000), "refused", "error"),
    Row("toml-deep-closed", toml("x = " + "[" * 3000 + "]" * 3000), "refused", "error"),
    Row("json-broken", jsonfm('"x": oops'), "refused", "error", 4),
    Row("json-open", put('{\n"title": "TEXT",\n"draft": true,\n\nTEXT\n'), "refused", "error"),
    Row("json-deep", jsonfm('"x": ' + "[" * 30_000), "refused", "error"),
    Row("json-deep-map", jsonfm('"x": ' + '{"a":' * 30_000), "refused", "error"),
]
TABLE = [*READ, *REPORTED, *REFUSED]
ODD_NAMES = ["odd name", "quote'\"", "a&b<c>", "per%cent", "hash#and?", "new\nline", "smile-😀"]
ODD_NAMES += ["-dash", "caf\udce9", "y" * 240, "back\\slash", "percent%2e%2e", "e\u0301", "tab\t"]


@dataclass(frozen=True)
class Seen:
    """What a site with every file of the table said and served."""

    returncode: int
    problems: list[dict[str, Any]]
    files: dict[str, int]
    answers: dict[str, Answer]
    links: dict[str, set[str]]
    log: str
    root: Path

    def outcome(self, url: str) -> str:
        """Return where a post is: published, undated, absent, or a mixture (always wrong)."""
        found = tuple(url in self.links[path] for path in (*FEEDS, "/sitemap.xml"))
        names = {(True,) * 4: "published", (False,) * 3 + (True,): "undated"}
        return names.get(found, "absent" if not any(found) else f"mixture {found}")

    def messages(self, row: Row) -> list[dict[str, Any]]:
        return [found for found in self.problems if found["path"] == f"content/{row.name}.md"]


def addresses(answer: Answer) -> set[str]:
    """Return the address of each entry of a feed or sitemap."""
    if "json" in answer["content-type"]:
        return {item["url"] for item in answer.json["items"]}
    tree = etree.fromstring(answer.body)
    entries = [entry.find("{*}link[@rel='alternate']") for entry in tree.iter("{*}entry")]
    found = [entry.get("href") for entry in entries if entry is not None]
    found += [item.findtext("link") for item in tree.iter("item")]
    return {str(link) for link in [*found, *(loc.text for loc in tree.iter("{*}loc"))]}


@functools.cache
def parsed(body: bytes) -> dict[str, Any]:
    """Return the entries by address as feedparser reads them."""
    return {entry.link: entry for entry in feedparser.parse(body).entries}


@pytest.fixture(scope="module")
def seen(module_site: Site) -> Seen:
    """Serve, then check, one site that holds the table, the odd names and twelve good posts."""
    site = module_site
    site.settings(
        f'[site]\nurl = "{URL}"\ntitle = "Example"\ntimezone = "Europe/Berlin"\n'
        "[feeds]\nentries = 500\n"
    )
    for number, name in enumerate(GOOD):
        site.write(f"{name}.md", post(f"Title of {name}", f"2024-01-{number + 1:02}"))
    for row in TABLE:
        row.make(site.content / f"{row.name}.md")
    for number, name in enumerate(ODD_NAMES):
        (site.content / f"{name}.md").write_text(post(f"qodd{number}q", body=f"qodd{number}q"))
    with site.serve() as server:
        answers = {path: server.get(path) for path in DOCUMENTS}
        assert server.process.poll() is None
        log = server.log()
    checked = site.run("check", "--json", timeout=120)
    assert checked.returncode >= 0, f"killed by signal {-checked.returncode}"
    assert "Traceback" not in checked.stderr
    said = json.loads(checked.stdout)
    links = {path: addresses(answers[path]) for path in (*FEEDS, "/sitemap.xml")}
    return Seen(checked.returncode, said["problems"], said["files"], answers, links, log, site.root)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_is_whole(seen: Seen, path: str) -> None:
    """No bad file makes a 5xx or a malformed document."""
    answer = seen.answers[path]
    assert answer.status == 200
    if path.endswith((".xml", ".opml")):
        etree.fromstring(answer.body)
        assert answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    elif path in ("/feed.json", "/healthz"):
        assert answer.json
    assert answer.text


@pytest.mark.parametrize("name", GOOD)
def test_good_posts_are_served(seen: Seen, name: str) -> None:
    """All other posts are published, and nothing is said of them."""
    assert seen.outcome(f"{URL}{name}/") == "published"
    assert f"{name}.md" not in json.dumps(seen.problems)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_outcome(seen: Seen, row: Row) -> None:
    """Each file ends in its outcome, in every document alike; nothing of an absent one is shown."""
    found = seen.outcome(row.url)
    allowed = row.outcome.replace("hidden", "absent").replace("refused", "absent").split("|")
    assert found in allowed
    if found == "absent":
        leaks = [path for path, answer in seen.answers.items() if row.mark in answer.text]
        assert not leaks
        assert not any(f"/{row.name}/" in a.text for a in seen.answers.values())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_messages(seen: Seen, row: Row) -> None:
    """One or two messages with place and way out for each bad file; no error for an odd one."""
    messages = seen.messages(row)
    assert len(messages) <= 2, messages
    assert messages or row.severity in ("", MAYBE)
    for message in messages:
        assert message["line"] >= 1
        assert message["column"] >= 1
        assert message["message"].strip()
        assert message["hint"].strip()
        assert message["code"]
        assert message["severity"] in ANY.split("|")
        assert "Traceback" not in message["message"]
        assert len(message["message"]) < 500
    severities = {message["severity"] for message in messages}
    if row.severity:
        assert (severities or {"none"}) & set(row.severity.split("|"))
    elif row.outcome in ("published", "hidden", "undated"):
        assert "error" not in severities
    assert not row.line or row.line in {message["line"] for message in messages}, messages
    assert row.says.lower() in json.dumps(messages, ensure_ascii=False).lower()


@pytest.mark.parametrize("row", [row for row in TABLE if row.shows], ids=lambda row: row.name)
def test_fields(seen: Seen, row: Row) -> None:
    """Text stays text; a date without a zone is one of the site's zone; in each format alike."""
    for path in FEEDS:
        shown = fields(seen.answers[path], row.url)
        assert {key: shown[key] for key in row.shows} == row.shows, path


def fields(answer: Answer, url: str) -> dict[str, Any]:
    """Return title, instant and sorted tags of one entry, as a reader takes them."""
    if "json" in answer["content-type"]:
        item = next(item for item in answer.json["items"] if item["url"] == url)
        moment = datetime.fromisoformat(item["date_published"]).astimezone(UTC)
        title, tags = item["title"], item.get("tags", [])
    else:
        entry = parsed(answer.body)[url]
        moment = datetime(*entry.published_parsed[:6], tzinfo=UTC)
        title, tags = entry.title, [tag.term for tag in entry.get("tags", [])]
    instant = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"title": title, "published": instant, "tags": sorted(tags)}


@pytest.mark.parametrize("name", HANGS)
def test_a_body_is_whole_or_reported(seen: Seen, name: str) -> None:
    """A body that takes too long goes out as its summary, and `feeds check` says so."""
    row = next(row for row in TABLE if row.name == f"hang-{name}")
    item = next(item for item in seen.answers["/feed.json"].json["items"] if item["url"] == row.url)
    text = item.get("content_html", "") + item.get("content_text", "")
    assert row.mark in json.dumps(item)
    assert f"last {row.mark}" in text or seen.messages(row)


def readable(name: str) -> str:
    """Return a file name as a message can write it: bytes that are not UTF-8 as U+FFFD."""
    return os.fsencode(name).decode(errors="backslashreplace")


@pytest.mark.parametrize("number", range(len(ODD_NAMES)))
def test_odd_file_names(seen: Seen, number: int) -> None:
    """Any file name makes an address of printable ASCII, or a message."""
    items = seen.answers["/feed.json"].json["items"]
    found = [item["url"] for item in items if item.get("title") == f"qodd{number}q"]
    if not found:
        assert f"content/{readable(ODD_NAMES[number])}.md" in [p["path"] for p in seen.problems]
    else:
        assert re.fullmatch(r"https://example\.org/[!$&-;=@-Z_a-z~%]+", found[0])
        assert seen.outcome(found[0]) == "published"


def test_check_reports_and_counts(seen: Seen) -> None:
    """Exit code 1; each published post is counted, and each of them is in the feed."""
    assert seen.returncode == 1
    assert seen.files["published"] == len(seen.links["/feed.json"])
    assert {p["path"] for p in seen.problems} <= {
        f"content/{readable(name)}.md" for name in [*(row.name for row in TABLE), *ODD_NAMES]
    }


def test_nothing_is_executed(seen: Seen) -> None:
    """`!!python/object/apply:os.system` runs no command."""
    assert not list(seen.root.rglob("executed"))


def logged(log: str, name: str) -> list[str]:
    """Return the lines of the log about the file content/`name`.md."""
    return [line for line in log.splitlines() if re.search(rf"(^|[\s/]){name}\.md:", line)]


def test_the_log_names_every_refused_file(seen: Seen) -> None:
    """All that was refused is in the log: with its path, as `feeds check` has it."""
    names = [row.name for row in REFUSED if seen.messages(row)]
    assert [name for name in names if not logged(seen.log, name)] == []


def test_the_log_says_nothing_twice(seen: Seen) -> None:
    """A message is in the log once, not at every scan; no traceback comes with it."""
    lines = {row.name: logged(seen.log, row.name) for row in TABLE}
    assert {name: found for name, found in lines.items() if len(found) > 2} == {}
    assert "Traceback" not in seen.log


def test_health_counts_without_names(seen: Seen) -> None:
    """`/healthz` shows how many, never which."""
    health = seen.answers["/healthz"]
    assert health.json["posts"]["published"] == seen.files["published"]
    assert health.json["posts"]["refused"] >= len([r for r in REFUSED if r.outcome == "refused"])
    assert ".md" not in health.text


KEYS = re.findall(
    r"\w+",
    """title date updated lastmod description summary author authors tags categories slug
    permalink url draft published status ogImage image cover lang expires expirydate expiry_date id
    guid enclosure visibility access members_only premium paid private""",
)
SHAPES: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**400,
        1e308,
        "",
        " ",
        "x",
        "\x00",
        "\ud800",
        "\n",
        "/",
        "//",
        "..",
        "?",
    ),
    *(
        "http://[",
        "https://e:x/",
        "a" * 5000,
        "%00",
        "%ff",
        "data:,",
        "[a](b)",
        "\U0001f600",
        "0" * 5000,
    ),
    *([], [[]], [[["a"]]], [None], [True, 1, "a", {}], {}, {"": ""}, {"a": {"b": {"c": []}}}, [{}]),
    *({"url": []}, {"name": {}}, {"src": None}, {"url": "http://[", "length": "x", "type": 5}),
    *(
        [{"name": ["a"], "url": 1}],
        {"url": "/a.mp3", "length": -1},
        [{"url": "/a", "length": 1e999}],
    ),
]


def test_any_shape_in_any_field(site: Site) -> None:
    """A value of any type in any field costs at most its own post."""
    site.settings(f'[site]\nurl = "{URL}"\ntitle = "Example"\n[feeds]\nentries = 1000\n')
    for number, name in enumerate(GOOD):
        site.write(f"{name}.md", post(f"Title of {name}", f"2024-06-{number + 1:02}"))
    for key in KEYS:
        for number, value in enumerate(SHAPES):
            front = {"title": "t", "date": "2024-05-01"} | {key: value}
            site.write(f"{key}-{number}.md", json.dumps(front) + f"\n\n{key} {number}\n")
    checked = site.call("check", "--json")
    assert "Traceback" not in checked.stderr, checked.stderr[-1500:]
    assert checked.returncode == 1
    assert not [p for p in json.loads(checked.stdout)["problems"] if "good-" in p["path"]]
    with site.live() as server:
        titles = feed_titles(server)
        etree.fromstring(server.get("/sitemap.xml").body)
    assert {f"Title of {name}" for name in GOOD} <= set(titles)


# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, then the command.
DROP = """import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1), ctypes.CDLL(None).prctl(24, 2)
os.execv(sys.argv[1], sys.argv[1:])"""


def test_a_file_that_may_not_be_read(site: Site) -> None:
    """A file without read permission is named; the others go out. Root gives its right up first."""
    site.write("good.md", post("Good"))
    site.write("closed.md", post("Closed")).chmod(0)
    command = [sys.executable, "-c", DROP, sys.executable, "-m", "feeds", "check", "--json"]
    done = subprocess.run(command, cwd=site.root, env=site.env(), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert [problem["path"] for problem in said["problems"]] == ["content/closed.md"]
    assert said["files"]["published"] == 1


def feed_titles(server: Server) -> list[str]:
    """Return the titles of all three feeds, which must be whole."""
    titles = [str(item.get("title")) for item in server.get("/feed.json").json["items"]]
    for path in ("/feed.xml", "/atom.xml"):
        answer = server.get(path)
        assert answer.status == 200
        etree.fromstring(answer.body)
    return titles


def test_files_come_and_go(site: Site) -> None:
    """A file may vanish between listing and reading: the service goes on."""
    site.write("stays.md", post("Stays"))
    with site.live() as server:
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            made = [site.write(f"deep/{n}/gone.md", post(f"Gone {n}")) for n in range(8)]
            time.sleep(0.11)
            made[0].unlink()
            shutil.rmtree(site.content / "deep")
            assert "Stays" in feed_titles(server)
        site.write("after.md", post("After"))
        server.until(lambda answer: b"After" in answer.body and b"Gone" not in answer.body)
        assert server.get("/healthz").status == 200


def write_slowly(path: Path, text: str, watch: Callable[[], object]) -> float:
    """Write `text` in place, piece by piece; return the longest pause in seconds."""
    longest, last = 0.0, time.monotonic()
    size = max(1, len(text) // 40)
    with path.open("w") as file:
        for start in range(0, len(text), size):
            file.write(text[start : start + size])
            file.flush()
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            watch()
            time.sleep(0.02)
    return longest


def test_no_half_written_file(site: Site) -> None:
    """While a file is being written the entry has its old text, then the whole new one.

    A pause of 100 ms makes a file count as written: a round in which this machine made the
    writer pause for nearly so long proves nothing. Another file changes meanwhile, as each pass
    of the publisher is an opportunity to read too early.
    """
    path = site.write("slow.md", post("Slow", body="old " * 500 + "old-end"))
    site.write("other.md", post("Other"))
    rounds: list[list[str]] = []
    with site.serve() as server:
        for number in range(4):
            word, bodies = f"new{number}", list[str]()

            def watch(bodies: list[str] = bodies, number: int = number) -> None:
                items = server.get("/feed.json").json["items"]
                found = [i.get("content_html", "") for i in items if i.get("title") == "Slow"]
                bodies.append("".join(found))
                if len(bodies) % 12 == 3:
                    site.write("other.md", post("Other", body=f"{number} {len(bodies)}"))

            pause = write_slowly(path, post("Slow", body=f"{word} " * 500 + f"{word}-end"), watch)
            rounds += [bodies] if pause < 0.08 else []
            server.until(lambda answer, word=word: f"{word}-end" in answer.text, "/feed.json")
    assert len(rounds) >= 2, "this machine is too busy to write steadily"
    whole = re.compile(r"<p>(\w+ )\1{499}\w+-end</p>\s*")
    assert {body for bodies in rounds for body in bodies if not whole.fullmatch(body)} == set()


GOOD_TEXT = "---\ntitle: TEXT one\ndate: 2024-03-01\n{}---\n\nTEXT\n"
BAD_TEXT = "---\ntitle: broken-edit\ndate: 2024-03-01\n@@\n{}---\n\nbroken-edit\n"
OPEN_TEXT = "---\ntitle: broken-edit\ndate: 2024-03-01\n{}\nbroken-edit\n"
TOML_TEXT = '+++\ntitle = "broken-edit"\n= oops\n{}+++\n\nbroken-edit\n'
JSON_TEXT = '{{\n"title": "broken-edit",\n{}\n,,\n}}\n\nbroken-edit\n'
JSON_LINE = '{{"title": "broken-edit", {},,}}\nbroken-edit\n'
FLOW_TEXT = "---\n{{title: broken-edit, {},,\n---\nbroken-edit\n"
CR_TEXT, BOM_TEXT = BAD_TEXT.replace("\n", "\r"), "\ufeff" + BAD_TEXT
FAT = "".join(f"# {'x' * 90} {number}\n" for number in range(3000))
# Name, lines of the good file, the broken text and its lines, what becomes of the post.
EDITS: list[tuple[str, str, str, str, str, str]] = [
    ("plain", "", BAD_TEXT, "", "utf-8", "kept"),
    ("open", "", OPEN_TEXT, "", "utf-8", "kept"),
    ("latin", "", BAD_TEXT, "by: é\n", "latin-1", "kept"),
    ("same-draft", "draft: false\n", BAD_TEXT, "draft: false\n", "utf-8", "kept"),
    ("same-expiry", "expires: 2199-01-01\n", BAD_TEXT, "expires: 2199-01-01\n", "utf-8", "kept"),
    ("draft-in-body", "", BAD_TEXT + "draft: true\n", "", "utf-8", "kept"),
    ("toml", "", TOML_TEXT, "", "utf-8", "kept"),
    ("json", "", JSON_TEXT, '"tags": []', "utf-8", "kept"),
    ("draft-new", "", BAD_TEXT, "draft: true\n", "utf-8", "hidden"),
    ("draft-changed", "draft: false\n", BAD_TEXT, "draft: true\n", "utf-8", "hidden"),
    ("draft-open", "", OPEN_TEXT, "draft: true\n", "utf-8", "hidden"),
    ("draft-latin", "", BAD_TEXT, "by: é\ndraft: true\n", "latin-1", "hidden"),
    ("draft-below", "", BAD_TEXT, "draft:\n  true\n", "utf-8", "hidden"),
    ("draft-below-2", "draft:\n  false\n", BAD_TEXT, "draft:\n  true\n", "utf-8", "hidden"),
    ("draft-twice", "draft: false\n", BAD_TEXT, "draft: false\ndraft: true\n", "utf-8", "hidden"),
    ("draft-first", "draft: false\n", BAD_TEXT, "draft: true\ndraft: false\n", "utf-8", "hidden"),
    ("draft-question", "", BAD_TEXT, "? draft\n: true\n", "utf-8", "hidden"),
    ("draft-flow", "", FLOW_TEXT, "draft: true", "utf-8", "hidden"),
    ("draft-cr", "", CR_TEXT, "draft: true\r", "utf-8", "hidden"),
    ("draft-bom", "", BOM_TEXT, "draft: true\n", "utf-8", "hidden"),
    ("draft-tab", "", BAD_TEXT, "\tdraft: true\n", "utf-8", "hidden"),
    ("draft-wide", "", BAD_TEXT, "draft：true\n", "utf-8", "hidden"),
    ("draft-glued", "", BAD_TEXT, "draft:true\n", "utf-8", "hidden"),
    ("draft-equals", "", BAD_TEXT, "draft = true\n", "utf-8", "hidden"),
    ("draft-fat", "", BAD_TEXT, FAT + "draft: true\n", "utf-8", "hidden"),
    ("draft-deep", "", BAD_TEXT, f"x: {'[' * 30_000}\ndraft: true\n", "utf-8", "hidden"),
    ("status-below", "status: public\n", BAD_TEXT, "status: >\n  draft\n", "utf-8", "hidden"),
    ("draft-16", "", BAD_TEXT, "draft: true\n", "utf-16", "hidden"),
    ("draft-quoted", "", BAD_TEXT, '"draft": true\n', "utf-8", "hidden"),
    ("draft-space", "", BAD_TEXT, "Draft : yes\n", "utf-8", "hidden"),
    ("draft-indented", "", BAD_TEXT, "  draft: true\n", "utf-8", "hidden"),
    ("draft-toml", "", TOML_TEXT, "draft = true\n", "utf-8", "hidden"),
    ("draft-json", "", JSON_TEXT, '"draft": true', "utf-8", "hidden"),
    ("draft-json-line", "", JSON_LINE, '"draft": true', "utf-8", "hidden"),
    ("published", "", BAD_TEXT, "published: false\n", "utf-8", "hidden"),
    ("status", "", BAD_TEXT, "status: draft\n", "utf-8", "hidden"),
    ("private", "", BAD_TEXT, "private: true\n", "utf-8", "hidden"),
    ("visibility", "", BAD_TEXT, "visibility: members\n", "utf-8", "hidden"),
    ("access", "", BAD_TEXT, "access: paid\n", "utf-8", "hidden"),
    ("expires", "", BAD_TEXT, "expires: 2020-01-01\n", "utf-8", "hidden"),
    ("expiry-moved", "expires: 2199-01-01\n", BAD_TEXT, "expires: 2020-01-01\n", "utf-8", "hidden"),
]
STAGES = ("edited", "restarted", "without index.db")


@dataclass(frozen=True)
class Edited:
    """The documents at each stage of the broken edits, ids before and after, the first log."""

    stages: dict[str, dict[str, str]]
    ids: dict[str, dict[str, str]]
    log: str


def ids(server: Server) -> dict[str, str]:
    return {item["url"]: item["id"] for item in server.get("/feed.json").json["items"]}


def all_texts(server: Server) -> dict[str, str]:
    return {path: server.get(path).text for path in DOCUMENTS}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Edited:
    """Publish a post for each edit, break all of them, restart twice, repair them."""
    site = Site(tmp_path_factory.mktemp("edits") / "site")
    site.settings(f'[site]\nurl = "{URL}"\ntitle = "Example"\n[feeds]\nentries = 500\n')
    for name in GOOD:
        site.write(f"{name}.md", post(name))
    for name, lines, *_ in EDITS:
        site.write(f"{name}.md", GOOD_TEXT.format(lines).replace("TEXT", f"q{name}q"))
    stages, found = {}, {}
    with site.live() as server:
        server.until(lambda a: all(f"q{e[0]}q" in a.text for e in EDITS), "/feed.json")
        found["before"] = ids(server)
        for name, _, text, lines, encoding, _ in EDITS:
            site.write(f"{name}.md", text.format(lines).encode(encoding))
        server.until(lambda a: a.json["problems"]["error"] >= len(EDITS), "/healthz")
        time.sleep(2)
        stages["edited"] = all_texts(server)
        log = server.log()
    with site.live() as server:
        stages["restarted"] = all_texts(server)
    for path in (site.root / ".feeds").glob("index.db*"):
        path.unlink()
    with site.live() as server:
        stages["without index.db"] = all_texts(server)
        for name, *_ in EDITS:
            site.write(f"{name}.md", GOOD_TEXT.format("").replace("TEXT", f"r{name}r"))
        server.until(lambda a: all(f"r{e[0]}r" in a.text for e in EDITS), "/feed.json")
        found["repaired"] = ids(server)
    return Edited(stages, found, log)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit[0])
def test_broken_edits(edited: Edited, stage: str, edit: tuple[str, ...]) -> None:
    """The last good entry stays, unless the broken header may hide the post; for good."""
    documents = edited.stages[stage]
    assert "broken-edit" not in "".join(documents.values())
    shown = [path for path in FEEDS if f"q{edit[0]}q one" in documents[path]]
    assert shown == (list(FEEDS) if edit[-1] == "kept" else [])
    assert (f"{URL}{edit[0]}/" in documents["/sitemap.xml"]) == (edit[-1] == "kept")


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit[0])
def test_a_repaired_file_is_the_same_post(edited: Edited, edit: tuple[str, ...]) -> None:
    """When a broken file is whole again its post is shown, under the id that it had."""
    url = f"{URL}{edit[0]}/"
    assert edited.ids["repaired"][url] == edited.ids["before"][url]


def test_broken_edits_are_in_the_log_once(edited: Edited) -> None:
    """The author finds each broken file in the log, and finds it once."""
    assert {edit[0]: len(logged(edited.log, edit[0])) for edit in EDITS} == dict.fromkeys(
        (edit[0] for edit in EDITS), 1
    )


@contextlib.contextmanager
def twelve(site: Site) -> Iterator[Server]:
    """Serve the twelve good posts."""
    for name in GOOD:
        site.write(f"{name}.md", post(f"Title of {name}"))
    with site.live() as server:
        server.until(lambda answer: b"good-11" in answer.body)
        yield server


def stay(server: Server, seconds: float) -> None:
    """Assert that every document keeps its bytes for that time."""
    before = {path: server.get(path).body for path in (*FEEDS, "/sitemap.xml", "/feeds.opml")}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert {path: server.get(path).body for path in before} == before
        time.sleep(0.2)


def test_an_unmounted_folder_empties_nothing(site: Site) -> None:
    """A missing content folder means unknown, not deleted; not at a restart either."""
    with twelve(site) as server:
        site.content.rename(site.root / "away")
        stay(server, 2)
    with site.live() as server:
        assert len(server.get("/feed.json").json["items"]) == 12
        (site.root / "away").rename(site.content)
        stay(server, 1)
        site.write("new.md", post("Newcomer"))
        server.until(lambda answer: len(answer.json["items"]) == 13, "/feed.json", timeout=75)


def test_an_emptied_folder_is_doubted(site: Site) -> None:
    """Twelve posts that vanish at once stay until a second scan a minute later agrees."""
    with twelve(site) as server:
        for name in GOOD:
            (site.content / f"{name}.md").unlink()
        stay(server, 3)


SITE = f'[site]\nurl = "{URL}"\ntitle = "Example"\n'
Case = tuple[str, str, dict[str, str], list[str], list[str]]
# Name, feeds.toml, environment, arguments, what the one message must name.
SETTINGS: list[Case] = [
    ("missing", SITE, {}, ["--config", "nowhere.toml"], ["nowhere.toml"]),
    ("missing by variable", SITE, {"FEEDS_CONFIG": "nowhere.toml"}, [], ["nowhere.toml"]),
    ("unparsable", '[site\nurl = "x"\n', {}, [], ["feeds.toml", "1"]),
    ("deep", "x = " + "[" * 30_000, {}, [], ["feeds.toml"]),
    ("relative url", '[site]\nurl = "/blog/"\n', {}, [], ["url", "/blog/"]),
    ("bare url", '[site]\nurl = "example.org"\n', {}, [], ["url", "example.org"]),
    ("script url", '[site]\nurl = "javascript:alert(1)"\n', {}, [], ["url"]),
    (
        "unknown keys",
        f'{SITE}titel = "x"\n[feds]\nentries = 3\n[feeds]\nentrys = 3\n',
        {"FEEDS_SITE__TITEL": "x"},
        [],
        ["titel", "title", "feds", "feeds", "entrys", "entries", "FEEDS_SITE__TITEL"],
    ),
    ("variable", SITE, {"FEEDS_FEED__ENTRIES": "3"}, [], ["FEEDS_FEED__ENTRIES", "FEEDS_FEEDS"]),
    ("zone", SITE + 'timezone = "Europe/Berln"\n', {}, [], ["timezone", "Europe/Berln"]),
    ("zone path", SITE + 'timezone = "../../etc/passwd"\n', {}, [], ["timezone"]),
    (
        "values",
        '[site]\nurl = "blog"\ntimezone = "Mars"\n[feeds]\nentries = "many"\ncontent = "ful"\n',
        {},
        [],
        ["url", "timezone", "entries", "content"],
    ),
]


@pytest.mark.parametrize("case", SETTINGS, ids=lambda case: case[0])
def test_bad_settings(site: Site, case: Case) -> None:
    """Settings that cannot be used: exit 2 and one message that names all of it."""
    _, text, environ, args, says = case
    site.settings(text)
    site.environ.update(environ)
    done = site.call("list", *args)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert "pydantic" not in done.stderr
    assert not [word for word in says if word not in done.stderr], done.stderr


@pytest.mark.parametrize("command", ["publish", "serve"])
def test_bad_settings_end_the_process(site: Site, command: str) -> None:
    """What every command does with them, `publish` and `serve` do as programs."""
    site.settings("[site\n")
    done = site.run(command)
    assert done.returncode == 2, done
    assert "feeds.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_edited_while_serving(site: Site) -> None:
    """A broken edit of feeds.toml keeps the settings before and says so; a good one is used."""
    site.write("one.md", post("One"))
    with site.live() as server:
        for broken in ('[site\nurl = "x"\n', f'{SITE}titel = "x"\n'):
            before, end = len(server.log()), time.monotonic() + 10
            site.settings(broken)
            while "feeds.toml" not in server.log()[before:] and time.monotonic() < end:
                assert server.get().status == 200
                time.sleep(0.1)
            assert "feeds.toml" in server.log()[before:], server.log()
            assert b"<title>Example</title>" in server.get().body
        assert "titel" in server.log()
        assert "Traceback" not in server.log()
        site.settings(SITE.replace("Example", "Another"))
        server.until(lambda answer: b"<title>Another</title>" in answer.body)
