"""Every document, field by field, as it comes from the running server.

One rich site, one with everything set differently and one empty site are served once each; the
tests look at the answers. What is expected of the posts is the table `POSTS`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from conftest import Answer, Site, post
from lxml import etree

HOME = "https://example.org/"
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FEEDS = {
    "/feed.xml": "application/rss+xml",
    "/atom.xml": "application/atom+xml",
    "/feed.json": "application/feed+json",
}
XML = ["/feed.xml", "/atom.xml", "/sitemap.xml", "/feeds.opml"]
TYPES = {
    "/feed.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/feeds.opml": "text/x-opml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
}
PATHS = [*TYPES, "/"]
SETTINGS = """
[site]
url = "https://example.org/"
title = "Äpfel & <Birnen>"
description = "What grows & what does not"
language = "en-GB"
timezone = "Europe/Berlin"
author = { name = "Ada Gärtner", url = "https://example.org/ada" }
icon = "https://example.org/icon.png"
image = "https://example.org/logo.png"
copyright = "© 2024 Ada Gärtner"
[cache]
max_age = 1800
[sitemap]
pages = ["/", "/about/"]
"""
UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What every feed has to say of a post; None: the author did not write it."""

    id: str | None
    link: str
    title: str | None
    published: str
    updated: str | None = None
    authors: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    summary: str | None = None
    image: str | None = None
    enclosures: Sounds = ()


def wanted(name: str, title: str | None, published: str, **more: Any) -> Wanted:
    link = HOME + name + "/"
    return Wanted(**{"id": link, "link": link, "title": title, "published": published} | more)


MP3 = ("https://media.example.org/1.mp3", "audio/mpeg", 1234567)
OGG = ("https://media.example.org/1.ogg", "audio/ogg", 7654321)
FULL = """---
title: 'AT&T <b> "x" ]]> 🎉'
date: 2024-05-20T10:00:00+02:00
updated: 2024-05-21T12:30:00Z
authors: [Ada Lovelace, Grace Hopper]
tags: [Python, C++, 日本語]
description: Ampersand & <b> &amp; more
ogImage: /img/full.png
lang: de
---

Hallo&nbsp;Welt &copy; ]]> mit [Verweis](/dort) und ![Bild](bild.png).
"""
CONTROLS = json.dumps({"title": "a\bb\ufffec\ud800d", "date": "2024-05-11T00:00:00Z"})
SOUND = '{"url": "%s", "type": "%s", "length": %d}'
POSTS = {
    "full.md": FULL,
    "plain.md": post("Plain", "2024-05-19T00:00:00Z", "Nothing *but* text."),
    "untitled.md": "---\ndate: 2024-05-18T00:00:00Z\n---\n\n"
    + "Only a few words, said without any heading. " * 20,
    "emoji.md": post("🎉🎊", "2024-05-17T00:00:00Z", "Party."),
    "日本語.md": post("日本語の題", "2024-05-16T00:00:00Z", "本文。", tags="[日本語]"),
    "podcast.md": post(
        "Episode 1",
        "2024-05-15T00:00:00Z",
        "Listen.",
        enclosure=SOUND % MP3,
        explicit="true",
        duration='"00:29:28"',
    ),
    "two.md": post(
        "Two sounds", "2024-05-14T00:00:00Z", "Both.", enclosure=f"[{SOUND % MP3}, {SOUND % OGG}]"
    ),
    "iri.md": post("IRI", "2024-05-13T00:00:00Z", "One.", id='"tag:example.org,2005:iri"'),
    "uuid.md": post("UUID", "2024-05-12T12:00:00Z", "Two.", guid=f'"{UUID}"'),
    "text.md": post("Text", "2024-05-12T00:00:00Z", "Three.", guid='"post 17 of the old site"'),
    "relative-id.md": post("Relative", "2024-05-11T12:00:00Z", "Four.", id='"my-id"'),
    "control.md": CONTROLS + "\n\nBe\x0cll \x1b[0m.\n",
    "tie-b.md": post("Tie 1", "2024-05-10T00:00:00Z", "B.", author='"Linus"', slug="tie-1"),
    "tie-a.md": post("Tie 2", "2024-05-10T00:00:00Z", "A.", author='"Linus"', slug="tie-2"),
    "people.md": post(
        "People",
        "2024-05-09T00:00:00Z",
        "P.",
        authors='[{name: "Zoë", url: "https://zoe.example/", email: "zoe@mail.example"}, "Al"]',
    ),
    "day.md": post("Day", '"2024-02-29"', "Midnight of the site's zone."),
    "undated.md": "---\ntitle: Undated\n---\n\nNever dated.\n",
    "draft.md": post("Hidden draft", draft="true", body="hidden words"),
    "future.md": post("Hidden future", "2999-01-01", "hidden words"),
}
WANTED = [
    wanted(
        "full",
        'AT&T <b> "x" ]]> 🎉',
        "2024-05-20T08:00:00Z",
        updated="2024-05-21T12:30:00Z",
        authors=("Ada Lovelace", "Grace Hopper"),
        tags=("Python", "C++", "日本語"),
        summary="Ampersand & <b> & more",
        image=HOME + "img/full.png",
    ),
    wanted("plain", "Plain", "2024-05-19T00:00:00Z"),
    wanted("untitled", None, "2024-05-18T00:00:00Z"),
    wanted("emoji", "🎉🎊", "2024-05-17T00:00:00Z"),
    wanted("%E6%97%A5%E6%9C%AC%E8%AA%9E", "日本語の題", "2024-05-16T00:00:00Z", tags=("日本語",)),
    wanted("podcast", "Episode 1", "2024-05-15T00:00:00Z", enclosures=(MP3,)),
    wanted("two", "Two sounds", "2024-05-14T00:00:00Z", enclosures=(MP3, OGG)),
    wanted("iri", "IRI", "2024-05-13T00:00:00Z", id="tag:example.org,2005:iri"),
    wanted("uuid", "UUID", "2024-05-12T12:00:00Z", id=UUID),
    wanted("text", "Text", "2024-05-12T00:00:00Z", id="post 17 of the old site"),
    wanted("relative-id", "Relative", "2024-05-11T12:00:00Z"),
    wanted("control", "abcd", "2024-05-11T00:00:00Z"),
    wanted("tie-1", "Tie 1", "2024-05-10T00:00:00Z", authors=("Linus",)),
    wanted("tie-2", "Tie 2", "2024-05-10T00:00:00Z", authors=("Linus",)),
    wanted("people", "People", "2024-05-09T00:00:00Z", authors=("Zoë", "Al")),
    wanted("day", "Day", "2024-02-28T23:00:00Z"),
]


def path_of(row: Wanted) -> str:
    return urlsplit(row.link).path.strip("/")


NAMES = [path_of(row) for row in WANTED]
OTHER = """
[site]
url = "https://example.org/"
title = "Other"
[feeds]
entries = 3
content = "summary"
[paths]
rss = "/index.xml"
atom = "/feeds/atom"
json = "/feeds/json"
sitemap = "/map.xml"
[aliases]
"/rss.xml" = "/index.xml"
"""
OFF = """
[site]
url = "https://example.org/"
[paths]
atom = false
json = false
sitemap = false
opml = false
"""
MOVED = {
    "/feed.xml": "/index.xml",
    "/atom.xml": "/feeds/atom",
    "/feed.json": "/feeds/json",
    "/sitemap.xml": "/map.xml",
}
DEEP = "deep inside the body"
IMAGES = ("image", "thumbnail")
Documents = dict[str, Answer]
Sounds = tuple[tuple[str, str, int], ...]


def fetch(site: Site, paths: list[str]) -> Documents:
    with site.live() as server:
        return {path: server.get(path) for path in paths}


@pytest.fixture(scope="module")
def rich(module_site: Site) -> Documents:
    """Every document of the site of `SETTINGS` and `POSTS`."""
    module_site.settings(SETTINGS)
    for name, text in POSTS.items():
        module_site.write(name, text)
    return fetch(module_site, PATHS)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Documents of a site with the settings `OTHER` and four long posts."""
    site = Site(tmp_path_factory.mktemp("other") / "site")
    site.settings(OTHER)
    for day in range(1, 5):
        body = f"Opening of {day}.\n\n" + "And more. " * 200 + f"\n\nIt is {DEEP}."
        site.write(f"p{day}.md", post(f"P{day}", f"2024-05-0{day}", body))
    return fetch(site, [*MOVED.values(), "/rss.xml", "/robots.txt", "/feeds.opml", "/", *MOVED])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Every document of a site without a single post and with the fewest settings."""
    return fetch(Site(tmp_path_factory.mktemp("empty") / "site"), PATHS)


def parse(answer: Answer) -> etree._Element:
    """Parse strictly: no recovery, no entity of a DTD."""
    assert answer.status == 200
    return etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False))


def channel(documents: Documents, path: str = "/feed.xml") -> etree._Element:
    return only(parse(documents[path]), "channel")


def feed(documents: Documents, path: str = "/atom.xml") -> etree._Element:
    return parse(documents[path])


def only(element: etree._Element, path: str) -> etree._Element:
    """Return the one element at `path`."""
    found = element.findall(path, NS)
    assert len(found) == 1, f"{path} occurs {len(found)} times"
    return found[0]


def texts(element: etree._Element, path: str) -> list[str]:
    return [one.text or "" for one in element.findall(path, NS)]


def text(element: etree._Element, path: str) -> str | None:
    """Return the text at `path`, None without such an element; never of two."""
    found = texts(element, path)
    assert len(found) < 2, f"{path} occurs {len(found)} times"
    return found[0] if found else None


def rfc3339(value: str | None) -> str:
    """Read a date as RFC 3339, 5.6 wants it, whole and with an offset; return it in UTC."""
    assert value
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    assert re.fullmatch(pattern, value), value
    return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def rfc822(value: str | None) -> str:
    """Read a date of RSS: English, four digits of year, UTC (row 67); return it as RFC 3339."""
    assert value
    days = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    pattern = rf"({days}), \d\d ({months}) \d{{4}} \d\d:\d\d:\d\d (\+0000|GMT)"
    assert re.fullmatch(pattern, value), value
    moment = parsedate_to_datetime(value)
    assert value.startswith(f"{moment:%a}"), f"{value} names the wrong day of the week"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def rss_item(documents: Documents, name: str) -> etree._Element:
    return channel(documents).findall("item")[NAMES.index(name)]


def atom_entry(documents: Documents, name: str) -> etree._Element:
    return feed(documents).findall("a:entry", NS)[NAMES.index(name)]


def json_item(documents: Documents, name: str) -> dict[str, Any]:
    return dict(documents["/feed.json"].json["items"][NAMES.index(name)])


def picture(element: etree._Element) -> str | None:
    """Return the one image of an item or entry, as Media RSS has it."""
    media = [*element.iterfind(".//media:content", NS), *element.iterfind(".//media:thumbnail", NS)]
    urls = {one.get("url") for one in media if one.get("medium", one.tag[-9:]) in IMAGES}
    assert len(urls) < 2
    return urls.pop() if urls else None


def sounds(item: etree._Element) -> Sounds:
    """Return the enclosures of an RSS item: `enclosure`, and Media RSS for further ones."""
    media = item.iterfind(".//media:content", NS)
    rows = [(one.get("url"), one.get("type"), one.get("length")) for one in item.iter("enclosure")]
    rows += [(one.get("url"), one.get("type"), one.get("fileSize")) for one in media]
    return tuple(
        (str(url), str(kind), int(size)) for url, kind, size in dict.fromkeys(rows) if size
    )


def as_html(value: str | None) -> str | None:
    """Read what readers take for HTML: an RSS description is "entity-encoded HTML" (RSS 2.0)."""
    body: Any = lxml.html.fromstring(value) if value else None
    return str(body.text_content()) if value else None


def in_rss(item: etree._Element) -> Wanted:
    return Wanted(
        id=text(item, "guid"),
        link=text(item, "link") or "",
        title=text(item, "title"),
        published=rfc822(text(item, "pubDate")),
        authors=tuple(texts(item, "dc:creator") or texts(item, "author")),
        tags=tuple(texts(item, "category")),
        summary=as_html(text(item, "description")),
        image=picture(item),
        enclosures=sounds(item),
    )


def links(element: etree._Element, rel: str) -> list[dict[str, str]]:
    """Return the attributes of Atom links; without rel it is alternate (RFC 4287, 4.2.7.2)."""
    found = [one for one in element.findall("a:link", NS) if one.get("rel", "alternate") == rel]
    return [{str(key): str(value) for key, value in one.items()} for one in found]


def in_atom(entry: etree._Element) -> Wanted:
    (alternate,) = links(entry, "alternate")
    attached = links(entry, "enclosure")
    return Wanted(
        id=text(entry, "a:id"),
        link=alternate["href"],
        title=text(entry, "a:title"),
        published=rfc3339(text(entry, "a:published")),
        updated=rfc3339(text(entry, "a:updated")),
        authors=tuple(texts(entry, "a:author/a:name")),
        tags=tuple(one.get("term", "") for one in entry.iterfind("a:category", NS)),
        summary=text(entry, "a:summary"),
        image=picture(entry),
        enclosures=tuple((one["href"], one["type"], int(one["length"])) for one in attached),
    )


def in_json(item: dict[str, Any]) -> Wanted:
    attached = item.get("attachments", [])
    return Wanted(
        id=item["id"],
        link=item["url"],
        title=item.get("title"),
        published=rfc3339(item["date_published"]),
        updated=rfc3339(item.get("date_modified", item["date_published"])),
        authors=tuple(author["name"] for author in item.get("authors", [])),
        tags=tuple(item.get("tags", [])),
        summary=item.get("summary"),
        image=item.get("image"),
        enclosures=tuple((one["url"], one["mime_type"], one["size_in_bytes"]) for one in attached),
    )


def comparable(seen: Wanted, row: Wanted) -> Wanted:
    """Leave out of `seen` what the author did not write and a document may make up."""
    authors, summary = row.authors and seen.authors, row.summary and seen.summary
    return replace(seen, authors=authors, summary=summary)


@pytest.mark.parametrize("row", WANTED, ids=NAMES)
def test_rss_item(rich: Documents, row: Wanted) -> None:
    """RSS 2.0 has no date of change; all else is there, and the item in its place (row 68)."""
    seen = in_rss(rss_item(rich, path_of(row)))
    assert comparable(seen, row) == replace(row, updated=None)


@pytest.mark.parametrize("row", WANTED, ids=NAMES)
def test_atom_entry(rich: Documents, row: Wanted) -> None:
    """As in RSS, but for the id (an IRI, RFC 4287, 4.2.6) and the title (required, 4.1.2)."""
    seen = in_atom(atom_entry(rich, path_of(row)))
    title, updated = row.title or seen.title, row.updated or row.published
    assert comparable(seen, row) == replace(row, id=seen.id, title=title, updated=updated)


@pytest.mark.parametrize("row", WANTED, ids=NAMES)
def test_json_item(rich: Documents, row: Wanted) -> None:
    seen = in_json(json_item(rich, path_of(row)))
    assert comparable(seen, row) == replace(row, updated=row.updated or row.published)


def test_feeds_have_the_public_posts_alone(rich: Documents) -> None:
    """Not the draft, not the one of the future, not the undated one (DESIGN.md)."""
    counts = [
        len(channel(rich).findall("item")),
        len(feed(rich).findall("a:entry", NS)),
        len(rich["/feed.json"].json["items"]),
    ]
    assert counts == [len(WANTED)] * 3
    assert not [path for path in PATHS if "idden" in rich[path].text]


def test_rss_channel(rich: Documents) -> None:
    """RSS 2.0, required and optional channel elements; `ttl` agrees with max-age in minutes."""
    found = channel(rich)
    assert feed(rich, "/feed.xml").get("version") == "2.0"
    fields = ("title", "description", "language", "copyright", "ttl")
    assert [text(found, name) for name in fields] == [
        "Äpfel & <Birnen>",
        "What grows & what does not",
        "en-GB",
        "© 2024 Ada Gärtner",
        "30",
    ]
    assert text(found, "image/url") == HOME + "logo.png"
    assert text(found, "image/link") == HOME
    assert text(found, "image/title") == "Äpfel & <Birnen>"
    assert re.fullmatch(r"\D+", text(found, "generator") or "")


def test_atom_feed(rich: Documents) -> None:
    """RFC 4287, 4.1.1 and 4.2; `generator` without a version: a release is not a change."""
    found = feed(rich)
    fields = ("title", "subtitle", "rights", "icon", "logo")
    assert [text(found, "a:" + name) for name in fields] == [
        "Äpfel & <Birnen>",
        "What grows & what does not",
        "© 2024 Ada Gärtner",
        HOME + "icon.png",
        HOME + "logo.png",
    ]
    assert urlsplit(text(found, "a:id") or "").scheme
    assert text(found, "a:author/a:name") == "Ada Gärtner"
    assert text(found, "a:author/a:uri") == HOME + "ada"
    alternates = [(one["href"], one["type"]) for one in links(found, "alternate")]
    assert alternates[0] == (HOME, "text/html"), "many readers take the first one"
    assert len({kind for _, kind in alternates}) == len(alternates)
    assert found.get(LANG) == "en-GB"
    generator = only(found, "a:generator")
    assert "version" not in generator.attrib
    assert re.fullmatch(r"\D+", generator.text or "")


def test_json_feed(rich: Documents) -> None:
    """JSON Feed 1.1, "Top-level": `icon` is the large picture, `favicon` the small one."""
    found = rich["/feed.json"].json
    assert {key: value for key, value in found.items() if key != "items"} | {"icon": ""} == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Äpfel & <Birnen>",
        "home_page_url": HOME,
        "feed_url": HOME + "feed.json",
        "description": "What grows & what does not",
        "icon": "",
        "favicon": HOME + "icon.png",
        "authors": [{"name": "Ada Gärtner", "url": HOME + "ada"}],
        "language": "en-GB",
    }
    assert found["icon"] in (HOME + "logo.png", HOME + "icon.png")


def everything(node: Any) -> Iterator[Any]:
    """Yield `node` of a JSON document and all that is below it."""
    yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from everything(part)


@pytest.mark.parametrize("name", ["rich", "empty"])
def test_json_feed_has_no_nulls(name: str, request: pytest.FixtureRequest) -> None:
    """A field without a value is left out; ids are strings, each item has content (row 78)."""
    found = request.getfixturevalue(name)["/feed.json"].json
    items = found.pop("items")
    assert not [one for one in everything([found, *items]) if one in (None, "", [], {})]
    assert all(isinstance(item["id"], str) for item in items)
    assert all(item.keys() & {"content_html", "content_text"} for item in items)


SHAPES = {
    # name: children exactly once, at most once, any number of times
    "feed": (
        "id title updated",
        "generator icon logo rights subtitle",
        "author category contributor link entry",
    ),
    "entry": (
        "id title updated",
        "published rights summary content source",
        "author category contributor link",
    ),
    "channel": (
        "title link description",
        "language copyright managingEditor webMaster pubDate lastBuildDate generator docs ttl "
        "image",
        "category item",
    ),
    "item": (
        "",
        "title link description author comments guid pubDate source",
        "category enclosure",
    ),
}


def misshapen(element: etree._Element) -> list[str]:
    """Return the children in the element's own vocabulary that are missing or too many."""
    own = etree.QName(element)
    once, maybe, free = (names.split() for names in SHAPES[own.localname])
    names = [etree.QName(child) for child in element.iterchildren(etree.Element)]
    count = Counter(name.localname for name in names if name.namespace == own.namespace)
    wrong = [name for name in once if count[name] != 1] + [
        name for name in maybe if count[name] > 1
    ]
    return wrong + [name for name in count if name not in (*once, *maybe, *free)]


@pytest.mark.parametrize("name", ["rich", "empty"])
@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml"])
def test_structure(name: str, path: str, request: pytest.FixtureRequest) -> None:
    """RFC 4287, 4.1.1 and 4.1.2 (row 77), and RSS 2.0: what has to be there once is there once."""
    root = parse(request.getfixturevalue(name)[path])
    elements = [one for one in root.iter(etree.Element) if etree.QName(one).localname in SHAPES]
    assert {one.tag: misshapen(one) for one in elements if misshapen(one)} == {}
    for item in root.iter("item"):
        assert text(item, "title") or text(item, "description")
    for entry in root.iterfind("a:entry", NS):
        assert root.find("a:author/a:name", NS) is not None or texts(entry, "a:author/a:name")


def test_self_links(rich: Documents) -> None:
    """One absolute address per feed, the same in body and header (row 71)."""
    rss, atom = links(channel(rich), "self"), links(feed(rich), "self")
    assert [(one["href"], one["type"]) for one in rss] == [(HOME + "feed.xml", FEEDS["/feed.xml"])]
    assert [(one["href"], one["type"]) for one in atom] == [(HOME + "atom.xml", FEEDS["/atom.xml"])]
    for path in FEEDS:
        header = rich[path]["Link"]
        assert re.findall(r'<([^>]*)>[^,]*rel="?self"?', header) == [HOME + path[1:]]


@pytest.mark.parametrize("path", TYPES)
def test_content_type(rich: Documents, path: str) -> None:
    assert rich[path]["Content-Type"] == TYPES[path]


@pytest.mark.parametrize("name", ["rich", "empty"])
@pytest.mark.parametrize("path", XML)
def test_feedgen_declaration_in_single_quotes(
    name: str, path: str, request: pytest.FixtureRequest
) -> None:
    """The first bytes (row 53); no DTD, no stylesheet instruction (row 99), nothing after."""
    body = request.getfixturevalue(name)[path].body
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert body.count(b"<?") == 1
    assert b"<!DOCTYPE" not in body
    assert body.rstrip().endswith(b">")


def test_guid_is_a_permalink_only_if_it_is_the_address(rich: Documents) -> None:
    """RSS 2.0, guid: without isPermaLink="false" a reader may open it (row 63)."""
    for row in WANTED:
        guid = only(rss_item(rich, path_of(row)), "guid")
        wanted = "true" if row.id == row.link else "false"
        assert guid.get("isPermaLink", "true") == wanted, row.id


def test_atom_ids(rich: Documents) -> None:
    """An IRI as it is, a UUID as urn:uuid:, any other guid as a tag: URI (DESIGN.md)."""
    ids = {name: text(atom_entry(rich, name), "a:id") or "" for name in NAMES}
    given = {row.id: ids[path_of(row)] for row in WANTED}
    assert given.pop(UUID) == f"urn:uuid:{UUID}"
    other = given.pop("post 17 of the old site")
    assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[\x21-\x7e]+", other), other
    assert all(key == value for key, value in given.items())
    assert len(set(ids.values())) == len(ids)


def test_content_is_the_same_html_in_every_feed(rich: Documents) -> None:
    """Whole, as HTML, links absolute against the post's own address (row 57)."""
    html = text(rss_item(rich, "full"), "content:encoded") or ""
    assert html == text(atom_entry(rich, "full"), "a:content")
    assert html == json_item(rich, "full")["content_html"]
    body: Any = lxml.html.fromstring(html)
    assert "Hallo\xa0Welt © ]]> mit Verweis und" in body.text_content()
    assert [link[2] for link in body.iterlinks()] == [HOME + "dort", HOME + "full/bild.png"]


def test_feedgen_writes_type_cdata(rich: Documents) -> None:
    """RFC 4287, 3.1.1 and 4.1.3.1: text, html or xhtml, never CDATA."""
    for entry in feed(rich).iterfind("a:entry", NS):
        assert only(entry, "a:content").get("type") == "html"
        texts_of = [one for one in entry if etree.QName(one).localname in ("title", "summary")]
        assert {one.get("type", "text") for one in texts_of} == {"text"}


def test_language_of_a_post(rich: Documents) -> None:
    """`lang` of the front matter stands where the format has a place for it."""
    entry = atom_entry(rich, "full")
    assert "de" in (entry.get(LANG), only(entry, "a:content").get(LANG))
    assert json_item(rich, "full")["language"] == "de"


def test_feedgen_channel_link_becomes_the_last_link(rich: Documents) -> None:
    """The channel's link is the site's page, never the feed's own address."""
    assert texts(channel(rich), "link") == [HOME]
    assert rich["/feed.json"].json["home_page_url"] == HOME


def test_feedgen_atom_entry_links_lose_rel_type_and_length(rich: Documents) -> None:
    attached = [("enclosure", *MP3), ("enclosure", *OGG)]
    found = links(atom_entry(rich, "two"), "enclosure")
    assert [(x["rel"], x["href"], x["type"], int(x["length"])) for x in found] == attached
    for name in NAMES:
        assert len(links(atom_entry(rich, name), "alternate")) == 1


def test_feedgen_second_enclosure_replaces_the_first(rich: Documents) -> None:
    """The first stays the item's `enclosure`: that is what clients with room for one take."""
    item = rss_item(rich, "two")
    first = item.findall("enclosure")[0]
    assert (first.get("url"), first.get("type"), first.get("length")) == (*MP3[:2], str(MP3[2]))
    assert sounds(item) == (MP3, OGG)


def test_feedgen_add_entry_prepends(rich: Documents) -> None:
    """Newest first in every format, ties by id (row 68)."""
    for seen in (
        texts(channel(rich), "item/link"),
        [links(one, "alternate")[0]["href"] for one in feed(rich).iterfind("a:entry", NS)],
        [item["url"] for item in rich["/feed.json"].json["items"]],
    ):
        assert seen == [row.link for row in WANTED]


def test_feedgen_author_without_email_vanishes(rich: Documents) -> None:
    """Each author by name in RSS, where `author` would have to be an address."""
    assert texts(rss_item(rich, "full"), "dc:creator") == ["Ada Lovelace", "Grace Hopper"]
    assert not rss_item(rich, "full").findall("author")


def test_an_author_has_a_page_but_no_address(rich: Documents) -> None:
    """The `url` of an author is published, the `email` never (DIALECTS.md, "authors")."""
    people = [{"name": "Zoë", "url": "https://zoe.example/"}, {"name": "Al"}]
    assert json_item(rich, "people")["authors"] == people
    assert texts(atom_entry(rich, "people"), "a:author/a:uri") == ["https://zoe.example/"]
    assert not [path for path in PATHS if "mail.example" in rich[path].text]


def test_feedgen_entry_without_title_raises(rich: Documents) -> None:
    """No title in RSS and JSON Feed, the first words in Atom (DESIGN.md)."""
    assert rss_item(rich, "untitled").find("title") is None
    assert "title" not in json_item(rich, "untitled")
    title = (text(atom_entry(rich, "untitled"), "a:title") or "").rstrip(" …,.")
    assert title.startswith("Only a few words")
    assert POSTS["untitled.md"].partition("\n\n")[2].startswith(title)
    assert len(title) < 200


def test_feedgen_updated_defaults_to_the_clock(rich: Documents) -> None:
    """An entry changed when its author says so, else when it was published."""
    updated = [rfc3339(one) for one in texts(feed(rich), "a:entry/a:updated")]
    assert updated == [row.updated or row.published for row in WANTED]


def test_the_first_publication_reads_no_clock(rich: Documents) -> None:
    """Without history a document starts with the newest date among its posts (DESIGN.md)."""
    newest = max(row.updated or row.published for row in WANTED)
    assert rfc822(text(channel(rich), "lastBuildDate")) == newest
    assert rfc3339(text(feed(rich), "a:updated")) == newest
    for path in (*FEEDS, "/sitemap.xml"):
        assert rfc822(rich[path]["Last-Modified"]) == newest, path


def test_feedgen_itunes_explicit_refuses_true(rich: Documents) -> None:
    """`explicit: true` does not cost the episode; if it is told, then in iTunes' words."""
    item = rss_item(rich, "podcast")
    assert text(item, "title") == "Episode 1"
    assert text(item, "itunes:explicit") in (None, "true", "yes")


def test_feedgen_one_control_character_fails_the_feed(rich: Documents) -> None:
    """What XML 1.0 forbids is removed, in JSON Feed too; the words around it stay (row 56)."""
    for path in FEEDS:
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", rich[path].text)
    content = json_item(rich, "control")["content_html"]
    assert json_item(rich, "control")["title"] == "abcd"
    assert "Be" in content
    assert "ll" in content


def test_sitemap(rich: Documents) -> None:
    """Posts and extra pages once each; lastmod is the author's date or is left out (DESIGN.md)."""
    urlset = parse(rich["/sitemap.xml"])
    assert urlset.tag == f"{{{NS['s']}}}urlset"
    rows = {row.link: row.updated or row.published for row in WANTED}
    pages = dict.fromkeys((HOME, HOME + "about/", HOME + "undated/"))
    found = [(text(url, "s:loc"), text(url, "s:lastmod")) for url in urlset]
    assert len(found) == len(rows | pages)
    assert {loc: lastmod and rfc3339(lastmod) for loc, lastmod in found} == rows | pages
    names = {etree.QName(one).localname for one in urlset.iter(etree.Element)}
    assert names == {"urlset", "url", "loc", "lastmod"}


@pytest.mark.parametrize(("name", "path"), [("rich", "sitemap.xml"), ("other", "map.xml")])
def test_robots(name: str, path: str, request: pytest.FixtureRequest) -> None:
    """RFC 9309, 2.2: a group for everybody that forbids no page; an absolute sitemap (row 86)."""
    lines = request.getfixturevalue(name)["/robots.txt"].text.splitlines()
    assert f"Sitemap: {HOME}{path}" in lines
    assert [line for line in lines if line.lower().startswith("user-agent:")] == ["User-agent: *"]
    assert "Disallow: /" not in lines


def addresses(name: str) -> dict[str, str]:
    """Return the media type of each feed's address on the site `name`."""
    moved = MOVED if name == "other" else {}
    return {HOME + moved.get(path, path)[1:]: kind for path, kind in FEEDS.items()}


@pytest.mark.parametrize("name", ["rich", "other", "empty"])
def test_opml(name: str, request: pytest.FixtureRequest) -> None:
    """OPML 2.0, "Subscription lists": type, text and xmlUrl in each outline."""
    root = parse(request.getfixturevalue(name)["/feeds.opml"])
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert text(root, "head/title")
    first, *groups = list(only(root, "body").iter("outline"))
    assert first.get("xmlUrl") in addresses(name)
    assert bool(groups) == (name == "rich")
    assert all("/tags/" in (one.get("xmlUrl") or "") for one in groups)
    outlines = [first, *groups]
    assert {one.get("type") for one in outlines} == {"rss"}
    assert {one.get("htmlUrl") for one in outlines} == {HOME}
    assert all(one.get("text") for one in outlines)
    urls = [one.get("xmlUrl") for one in outlines]
    assert len(urls) == len(set(urls))


@pytest.mark.parametrize("name", ["rich", "other", "empty"])
def test_index_page(name: str, request: pytest.FixtureRequest) -> None:
    """Autodiscovery (row 98): one alternate per feed, with its type, a title, absolute."""
    answer = request.getfixturevalue(name)["/"]
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    head = lxml.html.document_fromstring(answer.body).find("head")
    assert head is not None
    found = {
        (one.get("href"), one.get("type"))
        for one in head.iterfind("link")
        if one.get("rel") == "alternate" and one.get("title")
    }
    assert found == set(addresses(name).items())


def test_summary_instead_of_content(other: Documents) -> None:
    """feeds.content = "summary": no document has more than the opening words."""
    assert not [path for path, answer in other.items() if DEEP in answer.text]
    root = channel(other, "/index.xml")
    assert root.find("item/content:encoded", NS) is None
    for words in texts(root, "item/description"):
        assert words.startswith("Opening of ")
    for words in texts(feed(other, "/feeds/atom"), "a:entry/a:summary"):
        assert words.startswith("Opening of ")
    for item in other["/feeds/json"].json["items"]:
        assert "Opening of " in item.get("content_html", item.get("content_text"))


def test_entries_limits_feeds_but_not_the_sitemap(other: Documents) -> None:
    """feeds.entries = 3: the newest three of four; the sitemap has all."""
    newest = ["P4", "P3", "P2"]
    assert texts(channel(other, "/index.xml"), "item/title") == newest
    assert texts(feed(other, "/feeds/atom"), "a:entry/a:title") == newest
    assert [item["title"] for item in other["/feeds/json"].json["items"]] == newest
    locs = {loc for loc in texts(parse(other["/map.xml"]), "s:url/s:loc") if "/p" in loc}
    assert locs == {f"{HOME}p{day}/" for day in range(1, 5)}


def test_paths_and_aliases(other: Documents) -> None:
    """Documents are where the settings put them and name that place; aliases lead there."""
    assert links(channel(other, "/index.xml"), "self")[0]["href"] == HOME + "index.xml"
    assert links(feed(other, "/feeds/atom"), "self")[0]["href"] == HOME + "feeds/atom"
    assert other["/feeds/json"].json["feed_url"] == HOME + "feeds/json"
    assert [other[path].status for path in MOVED] == [404] * len(MOVED)
    assert (other["/rss.xml"].status, other["/rss.xml"]["Location"]) == (301, HOME + "index.xml")


def test_documents_left_out(site: Site) -> None:
    """A path of false: no such document, and no other one that leads to it."""
    site.settings(OFF)
    site.write("a.md", post("A"))
    documents = fetch(site, PATHS)
    gone = ["/atom.xml", "/feed.json", "/sitemap.xml", "/feeds.opml"]
    left = {path: answer for path, answer in documents.items() if path not in gone}
    assert [documents[path].status for path in gone] == [404] * len(gone)
    assert {answer.status for answer in left.values()} == {200}
    text_of = "".join(answer.text for answer in left.values())
    assert not [path for path in gone if path in text_of]


def test_empty_site(empty: Documents) -> None:
    """A folder without posts is a valid feed without entries, answered 200 (row 51)."""
    assert [answer.status for answer in empty.values()] == [200] * len(PATHS)
    assert channel(empty).find("item") is None
    assert feed(empty).find("a:entry", NS) is None
    assert empty["/feed.json"].json["items"] == []
    assert parse(empty["/sitemap.xml"]).tag == f"{{{NS['s']}}}urlset"
    assert rfc3339(text(feed(empty), "a:updated"))
