"""RSS 2.0, with the modules that readers understand: content, dc, media, atom:link."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

from lxml import etree

from feeds.formats import MEDIA_TYPES
from feeds.formats.generator import (
    ATOM,
    CONTENT,
    DC,
    ITUNES,
    MEDIA,
    add,
    add_media,
    document,
    generator,
    instant,
)
from feeds.model import Entry, Feed

_NAMESPACES = {"dc": DC, "media": MEDIA, "content": CONTENT, "atom": ATOM, "itunes": ITUNES}


def render(feed: Feed) -> bytes:
    """Render an RSS 2.0 document: UTF-8, newest post first.

    Equal feeds give equal bytes: no clock is read.
    """
    made = generator(feed, _NAMESPACES, partial(_amend_channel, feed))
    made.link(href=feed.url, rel="self", type=_type("rss"))
    made.link(href=feed.home_url, rel="alternate")  # the last link is the channel's `link`
    made.description(feed.description or feed.title)
    made.ttl(max(1, round(feed.ttl / 60)))
    for entry in feed.entries:
        _add_item(made, entry, feed)
    return document(made.rss_str(pretty=True, xml_declaration=False, encoding="UTF-8"))


def _type(name: str) -> str:
    return MEDIA_TYPES[name].partition(";")[0]


def _amend_channel(feed: Feed, root: Any) -> None:
    """Add the alternates: feedgen writes no atom:link but rel="self"."""
    channel = root.find("channel")
    for link in feed.alternates:
        attributes = {"href": link.url, "rel": "alternate", "type": link.type, "title": link.title}
        etree.SubElement(channel, f"{{{ATOM}}}link", attributes)


def _add_item(made: Any, entry: Entry, feed: Feed) -> None:
    post = entry.post
    item = add(made, partial(_amend_item, entry, feed))
    if post.title:
        item.title(post.title)
    item.link(href=post.url)
    # RSS 2.0, guid: a permalink only while it is the address of the post's page.
    item.guid(post.id, permalink=post.id == post.url)
    if post.published is not None:
        item.pubDate(instant(post.published))
    for tag in post.tags:
        item.category(term=tag)
    if post.enclosures:
        first = post.enclosures[0]
        item.enclosure(first.url, str(first.length), first.type)
    # RSS 2.0: description is HTML, a summary is plain text. An item needs title or description.
    summary = escape(entry.summary, quote=False)
    if entry.html:
        item.content(entry.html)
    if summary or not (entry.html or post.title):
        item.description(summary or escape(post.url, quote=False))


def _amend_item(entry: Entry, feed: Feed, item: Any) -> None:
    """Add authors, whom feedgen drops without an e-mail, image and further enclosures."""
    for author in entry.post.authors or feed.authors:
        etree.SubElement(item, f"{{{DC}}}creator").text = author.name
    add_media(item, entry)
    _add_podcast(item, entry)
    for enclosure in entry.post.enclosures[1:]:  # an item has one enclosure; the rest are media
        attributes = {"url": enclosure.url, "type": enclosure.type}
        if enclosure.length:
            attributes["fileSize"] = str(enclosure.length)
        etree.SubElement(item, f"{{{MEDIA}}}content", attributes)


def _add_podcast(item: Any, entry: Entry) -> None:
    """Add what podcast apps read of an episode; feedgen's own extension refuses `true`."""
    post = entry.post
    if not post.enclosures:
        return
    explicit = None if post.explicit is None else str(post.explicit).lower()
    tags = {
        "duration": post.enclosures[0].duration,
        "episode": post.episode,
        "season": post.season,
        "explicit": explicit,
    }
    for name, value in tags.items():
        if value:
            etree.SubElement(item, f"{{{ITUNES}}}{name}").text = str(value)
