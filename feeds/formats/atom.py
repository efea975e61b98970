"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from functools import partial
from typing import Any

from lxml import etree

from feeds.formats import MEDIA_TYPES
from feeds.formats.generator import MEDIA, add, add_media, document, generator, instant
from feeds.model import Author, Entry, Feed, shorten

_TITLE_LENGTH = 60


def render(feed: Feed) -> bytes:
    """Render an Atom document: UTF-8, newest post first.

    Equal feeds give equal bytes: no clock is read.
    """
    made = generator(feed, {"media": MEDIA}, lambda root: None)
    made.id(feed.id)
    made.link(href=feed.url, rel="self", type=MEDIA_TYPES["atom"].partition(";")[0])
    made.link(href=feed.home_url, rel="alternate", type="text/html")
    for link in feed.alternates:
        made.link(href=link.url, rel="alternate", type=link.type, title=link.title)
    if feed.description:
        made.subtitle(feed.description)
    if feed.icon:
        made.icon(feed.icon)
    # RFC 4287, 4.1.1: without an author on every entry, the feed must have one.
    for author in feed.authors or (Author(name=feed.title),):
        made.author(_person(author))
    for entry in feed.entries:
        _add_entry(made, entry)
    return document(made.atom_str(pretty=True, xml_declaration=False, encoding="UTF-8"))


def _person(author: Author) -> dict[str, str]:
    return {"name": author.name} | ({"uri": author.url} if author.url else {})


def _add_entry(made: Any, entry: Entry) -> None:
    post = entry.post
    element = add(made, partial(_amend_entry, entry))
    element.id(post.atom_id)
    # RFC 4287, 4.2.14: a title is required; a post without one shows its first words.
    element.title(post.title or shorten(entry.summary, _TITLE_LENGTH) or post.url)
    if post.published is not None:
        element.published(instant(post.published))
        element.updated(instant(post.newest or post.published))
    element.link(href=post.url, rel="alternate")  # feedgen demands it; `_amend_entry` rewrites it
    for author in post.authors:
        element.author(_person(author))
    for tag in post.tags:
        element.category(term=tag)
    if entry.html:
        element.content(entry.html, type="html")
    if entry.summary:
        element.summary(entry.summary)


def _amend_entry(entry: Entry, element: Any) -> None:
    """Write the links with all their attributes: feedgen keeps href alone."""
    for link in element.findall("link"):
        element.remove(link)
    alternate = {"href": entry.post.url, "rel": "alternate", "type": "text/html"}
    etree.SubElement(element, "link", alternate)
    if entry.post.external:  # RFC 4287, 4.2.7.2: a resource related to the entry
        related = {"href": entry.post.external, "rel": "related"}
        etree.SubElement(element, "link", related)
    for enclosure in entry.post.enclosures:
        attributes = {"href": enclosure.url, "rel": "enclosure", "type": enclosure.type}
        if enclosure.length:
            attributes["length"] = str(enclosure.length)
        etree.SubElement(element, "link", attributes)
    if entry.post.language:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", entry.post.language)
    add_media(element, entry)
