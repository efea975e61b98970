"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import Any

from feeds.model import Author, Entry, Feed, rfc3339


def render(feed: Feed) -> bytes:
    """Render a JSON Feed document: UTF-8, newest post first.

    Equal feeds give equal bytes: no clock is read, so a validator made from the bytes
    moves when the content does and at no other time.
    """
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.url,
        "description": feed.description,
        "icon": feed.image or feed.icon,
        "favicon": feed.icon,
        "authors": [_author(author) for author in feed.authors],
        "language": feed.language,
        "items": [_item(entry) for entry in feed.entries],
    }
    kept = {key: value for key, value in document.items() if value or key == "items"}
    return json.dumps(kept, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    post = entry.post
    item = {
        "id": post.json_id or post.id,
        "url": post.url,
        "external_url": post.external,
        "title": post.title,
        "content_html": entry.html,
        # An item needs a content: without a body its summary is one.
        "content_text": None if entry.html else entry.summary or post.title or post.url,
        "summary": entry.summary if entry.html else None,
        "image": post.image,
        "date_published": None if post.published is None else rfc3339(post.published),
        "date_modified": None if post.updated is None else rfc3339(post.updated),
        "authors": [_author(author) for author in post.authors],
        "tags": list(post.tags),
        "language": post.language,
        "attachments": [_attachment(item) for item in post.enclosures],
    }
    return {key: value for key, value in item.items() if value}


def _author(author: Author) -> dict[str, str]:
    return {"name": author.name} | ({"url": author.url} if author.url else {})


def _attachment(enclosure: Any) -> dict[str, Any]:
    attachment = {"url": enclosure.url, "mime_type": enclosure.type}
    more = {"size_in_bytes": enclosure.length, "duration_in_seconds": enclosure.duration}
    return attachment | {key: value for key, value in more.items() if value}
