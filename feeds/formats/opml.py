"""OPML 2.0: the site's feeds as a list that readers import."""

from __future__ import annotations

from lxml import etree

from feeds.formats.generator import document
from feeds.model import Link


def render(title: str, home_url: str, feeds: tuple[Link, ...]) -> bytes:
    """Render a subscription list with one outline for each feed."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        outline = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
        etree.SubElement(body, "outline", {**outline, "htmlUrl": home_url})
    return document(etree.tostring(root, encoding="UTF-8", pretty_print=True))
