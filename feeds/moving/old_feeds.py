"""RSS, Atom and JSON Feed as other programs wrote them, read as subscribers read them."""

from __future__ import annotations

import calendar
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree, html

from feeds.errors import FeedsError
from feeds.formats import TITLES
from feeds.model import clean, one_line
from feeds.moving.fetching import fetch

MAX_PAGES = 200
_NEXT = ("next", "prev-archive")  # RFC 5005, 3 and 4
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldEntry:
    """One entry as a subscriber knows it.

    Attributes:
        id: By which readers tell it from others: guid, atom:id or JSON id, else the link.
        link: Absolute, as far as the feed tells; empty: none.
        date: Unix seconds of publication; None: not told.
        body: Its text without markup, white space collapsed.
    """

    id: str
    link: str
    title: str
    date: int | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFeed:
    """A feed with all its pages.

    Attributes:
        name: As it was given on the command line.
        url: Its own address; None: it does not tell.
        format: `rss`, `atom` or `json`.
        id: Of an Atom feed, else None.
        home: The address of the site; empty: not told.
        following: The address of the next page, else None.
    """

    name: str
    url: str | None
    format: str
    id: str | None
    home: str
    entries: tuple[OldEntry, ...]
    following: str | None = None


def read(name: str) -> OldFeed:
    """Read a feed from a file or an address; from an address with all its pages.

    Raises:
        FeedsError: It cannot be had, or is no feed; the message says what it is.
    """
    content, found_at = fetch(name)
    first = parse(content, name, found_at)
    entries, seen, page = list(first.entries), {found_at}, first
    for _ in range(MAX_PAGES - 1 if found_at else 0):
        address = page.following
        if address is None or address in seen or _host(address) != _host(found_at or ""):
            break
        seen.add(address)
        content, _ = fetch(address)
        page = parse(content, address, address)
        entries += page.entries
    return replace(first, entries=tuple(entries))


def parse(content: bytes, name: str, found_at: str | None) -> OldFeed:
    """Read one document.

    Args:
        found_at: Its address; None: only the feed itself may tell.

    Raises:
        FeedsError: It is no feed.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json(content, name, found_at)
    # Bodies become text: neither their links nor their scripts matter. Nothing is fetched.
    found = feedparser.parse(io.BytesIO(content), resolve_relative_uris=False, sanitize_html=False)
    if not found.get("version"):
        raise FeedsError(_what_it_is(content, name, found_at))
    links = {link.get("rel"): link.get("href") for link in reversed(found.feed.get("links", ()))}
    url = found_at or _absolute("", links.get("self")) or None
    base = url or found.feed.get("link") or ""
    following = next((links[rel] for rel in _NEXT if links.get(rel)), None)
    is_atom = found.version.startswith("atom")
    return OldFeed(
        name=name,
        url=url,
        format="atom" if is_atom else "rss",
        id=found.feed.get("id") if is_atom else None,
        home=_absolute(base, links.get("alternate")),
        entries=tuple(filter(None, (_xml_entry(entry, base) for entry in found.entries))),
        following=_absolute(base, following) or None,
    )


def _xml_entry(entry: Any, base: str) -> OldEntry | None:
    """Return an entry; None: no reader could tell it from another.

    An id stays the string that it is, even where RFC 4287, 4.2.6 wants an IRI: that string is
    what subscribers hold. An RSS item without guid is known by its link.
    """
    link = _absolute(base, entry.get("link"))
    if not (known_by := entry.get("id") or link):
        return None
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    bodies = entry.get("content") or [{"value": entry.get("summary", "")}]
    return OldEntry(
        id=known_by,
        link=_absolute(base, entry.get("feedburner_origlink")) or link,
        title=one_line(entry.get("title", "")),
        date=calendar.timegm(parsed) if parsed else None,
        body=text_of(bodies[0].get("value", "")),
    )


def _json(content: bytes, name: str, found_at: str | None) -> OldFeed:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FeedsError(f"{name}: not JSON: {str(error) or 'nested too deeply'}") from None
    text = _texts(document)
    if "jsonfeed.org/version/" not in text("version"):
        raise FeedsError(f"{name}: JSON, but no JSON Feed: its `version` does not say so")
    items = document.get("items")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    home = _absolute("", text("home_page_url"))
    url = found_at or _absolute("", text("feed_url")) or None
    base = url or home
    return OldFeed(
        name=name,
        url=url,
        format="json",
        id=None,
        home=home,
        entries=tuple(entry for item in found if (entry := _json_entry(item, base)).id),
        following=_absolute(base, text("next_url")) or None,
    )


def _json_entry(item: dict[str, Any], base: str) -> OldEntry:
    """Return an item; JSON Feed 1.1: an id that is a number is read as a string."""
    text = _texts(item)
    known_by = item.get("id")
    number = isinstance(known_by, (int, float)) and not isinstance(known_by, bool)
    return OldEntry(
        id=str(known_by) if number else text("id").strip(),
        link=_absolute(base, text("url") or text("external_url")),
        title=one_line(text("title")),
        date=_instant(text("date_published")),
        body=text_of(text("content_html")) or one_line(text("content_text")),
    )


def _texts(table: dict[str, Any]) -> Callable[[str], str]:
    """Return a look-up of the strings in a table; what is no string is empty."""
    return lambda key: clean(value) if isinstance(value := table.get(key), str) else ""


def _absolute(base: str, reference: str | None) -> str:
    """Return a link resolved against `base` (RFC 3986, 5.2); empty: there is none to resolve."""
    try:
        return urljoin(base, reference.strip()) if reference else ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _instant(text: str) -> int | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def text_of(markup: str) -> str:
    """Return the text in a piece of HTML, in one line."""
    try:
        found = html.fragment_fromstring(markup, create_parent=True)
    except (etree.LxmlError, ValueError):
        return one_line(markup)
    return one_line(found.text_content())


def _what_it_is(content: bytes, name: str, found_at: str | None) -> str:
    """Return what was found where a feed should be, and the feed that it may lead to."""
    try:
        page = html.document_fromstring(content)
    except (etree.LxmlError, ValueError):
        page = None
    if page is None or not (page.findall(".//head") or b"<html" in content[:2000].lower()):
        return f"{name}: no feed: neither {', '.join(TITLES.values())}"
    title = one_line(page.findtext(".//title") or "")
    linked = [
        _absolute(found_at or "", link.get("href"))
        for link in page.iter("link")
        if link.get("type", "").strip().lower() in _FEED_TYPES and link.get("href")
    ]
    advice = f"; the feed it links to is {linked[0]}" if linked else ""
    return f'{name}: a page of HTML ("{title}"), no feed{advice}'


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
