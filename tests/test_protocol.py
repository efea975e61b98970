"""Request → response on content that does not change: the rows of PROTOCOL.md, on both servers."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
from conftest import URL, Answer, Server, Site, post
from lxml import etree

DOCUMENTS = {
    "/feed.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/feeds.opml": "text/x-opml; charset=utf-8",
}
XML = ["/feed.xml", "/atom.xml", "/sitemap.xml", "/feeds.opml"]
FEEDS = ["/feed.xml", "/atom.xml", "/feed.json"]
# Small documents may have no coded representation: gzip would make them larger.
LARGE = [*FEEDS, "/sitemap.xml"]
SETTINGS = f"""
[site]
url = "{URL}"
title = "Example"
author = "Ada"
[aliases]
"/rss.xml" = "/feed.xml"
"/blog/atom/" = "/atom.xml"
"""
Pairs = list[tuple[str, str]]


def fill(site: Site) -> None:
    """Give the site forty posts, long enough that each coding makes another size."""
    site.settings(SETTINGS)
    for number in range(40):
        words = " ".join(f"word{number * 7919 * n % 997}" for n in range(200))
        site.write(
            f"post-{number:02}.md", post(f"Post {number}", f"2024-05-{number % 28 + 1:02}", words)
        )
    site.write(
        "zoned.md", post("Zoned", "2024-06-03T10:30:00+02:00", updated="2024-07-04T01:02:03Z")
    )


@pytest.fixture(scope="module", params=["granian", "gunicorn"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The same site behind each server, with every document there."""
    site = Site(tmp_path_factory.mktemp(request.param) / "site")
    fill(site)
    with site.serve(request.param) as running:
        for path in DOCUMENTS:
            running.until(lambda answer: True, path)
        yield running


def values(answer: Answer, name: str) -> list[str]:
    return [value for key, value in answer.headers if key == name]


def comparable(answer: Answer) -> tuple[int, Pairs, bytes]:
    """Return all of an answer that may not differ between two equal requests."""
    return answer.status, sorted(h for h in answer.headers if h[0] != "date"), answer.body


def directives(answer: Answer) -> dict[str, str]:
    """Return the directives of Cache-Control (RFC 9111, 5.2)."""
    parts = (part.strip().partition("=") for part in answer["cache-control"].lower().split(","))
    return {name: value for name, _, value in parts}


def coding(answer: Answer) -> str:
    return "".join(values(answer, "content-encoding")) or "identity"


def decoded(answer: Answer) -> bytes:
    """Return the identity bytes of an answer in any coding that we speak."""
    undo = {"gzip": gzip.decompress, "br": brotli.decompress, "identity": bytes}
    return bytes(undo[coding(answer)](answer.body))


def links(answer: Answer, rel: str) -> list[str]:
    """Return the targets of the Link header with this relation (RFC 8288, 3)."""
    found = re.findall(r"<([^>]*)>([^<]*)", ", ".join(values(answer, "link")))
    return [url for url, rest in found if re.search(rf';\s*rel="?{rel}\b', rest)]


# --- Row 1: the whole document ------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_1_get(server: Server, path: str) -> None:
    """Rows 1, 22, 40, 100: what every 200 carries, and the exact Content-Type."""
    answer = server.get(path)
    assert answer.status == 200
    assert answer.body
    assert answer["content-type"] == DOCUMENTS[path]
    assert re.fullmatch(r'"1-[0-9a-f]+"', answer["etag"])
    modified = parsedate_to_datetime(answer["last-modified"])
    assert answer["last-modified"] == format_datetime(modified, usegmt=True)
    assert modified <= parsedate_to_datetime(answer["date"])
    assert [name.strip().lower() for name in answer["vary"].split(",")] == ["accept-encoding"]
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["access-control-allow-origin"] == "*"
    assert answer["accept-ranges"] == "none"
    assert answer["content-length"] == str(len(answer.body))
    assert "set-cookie" not in answer


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_1_cache_control(server: Server, path: str) -> None:
    """Rows 1, 102, "Decisions": the default times; `ttl` is max-age in minutes."""
    answer = server.get(path)
    assert directives(answer) == {
        "public": "",
        "max-age": "900",
        "stale-while-revalidate": "600",
        "stale-if-error": "86400",
    }
    if path == "/feed.xml":
        assert etree.fromstring(answer.body).findtext("channel/ttl") == "15"
    if "expires" in answer:
        age = parsedate_to_datetime(answer["expires"]) - parsedate_to_datetime(answer["date"])
        assert age == timedelta(seconds=900)


# --- Rows 3 to 17, 82, 103: conditional requests ------------------------------------------------


GZIP, BR = '"{d}-gzip"', '"{d}-br"'
# Row, status, tag of a 304, Accept-Encoding, values of If-None-Match; {T} etc.: see `known`.
TAGS: list[tuple[str, int, str, str | None, str]] = [
    ("3-4", 304, "{T}", None, "{T} | W/{T}"),
    ("3-4", 304, "{T}", "gzip, br", "{T} | W/{T}"),
    ("5", 304, GZIP, None, '"{d}-gzip" | "{d};gzip" | {T}-gzip | {T};gzip'),
    ("5", 304, GZIP, None, 'W/"{d}-gzip" | W/"{d};gzip" | W/{T}-gzip | W/{T};gzip'),
    ("5", 304, BR, None, '"{d}-br" | {T}-br | W/"{d}-br" | W/{T}-br'),
    ("5", 304, GZIP, "gzip", '"{d}-gzip" | {T}-gzip | W/"{d};gzip" | "other", "{d}-gzip"'),
    ("5", 304, GZIP, "x-gzip", '"{d}-gzip"'),
    ("5", 304, GZIP, "br, *;q=0.1", '"{d}-gzip"'),
    ("5", 304, BR, "gzip, br;q=0.1", '"{d}-br"'),
    ("5", 304, "{T}", "identity", '"{d}-gzip", {T} | "{d}-br", W/{T}'),
    ("5", 200, "", "", '"{d}-gzip" | "{d}-br"'),
    ("5", 200, "", "identity", '"{d}-gzip" | {T}-gzip | "{d};gzip" | W/"{d}-br" | {T}-br'),
    ("5", 200, "", "br", '"{d}-gzip" | {T};gzip'),
    ("5", 200, "", "gzip;q=0, *", '"{d}-gzip" | W/{T};gzip'),
    ("5", 200, "", "gzip, *;q=0", '"{d}-br" | {T}'),
    ("5", 200, "", "gzip, identity;q=0", "{T} | W/{T}"),
    ("6", 304, "{T}", None, '"a", {T}, "b" | "a",W/{T},"b" | "a,b", {T} | , ,"a", ,{T},'),
    ("7-8", 304, "{T}", None, "* | {d}"),
    ("9", 200, "", None, '""x"" | " | W/ | "\xe9\xff" | \xff\xfe\x80 | "1-" | "{d}0"'),
    ("9", 200, "", None, '"x, {d}, y"'),
    ("9", 200, "", None, " | ".join(["", '"' * 7000, "," * 7000, ",".join(['"abcd"'] * 1000)])),
]
# Row, status, values of If-Modified-Since.
DATES = [
    ("12-13", 304, "{D} | {later}"),
    ("14", 200, "{earlier} | Mon, 01 Jan 1990 00:00:00 GMT"),
    ("15", 304, "{rfc850} | {asctime}"),
    ("15", 200, "{rfc850earlier} | {asctimeearlier}"),
    ("16", 200, " | yesterday | 0 | 4102444800 | 2099-01-01T00:00:00Z | 2099-01-01 00:00:00"),
    ("16", 200, "Wed, 32 May 2099 00:00:00 GMT | Fri, 01 May 2099 25:00:00 GMT | \xe9\xff"),
    ("16", 200, "Fri, 01 May 99999999999 00:00:00 GMT | {D}, {D} | {later}, {D}"),
    ("17", 304, "Fri, 31 Dec 9999 23:59:59 GMT"),
]
TAG, DATE = "If-None-Match", "If-Modified-Since"
BOTH: list[tuple[str, int, Pairs]] = [
    ("6-two-lines", 304, [(TAG, '"a"'), (TAG, "{T}")]),
    ("10", 200, [(TAG, '"other"'), (DATE, "{D}")]),
    ("10-later", 200, [(TAG, '"other"'), (DATE, "{later}")]),
    ("11", 304, [(TAG, "{T}"), (DATE, "Mon, 01 Jan 1990 00:00:00 GMT")]),
    ("11-invalid-date", 304, [(TAG, "{T}"), (DATE, "yesterday")]),
    ("16-two-lines", 200, [(DATE, "{D}"), (DATE, "{later}")]),
]


def conditions() -> Iterator[Any]:
    """Yield the headers, the status and the tag in a 304 for each request of the three tables."""
    for number, status, tag, accept, tags in TAGS:
        coded = [] if accept is None else [("Accept-Encoding", accept)]
        for value in tags.split(" | "):
            name = f"row-{number}-{value[:20]}-{accept}"
            yield pytest.param([(TAG, value), *coded], status, tag, id=name)
    for number, status, dates in DATES:
        for value in dates.split(" | "):
            yield pytest.param([(DATE, value)], status, "{T}", id=f"row-{number}-{value[:32]}")
    for number, status, pairs in BOTH:
        yield pytest.param(pairs, status, "{T}", id=f"row-{number}")


def forms(moment: datetime, suffix: str = "") -> dict[str, str]:
    """Return the two obsolete forms of a date (RFC 9110, 5.6.7)."""
    return {
        f"rfc850{suffix}": f"{moment:%A, %d-%b-%y %H:%M:%S} GMT",
        f"asctime{suffix}": f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}",
    }


def known(answer: Answer) -> dict[str, str]:
    """Return what a client knows of a document: the words that the table uses."""
    moment = parsedate_to_datetime(answer["last-modified"])
    earlier, later = moment - timedelta(seconds=1), moment + timedelta(hours=1)
    return {
        "T": answer["etag"],
        "d": answer["etag"].strip('"'),
        "D": answer["last-modified"],
        "earlier": format_datetime(earlier, usegmt=True),
        "later": format_datetime(later, usegmt=True),
        **forms(moment),
        **forms(earlier, "earlier"),
    }


def assert_not_modified(answer: Answer, whole: Answer) -> None:
    """Rows 3, 103: a 304 has no body and the headers of the 200, except those of the body."""
    assert answer.status == 304
    assert answer.body == b""
    assert values(answer, "content-length") in ([], ["0"])
    for name in ("last-modified", "cache-control", "vary", "link"):
        assert values(answer, name) == values(whole, name), name


@pytest.mark.parametrize(("headers", "status", "tag"), list(conditions()))
@pytest.mark.parametrize("path", DOCUMENTS)
def test_conditional(server: Server, path: str, headers: Pairs, status: int, tag: str) -> None:
    """Rows 3 to 17, 82, 103 (RFC 9110, 13): the table above, for each document."""
    whole = server.get(path)
    words = known(whole)
    answer = server.get(path, [(name, value.format_map(words)) for name, value in headers])
    assert answer.status == status
    if status == 200:
        assert decoded(answer) == whole.body
        return
    assert_not_modified(answer, whole)
    allowed = {tag.format_map(words)} | ({whole["etag"]} if path not in LARGE else set())
    assert answer["etag"] in allowed


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_16_date_with_length(server: Server, path: str) -> None:
    """Row 16: `…GMT; length=345` (old Netscape) may count as its date."""
    date = server.get(path)["last-modified"]
    assert server.get(path, {"If-Modified-Since": f"{date}; length=345"}).status in (200, 304)


@pytest.mark.parametrize(
    "name", ["If-None-Match", "If-Modified-Since", "Accept-Encoding", "X-Junk"]
)
@pytest.mark.parametrize("filler", ["a", '"', "\xff"], ids=["ascii", "quotes", "non-ascii"])
def test_row_9_garbage_of_8_kb(server: Server, name: str, filler: str) -> None:
    """Row 9: 8 kB of garbage get 200, or 431 or 400 above the header limit; never 5xx."""
    assert server.get("/feed.xml", {name: filler * 8192}).status in (200, 431, 400)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_109_poller_keeps_the_headers_of_a_304(server: Server, path: str) -> None:
    """Row 109: FreshRSS and NetNewsWire store the validators of a 304; the next poll is a 304."""
    answer = whole = server.get(path, {"Accept-Encoding": "gzip, br"})
    for _ in range(3):
        stored = {
            "If-None-Match": answer["etag"],
            "If-Modified-Since": answer["last-modified"],
            "Accept-Encoding": "gzip, br",
        }
        answer = server.get(path, stored)
        assert_not_modified(answer, whole)
        assert answer["etag"] == whole["etag"]


# --- Rows 24, 25: codings -----------------------------------------------------------------------

# Codings that may come, and values of Accept-Encoding; "small": the smaller of gzip and br.
CODINGS = [
    ("identity", " | identity | none | deflate | zstd, compress | *;q=0 | identity;q=0, *;q=0"),
    ("identity", "gzip;q=0 | gzip;Q=0 | x-gzip;q=0 | gzip \t;\tq=0.000 | gzip; q=0, br; q=0.0"),
    ("identity", ",,, | ;;; | q=1 | ;q=1, = | gz ip | \xe9\xff | identity, gzip;q=0.5"),
    ("identity", "a" * 7000),
    ("gzip", "gzip | GZip | x-gzip | ,gzip, , | *;q=0, gzip | gzip, identity;q=0 | br;q=0, *"),
    ("gzip", "gzip;q=1.0, br;q=0.8 | gzip;q=0.501,br;q=0.5 | identity;q=0.5, gzip;q=0.5"),
    ("gzip", "gzip," * 1400),
    ("br", "br | br, gzip;q=0.8, *;q=0.1 | gzip;q=0.4,br;q=0.5 | gzip;q=0, br | *, gzip;q=0"),
    ("small", "gzip, br | br, gzip | gzip, deflate, br, zstd | * | *;q=0.5"),
    ("identity gzip", "gzip;q=abc | gzip;q= | gzip;q=1.5 | gzip;q=-1 | gzip;q=nan | gzip;q=inf"),
    ("identity gzip", "gzip;;q=1;x=y | gzip;q=0;q=1"),
    ("identity gzip br", "identity;q=0"),
]
CODED = [(value, allowed) for allowed, values in CODINGS for value in values.split(" | ")]


def shown(value: str | None) -> str:
    return repr(value)[:30]


def smallest(server: Server, path: str) -> str:
    return min("br", "gzip", key=lambda name: len(server.get(path, {"Accept-Encoding": name}).body))


@pytest.mark.parametrize(("accept", "allowed"), [(None, "identity"), *CODED], ids=shown)
@pytest.mark.parametrize("path", DOCUMENTS)
def test_rows_24_25(server: Server, path: str, accept: str | None, allowed: str) -> None:
    """Rows 24, 25 (RFC 9110, 12.5.3): by q-values, then by size; never 406."""
    plain = server.get(path)
    answer = server.get(path, {} if accept is None else {"Accept-Encoding": accept})
    assert answer.status == 200
    assert decoded(answer) == plain.body
    assert answer["content-length"] == str(len(answer.body))
    assert answer["vary"] == plain["vary"]
    suffix = "" if coding(answer) == "identity" else f"-{coding(answer)}"
    assert answer["etag"] == f'{plain["etag"][:-1]}{suffix}"'
    expected = {smallest(server, path)} if allowed == "small" else set(allowed.split())
    assert coding(answer) in expected | (set() if path in LARGE else {"identity"})


@pytest.mark.parametrize("path", LARGE)
def test_row_24_gzip_is_deterministic(server: Server, path: str) -> None:
    """Row 24: gzip with mtime 0 (RFC 1952, 2.3.1), no file name, smaller, the same each time."""
    first, second = (server.get(path, {"Accept-Encoding": "gzip"}) for _ in range(2))
    assert first.body == second.body
    assert first.body[:8] == b"\x1f\x8b\x08\0\0\0\0\0"
    assert len(first.body) < len(server.get(path).body)


# --- Rows 28, 29, 31, 40, 41, 42, 100: what must not matter -------------------------------------

PROXY = [
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Forwarded-Port", "8443"),
    ("X-Forwarded-For", "192.0.2.1"),
    ("Forwarded", "for=192.0.2.1;host=evil.example;proto=http"),
    ("X-Original-URL", "/evil"),
]
INDIFFERENT = {
    "28": [("Accept", "text/html,application/xhtml+xml,*/*;q=0.9")],
    "28-html-only": [("Accept", "text/html")],
    "29": [("Accept", "application/json")],
    "29-nothing": [("Accept", "image/png, */*;q=0")],
    "29-language": [("Accept-Language", "de"), ("User-Agent", "evil/1.0")],
    "40-cookie": [("Cookie", "session=evil; a=b")],
    "40-basic": [("Authorization", "Basic ZXZpbDpldmls")],
    "40-bearer": [("Authorization", "Bearer evil")],
    "41": [("Host", "evil.example")],
    "41-port": [("Host", "evil.example:8443")],
    "42": PROXY,
    "100": [("Range", "bytes=0-99")],
    "100-suffix": [("Range", "bytes=-1")],
    "100-unsatisfiable": [("Range", "bytes=999999999-")],
    "100-if-range": [("Range", "bytes=0-99"), ("If-Range", "Mon, 01 Jan 1990 00:00:00 GMT")],
}


@pytest.mark.parametrize("headers", INDIFFERENT.values(), ids=[f"row-{key}" for key in INDIFFERENT])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_header_that_must_not_matter(server: Server, path: str, headers: Pairs) -> None:
    """Rows 28, 29, 40, 41, 42, 100: the same bytes and headers as always, nothing echoed."""
    answer = server.get(path, headers)
    assert answer.status == 200
    assert comparable(answer) == comparable(server.get(path))
    assert b"evil" not in answer.body
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "form",
    [
        *("{0}?_=1234", "{0}?utm_source=evil", "{0}?null", "{0}?", "{0}?a=%ff%00&&=;"),
        *("/{1}%2E{2}", "/{1}%2e{2}?x=1", "http://evil.example{0}"),
    ],
)
@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_31_other_spellings(server: Server, path: str, form: str) -> None:
    """Rows 31, 41: a query, an encoded dot (RFC 3986, 6.2.2.2), a target in absolute form.

    The same bytes, validators and self link; the absolute form is RFC 9112, 3.2.2.
    """
    plain, target = server.get(path), form.format(path, *path.strip("/").split("."))
    assert comparable(server.get(target)) == comparable(plain)
    assert server.get(target, {"If-None-Match": plain["etag"]}).status == 304


def memory(server: Server) -> dict[int, int]:
    """Return the resident memory in kB of each process of the server's session."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--sid", str(server.process.pid)], capture_output=True, text=True
    ).stdout
    found = {}
    for pid in map(int, listed.split()):
        status = Path(f"/proc/{pid}/status").read_text()
        size = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        found[pid] = int(size.group(1)) if size else 0
    return found


def test_row_32_junk_queries(server: Server) -> None:
    """Row 32: 2,000 junk queries leave memory alone.

    No process grows by 12 MB; one copy of the feed for each query would take over 50 MB.
    """
    plain = server.get("/feed.xml")
    assert 2000 * len(plain.body) > 50_000_000
    for number in range(200):
        server.get(f"/feed.xml?warm={number}")
    before = memory(server)
    for number in range(2000):
        assert server.get(f"/feed.xml?junk{number}={'x' * 500}").status == 200
    after = memory(server)
    grown = {pid: after[pid] - before[pid] for pid in before.keys() & after.keys()}
    assert before.keys() & after.keys()
    assert max(grown.values()) < 12_000, grown
    assert server.get("/feed.xml")["etag"] == plain["etag"]


# --- Rows 21, 22: methods -----------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["none", "gzip", "tag", "other", "date"])
@pytest.mark.parametrize("path", [*DOCUMENTS, "/rss.xml", "/unknown", "/healthz", "/"])
def test_row_21_head(server: Server, path: str, condition: str) -> None:
    """Row 21 (RFC 9110, 9.3.2): status and headers of GET, Content-Length of GET or none."""
    plain = server.get(path)
    headers = {
        "none": {},
        "gzip": {"Accept-Encoding": "gzip"},
        "tag": {"If-None-Match": "".join(values(plain, "etag")) or '"x"'},
        "other": {"If-None-Match": '"other"'},
        "date": {"If-Modified-Since": "".join(values(plain, "last-modified")) or "x"},
    }[condition]
    get, head = server.get(path, headers), server.get(path, headers, "HEAD")
    assert head.body == b""
    assert values(head, "content-length") in ([], values(get, "content-length"))
    without = [
        [h for h in comparable(answer)[1] if h[0] != "content-length"] for answer in (get, head)
    ]
    assert (head.status, without[1]) == (get.status, without[0])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_22_other_methods(server: Server, path: str, method: str) -> None:
    """Row 22 (RFC 9110, 15.5.6): 405 with Allow, with and without a body, validators or not."""
    tag = server.get(path)["etag"]
    for headers, body in (({}, None), ({}, b"a=b" * 1000), ({"If-None-Match": tag}, None)):
        answer = server.get(path, headers, method, body)
        assert answer.status == 405
        assert {name.strip() for name in answer["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
        assert "set-cookie" not in answer


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_22_options(server: Server, path: str) -> None:
    """Row 22: 204 with Allow, open to every origin; no Content-Length (RFC 9110, 8.6)."""
    answer = server.get(path, {"Origin": "https://reader.example"}, "OPTIONS")
    assert answer.status == 204
    assert answer.body == b""
    assert "content-length" not in answer
    assert {name.strip() for name in answer["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
    assert answer["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_unknown_path_under_other_methods(server: Server, method: str) -> None:
    """Rows 22, 46: an unknown path is 404 or 405 under any method; OPTIONS may be answered."""
    allowed = {404, 405} | ({204} if method == "OPTIONS" else set())
    assert server.get("/unknown.xml", method=method).status in allowed
    assert server.get("/unknown.xml", method=method, body=b"a" * 5000).status in allowed


def test_answers_without_body_keep_the_connection_in_step(server: Server) -> None:
    """Rows 3, 21, 22 (RFC 9112, 6.3): after 304, HEAD, 204 and 405 the next answer is in place."""
    plain = server.get("/feed.xml")
    requests: list[tuple[str, dict[str, str], int]] = [
        ("GET", {"If-None-Match": plain["etag"]}, 304),
        ("HEAD", {}, 200),
        ("OPTIONS", {}, 204),
        ("POST", {"Content-Length": "0"}, 405),
        ("GET", {}, 200),
    ]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        for method, headers, status in requests * 2:
            connection.request(method, "/feed.xml", headers={"Accept-Encoding": "", **headers})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status
            assert body == plain.body or (method, status) != ("GET", 200)
    finally:
        connection.close()


# --- Rows 34, 43, 46: other paths ---------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        *("/unknown", "/tags/unknown/feed.xml", "/archive/2024/feed.xml", "/sitemap-2.xml"),
        *("/feed.rdf", "/feed.xml/1", "/FEED.XML", "/healthz/x", "/%E6%97%A5%E6%9C%AC", "/a" * 900),
    ],
    ids=lambda path: path[:30],
)
def test_rows_34_46_unknown_path(server: Server, path: str, method: str) -> None:
    """Rows 34, 46: 404 with a short text that may be cached for a minute."""
    answer = server.get(path, method=method)
    assert answer.status == 404
    assert directives(answer)["max-age"] == "60"
    assert "set-cookie" not in answer
    assert answer["content-type"].startswith("text/plain")
    assert len(answer.body) < 500
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/../feeds.toml", "/%2e%2e/feeds.toml", "/..%2f..%2fetc%2fpasswd", "/..%5cfeeds.toml"),
        *("/feeds.toml", "/content/post-01.md", "/.feeds/ledger.db", "/.feeds/revision"),
        *("//etc/passwd", "///etc/passwd", "/%2fetc%2fpasswd", "/file:///etc/passwd"),
        *("/feed.xml%00", "/%00", "/%ff%fe", "/feed.xml%0d%0aSet-Cookie:%20a=b", "/%", "/%zz"),
        *("/feed.xml%3F_=1", "/static/../feeds.toml", "/feed.xml%20"),
    ],
)
def test_traversal_and_odd_paths(server: Server, path: str) -> None:
    """Rows 34, 46: no file is reachable by path; odd paths are unknown, never an error of ours."""
    answer = server.get(path)
    assert answer.status in (400, 404)
    assert "set-cookie" not in answer
    assert b"root:" not in answer.body


@pytest.mark.parametrize("path", ["//feed.xml", "/./feed.xml", "/feed.xml/", "//evil.example/x"])
def test_path_that_is_nearly_right(server: Server, path: str) -> None:
    """Rows 42, 46: the document, or unknown, or a redirect within the site; never to elsewhere."""
    answer = server.get(path)
    assert answer.status in (200, 301, 308, 404)
    if answer.status in (301, 308):
        assert answer["location"] == f"{URL}feed.xml"
    if answer.status == 200:
        assert answer.body == server.get("/feed.xml").body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [[], [("Host", "evil.example")], PROXY], ids=["", "41", "42"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/rss.xml", "feed.xml"),
        ("/rss.xml?_=1", "feed.xml"),
        ("/rss%2Exml", "feed.xml"),
        ("/blog/atom/", "atom.xml"),
    ],
)
def test_row_43_alias(server: Server, old: str, new: str, headers: Pairs, method: str) -> None:
    """Rows 41, 42, 43: 301 in one hop, Location from the settings, cacheable."""
    answer = server.get(old, headers, method)
    assert answer.status == 301
    assert answer["location"] == URL + new
    assert int(directives(answer)["max-age"]) > 0
    assert "no-store" not in answer["cache-control"]
    assert "set-cookie" not in answer
    assert b"evil" not in answer.body
    assert server.get(f"/{new}").status == 200


# --- Rows 53, 67, 71, 99: the bytes -------------------------------------------------------------


@pytest.mark.parametrize("path", XML)
def test_rows_53_99_xml(server: Server, path: str) -> None:
    """Rows 53, 99: declaration at byte 0, one root, nothing after it, no stylesheet."""
    body = server.get(path).body
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert b"xml-stylesheet" not in body
    root = etree.fromstring(body)
    name = f"{root.prefix}:" if root.prefix else ""
    assert body.rstrip(b"\n").endswith(f"</{name}{etree.QName(root).localname}>".encode())
    assert b"<!DOCTYPE" not in body


def moments(server: Server) -> dict[str, list[str]]:
    """Return every date in the feeds, by element."""
    rss = etree.fromstring(server.get("/feed.xml").body)
    atom = etree.fromstring(server.get("/atom.xml").body)
    items = server.get("/feed.json").json["items"]
    dates = [("pubDate", rss), ("lastBuildDate", rss), ("{*}published", atom), ("{*}updated", atom)]
    texts = {name: [node.text or "" for node in root.iter(name)] for name, root in dates}
    return {
        "rss": texts["pubDate"] + texts["lastBuildDate"],
        "atom": texts["{*}published"] + texts["{*}updated"],
        "json": [item[key] for item in items for key in item if key.startswith("date_")],
    }


def test_row_67_date_forms(server: Server) -> None:
    """Row 67: RFC 822 in English with four digits of year and UTC; RFC 3339 with an offset."""
    found = moments(server)
    day, month = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    rfc822 = rf"({day}), \d\d ({month}) \d{{4}} \d\d:\d\d:\d\d (\+0000|GMT)"
    rfc3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
    assert all(len(dates) >= 30 for dates in found.values())
    assert [date for date in found["rss"] if not re.fullmatch(rfc822, date)] == []
    assert [date for date in found["atom"] + found["json"] if not re.fullmatch(rfc3339, date)] == []


def test_row_67_instant(server: Server) -> None:
    """Row 67: whatever the zone in which it is written, it is the author's instant."""
    zoned = next(
        item for item in server.get("/feed.json").json["items"] if item["title"] == "Zoned"
    )
    published = datetime.fromisoformat("2024-06-03T08:30:00+00:00")
    updated = datetime.fromisoformat("2024-07-04T01:02:03+00:00")
    found = moments(server)
    assert datetime.fromisoformat(zoned["date_published"]) == published
    assert datetime.fromisoformat(zoned["date_modified"]) == updated
    assert published in [parsedate_to_datetime(date) for date in found["rss"]]
    assert {published, updated} <= {datetime.fromisoformat(date) for date in found["atom"]}


@pytest.mark.parametrize("path", FEEDS)
def test_row_71_self_link(server: Server, path: str) -> None:
    """Row 71: one self link in the document, equal to Link rel=self: absolute, without query."""
    answer = server.get(f"{path}?utm_source=x")
    if path == "/feed.json":
        inside = [answer.json["feed_url"]]
    else:
        nodes = etree.fromstring(answer.body).iter("{http://www.w3.org/2005/Atom}link")
        inside = [node.get("href", "") for node in nodes if node.get("rel") == "self"]
    assert inside == [URL + path[1:]]
    assert links(answer, "self") == inside


# --- Rows 104, 105, 2: other clients, other processes -------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS)
def test_row_104_http_1_0(server: Server, path: str) -> None:
    """Row 104: HTTP/1.0 without Host gets the same document, not chunked (RFC 9112, 6.1)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] 200 ", head)
    assert b"transfer-encoding" not in head.lower()
    assert body == server.get(path).body


def collected(site: Site, kind: str) -> dict[str, Answer]:
    with site.serve(kind) as server:
        return {path: server.until(lambda answer: True, path) for path in DOCUMENTS}


def test_row_105_two_publications(tmp_path: Path) -> None:
    """Rows 105, 107: two machines with the same content give the same bytes and ETags.

    Another folder, time zone, hash seed and order of writing; another second.
    """
    first, second = Site(tmp_path / "first"), Site(tmp_path / "second-machine")
    fill(first)
    for file in sorted(first.content.iterdir(), reverse=True):
        second.write(file.name, file.read_bytes())
    second.settings(SETTINGS)
    first.environ = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "LC_ALL": "C"}
    second.environ = {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"}
    for site in (first, second):
        assert site.run("publish").returncode == 0
        site.environ = {}
    one, other = collected(first, "live"), collected(second, "live")
    for path in DOCUMENTS:
        assert (one[path].body, one[path]["etag"]) == (other[path].body, other[path]["etag"])


def test_row_2_other_process(site: Site) -> None:
    """Rows 2, 106: after a restart the same bytes and validators, at once and after its scan."""
    fill(site)
    before = collected(site, "granian")
    with site.serve() as server:
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            for path in DOCUMENTS:
                assert comparable(server.get(path)) == comparable(before[path])
            time.sleep(0.1)
