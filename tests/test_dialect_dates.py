"""Dates in every form that sites write: fields, names of files, schedules."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from feeds.model import Post
from feeds.settings import Settings
from feeds.sources.reading import Reading, Surroundings, understand


def read(front: str, key: str = "posts/hello.md", **content: Any) -> Reading:
    """Read a post with `front` as YAML, in a site in Berlin."""
    site = {"url": "https://example.org/", "timezone": "Europe/Berlin"}
    settings = Settings(site=site, content={"profile": "plain", **content})
    return understand(key, f"---\n{front}\n---\nText.\n".encode(), Surroundings.of(settings))


def post_of(front: str, key: str = "posts/hello.md", **content: Any) -> Post:
    """Return the post that `front` must give."""
    reading = read(front, key, **content)
    assert reading.outcome == "post", reading.problems
    assert reading.post is not None
    return reading.post


def pairs(keys: list[str]) -> list[tuple[str, str]]:
    """Return each key with the one after it: of the two the first must win."""
    return list(pairwise(keys))


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}


def at(text: str) -> int:
    """Return Unix seconds of an ISO time with a zone."""
    return int(datetime.fromisoformat(text).timestamp())


def line(key: str, value: str) -> str:
    """Return YAML that says `value` under a dotted key."""
    outer, _, inner = key.partition(".")
    return f"{outer}: {{{inner}: {value}}}" if inner else f"{key}: {value}"


DATES = {
    "2024-05-01": "2024-05-01T00:00:00+02:00",
    "2024-01-01": "2024-01-01T00:00:00+01:00",
    "'2024-05-01'": "2024-05-01T00:00:00+02:00",
    "\"'2024-05-01'\"": "2024-05-01T00:00:00+02:00",
    "2024-5-1": "2024-05-01T00:00:00+02:00",
    "2024/05/01": "2024-05-01T00:00:00+02:00",
    "2025--10-09": "2025-10-09T00:00:00+02:00",
    "2025/4/11 18:00:00": "2025-04-11T18:00:00+02:00",
    "2024-05-01T10:20:30": "2024-05-01T10:20:30+02:00",
    "2024-05-01 10:20:30": "2024-05-01T10:20:30+02:00",
    "2024-01-01 10:20:30": "2024-01-01T10:20:30+01:00",
    "2026-06-03 17:45": "2026-06-03T17:45:00+02:00",
    "2026-06-03T17:45": "2026-06-03T17:45:00+02:00",
    "2024-05-01T10:20:30Z": "2024-05-01T10:20:30+00:00",
    "2024-05-01T10:20Z": "2024-05-01T10:20:00+00:00",
    "2024-05-01T10:20:30.999Z": "2024-05-01T10:20:30+00:00",
    "2024-05-01T10:20:30.123456+02:00": "2024-05-01T10:20:30+02:00",
    "'2010-09-23T11:55:55+00:00'": "2010-09-23T11:55:55+00:00",
    "2024-05-01T10:20:30+0530": "2024-05-01T10:20:30+05:30",
    "2017-07-08 11:20:38 -0400": "2017-07-08T11:20:38-04:00",
    "2017-07-08 11:20:38 -04:00": "2017-07-08T11:20:38-04:00",
    "2017-07-08 3:46:23 -0400": "2017-07-08T03:46:23-04:00",
    "2017-07-08 11:20:38 +1400": "2017-07-08T11:20:38+14:00",
    "2017-07-08 11:20:38 -1100": "2017-07-08T11:20:38-11:00",
    "2015-08-08 14:12:36 UTC": "2015-08-08T14:12:36+00:00",
    '"\u00a0 2017-09-12 10:00:00"': "2017-09-12T10:00:00+02:00",
    "1498579200000": "2017-06-27T16:00:00+00:00",
    "'1498579200000'": "2017-06-27T16:00:00+00:00",
    "1498579200": "2017-06-27T16:00:00+00:00",
    "11 Oct 2023": "2023-10-11T00:00:00+02:00",
    "1 October 2023": "2023-10-01T00:00:00+02:00",
    "Jul 08 2022": "2022-07-08T00:00:00+02:00",
    "March 18, 2014": "2014-03-18T00:00:00+01:00",
    "Mar 8, 2014": "2014-03-08T00:00:00+01:00",
    "Wed, 01 May 2024 10:20:30 +0200": "2024-05-01T10:20:30+02:00",
    "Wed, 01 May 2024 10:20:30 GMT": "2024-05-01T10:20:30+00:00",
    "2099-07-23": "2099-07-23T00:00:00+02:00",
}


@pytest.mark.parametrize("text", DATES)
def test_date(text: str) -> None:
    assert post_of(f"date: {text}").published == at(DATES[text])


PUBLISHED_KEYS = """date pubdate pub_date publish_date published_at published date_published created
    created_at extra.created""".split()


@pytest.mark.parametrize("key", [*PUBLISHED_KEYS, "date.created", "pubDate", "Date", "pub-date"])
def test_published_under_each_key(key: str) -> None:
    assert post_of(line(key, "2024-05-01")).published == at("2024-05-01T00:00:00+02:00")


@pytest.mark.parametrize(("first", "second"), pairs(PUBLISHED_KEYS))
def test_published_in_order(first: str, second: str) -> None:
    post = post_of(f"{line(second, '2024-05-01')}\n{line(first, '2024-05-02')}")
    assert post.published == at("2024-05-02T00:00:00+02:00")


@pytest.mark.parametrize(
    "front", ["date: ''", "date:", "date: null", "published: true", "published: yes", "date: {}"]
)
def test_a_date_that_is_not_there(front: str) -> None:
    assert post_of(f"{front}\ncreated: 2024-05-01").published == at("2024-05-01T00:00:00+02:00")


NAMED = {
    "posts/2024-05-01-hello.md": True,
    "posts/2024-5-1-hello.md": True,
    "posts/2024-05-01_hello.md": True,
    "posts/2024-05-01-hello/index.md": True,
    "posts/2024-05-01-hello/index.fr.md": True,
    "posts/2024-05-01.md": True,
    "posts/2024/05/01/hello.md": True,
    "posts/2020/01/02/2024-05-01-hello.md": True,
    "posts/2020/01/02/2024-05-01-hello/index.md": True,
    "posts/2020-01-02-bundle/2024-05-01-hello.md": True,
    "posts/2024/05/hello.md": False,
    "posts/1234567-hello.md": False,
    "posts/hello-2024.md": False,
}


@pytest.mark.parametrize("key", NAMED)
@pytest.mark.parametrize("front", ["title: Hello", "date: Last Modified", "date: git Created"])
def test_the_date_of_a_name(key: str, front: str) -> None:
    published = post_of(front, key=key, languages=["en", "fr"]).published
    assert published == (at("2024-05-01T00:00:00+02:00") if NAMED[key] else None)


def test_a_date_in_the_front_matter_beats_the_name() -> None:
    post = post_of("date: 2023-01-01", key="posts/2024-05-01-hello.md")
    assert post.published == at("2023-01-01T00:00:00+01:00")


def test_a_name_with_a_date_that_does_not_exist() -> None:
    assert read("title: Hello", "posts/2024-13-45-hello.md").outcome == "refused"
    assert post_of("date: 2024-05-01", "posts/2024-13-45-hello.md").published


@pytest.mark.parametrize("key", ["path", "permalink"])
def test_the_date_of_an_address(key: str) -> None:
    post = post_of(f"{key}: /2014/12/12/1.0-Timeline")
    assert post.published == at("2014-12-12T00:00:00+01:00")


UNREADABLE = [
    "2017-02-29 11:00:00", "2018-02-31 23:50:48", "2024-13-01",
    "2024-05-01 25:00:00", '"{{ .Date }}"', '"<% tp.date.now() %>"', "soon", "August 10–11",
    "{start: 2024-05-01}", "07-11-2022", "03-05-2022", "-1e999", "999999999999999999999",
    "2024-05-01T10:00:00+99:99",
]  # fmt: skip


@pytest.mark.parametrize("value", UNREADABLE)
def test_a_date_that_cannot_be_read_refuses_the_file(value: str) -> None:
    reading = read(f"title: Hello\ndate: {value}")
    assert (reading.outcome, reading.post) == ("refused", None)
    assert "F020" in codes(reading)


@pytest.mark.parametrize("value", UNREADABLE)
@pytest.mark.parametrize(
    "key",
    ["posts/2024-05-01-hello.md", "posts/2024-05-01-hello/index.md", "posts/2024/05/01/hello.md"],
)
def test_unless_a_name_has_one(value: str, key: str) -> None:
    reading = read(f"title: Hello\ndate: {value}", key=key)
    assert reading.outcome == "post"
    assert "F026" in codes(reading)
    assert reading.post is not None
    assert reading.post.published == at("2024-05-01T00:00:00+02:00")


@pytest.mark.parametrize(
    ("order", "value", "expected"),
    [
        ("dmy", "08-03-2023", "2023-03-08T00:00:00+01:00"),
        ("mdy", "08-03-2023", "2023-08-03T00:00:00+02:00"),
        ("dmy", "8/3/2023", "2023-03-08T00:00:00+01:00"),
        ("mdy", "8/3/2023", "2023-08-03T00:00:00+02:00"),
        ("dmy", "2023-03-08", "2023-03-08T00:00:00+01:00"),
    ],
)
def test_the_order_of_day_and_month(order: str, value: str, expected: str) -> None:
    assert post_of(f"date: {value}", date_order=order).published == at(expected)


UPDATED_KEYS = """lastmod updated updated_at modified last_modified_at last_modified date_modified
    update date.updated extra.updated""".split()


@pytest.mark.parametrize("key", [*UPDATED_KEYS, "lastMod", "last-modified"])
def test_updated_under_each_key(key: str) -> None:
    post = post_of(f"created: 2024-05-01\n{line(key, '2024-06-01')}")
    assert (post.published, post.updated) == (
        at("2024-05-01T00:00:00+02:00"), at("2024-06-01T00:00:00+02:00")
    )  # fmt: skip


@pytest.mark.parametrize(("first", "second"), pairs(UPDATED_KEYS))
def test_updated_in_order(first: str, second: str) -> None:
    front = f"{line(second, '2024-06-01')}\n{line(first, '2024-06-02')}\ncreated: 2024-05-01"
    assert post_of(front).updated == at("2024-06-02T00:00:00+02:00")


@pytest.mark.parametrize("value", ["Last Modified", "git Last Modified", "git created", "''", "~"])
def test_words_and_nothing_are_no_update(value: str) -> None:
    reading = read(f"date: 2024-05-01\nlastmod: {value}")
    assert reading.post is not None
    assert reading.post.updated is None
    assert {problem.severity for problem in reading.problems} <= {"note"}


def test_both_dates_in_one_map() -> None:
    post = post_of("date: {created: 2024-05-01, updated: 2024-06-01}")
    assert (post.published, post.updated) == (
        at("2024-05-01T00:00:00+02:00"), at("2024-06-01T00:00:00+02:00")
    )  # fmt: skip


def test_updated_is_never_before_published() -> None:
    post = post_of("date: 2024-05-01\nupdated: 2023-01-01")
    assert post.newest == post.published


def test_an_update_that_cannot_be_read_is_left_out() -> None:
    reading = read("date: 2024-05-01\nupdated: some day")
    assert reading.outcome == "post"
    assert reading.post is not None
    assert reading.post.newest == reading.post.published
    assert codes(reading)


def test_an_update_alone_dates_nothing() -> None:
    assert post_of("updated_at: 2025/4/11 18:00:00").published is None


@pytest.mark.parametrize("key", ["publishdate", "publishDate", "published_at"])
def test_go_live(key: str) -> None:
    post = post_of(f"date: 2024-05-01\n{key}: 2099-05-01")
    assert post.published == at("2024-05-01T00:00:00+02:00")
    assert post.go_live == at("2099-05-01T00:00:00+02:00")


def test_a_go_live_before_the_date_says_nothing() -> None:
    post = post_of("date: 2024-05-01\npublishdate: 2024-04-01")
    assert max(post.go_live or 0, post.published or 0) == post.published


EXPIRY_KEYS = ["expirydate", "expiry_date", "unpublish_date"]


@pytest.mark.parametrize("key", [*EXPIRY_KEYS, "expiryDate"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-22", "2025-01-22T00:00:00+01:00"),
        ("'2025-01-22'", "2025-01-22T00:00:00+01:00"),
        ("2025-01-22T10:00:00Z", "2025-01-22T10:00:00+00:00"),
    ],
)
def test_expiry(key: str, value: str, expected: str) -> None:
    assert post_of(f"date: 2024-05-01\n{key}: {value}").expires == at(expected)


@pytest.mark.parametrize(("first", "second"), pairs(EXPIRY_KEYS))
def test_expiry_in_order(first: str, second: str) -> None:
    post = post_of(f"{second}: 2025-01-22\n{first}: 2025-01-23\ndate: 2024-05-01")
    assert post.expires == at("2025-01-23T00:00:00+01:00")


@pytest.mark.parametrize("key", [*EXPIRY_KEYS, "expiration_date"])
def test_no_expiry(key: str) -> None:
    assert post_of(f"date: 2024-05-01\n{key}: null").expires is None


@pytest.mark.parametrize("key", [*EXPIRY_KEYS, "publishdate"])
def test_a_schedule_that_cannot_be_read_refuses_the_file(key: str) -> None:
    reading = read(f"date: 2024-05-01\n{key}: some day")
    assert (reading.outcome, codes(reading)) == ("refused", {"F020"})
