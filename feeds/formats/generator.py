"""feedgen, kept honest: what RSS and Atom share.

feedgen builds the tree; its extension hooks hand us the elements, and we put right what
it loses. `docs/architecture.md` lists each correction, and each has a test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.model import Entry, Feed

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"

# feedgen formats each date by switching the locale of the whole process, which other
# threads see, and which fails where the environment names a locale that is not there.
setattr(feedgen.feed, "formatRFC2822", format_datetime)  # noqa: B010 (mypy sees no such name)
setattr(feedgen.entry, "formatRFC2822", format_datetime)  # noqa: B010

Amend = Callable[[Any], None]


class _FeedAmendments(BaseExtension):
    """Hands the finished root element to `amend` and names the namespaces in use."""

    namespaces: dict[str, str]
    amend: Amend

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_rss(self, feed: Any) -> Any:
        self.amend(feed)
        return feed

    extend_atom = extend_rss


class _EntryAmendments(BaseEntryExtension):
    """Hands each finished item or entry element to `amend`."""

    amend: Amend

    def extend_rss(self, feed: Any) -> Any:
        self.amend(feed)
        return feed

    extend_atom = extend_rss


def generator(feed: Feed, namespaces: dict[str, str], amend: Amend) -> Any:
    """Return a feedgen generator with everything that `feed` says about itself.

    Args:
        feed: Its entries are added by the caller.
        namespaces: Prefix → namespace of the elements that amendments add.
        amend: Called with the root element before it is written.
    """
    made: Any = feedgen.feed.FeedGenerator()  # type: ignore[no-untyped-call]
    made.register_extension("amendments", _FeedAmendments, _EntryAmendments)
    made.amendments.namespaces, made.amendments.amend = namespaces, amend
    made.title(feed.title)
    made.language(feed.language)
    # Set from the feed: feedgen's default is the clock.
    made.updated(instant(feed.updated))
    made.lastBuildDate(instant(feed.updated))
    made.generator("feeds")
    if feed.copyright:
        made.rights(feed.copyright)
    if feed.image:
        made.image(feed.image, feed.title, feed.home_url)
    return made


def add(made: Any, amend: Amend) -> Any:
    """Return a new last entry of `made`: feedgen would put it first."""
    entry = made.add_entry(order="append")
    entry.amendments.amend = amend
    return entry


def add_media(element: Any, entry: Entry) -> None:
    """Add the post's image (Media RSS 1.5.1) in the two forms that readers look for."""
    image = entry.post.image
    if image:
        etree.SubElement(element, f"{{{MEDIA}}}content", {"url": image, "medium": "image"})
        etree.SubElement(element, f"{{{MEDIA}}}thumbnail", {"url": image})


def document(tree: bytes) -> bytes:
    """Return a document with its declaration at byte 0: lxml's has single quotes."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tree.strip() + b"\n"


def instant(seconds: int) -> datetime:
    """Return a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
