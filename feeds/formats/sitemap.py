"""Sitemaps and their index 0.9 (sitemaps.org/protocol.html).

Written as text: a tree of 50,000 elements takes five times as long. What is escaped is what XML
asks for; characters that it forbids were removed where the text entered the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from feeds.model import rfc3339

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# sitemaps.org/protocol.html, "Using Sitemap index files": of each file, and of an index too.
MAX_URLS = 50_000
MAX_BYTES = 52_428_800

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<{} xmlns="' + NAMESPACE + '">\n'
ROOM_BYTES = MAX_BYTES - len(_HEAD.format("urlset") + "</urlset>\n")
"""How many bytes the entries of a sitemap may have."""


def render(pages: Iterable[tuple[str, int | None]]) -> bytes:
    """Render a urlset.

    No priority and no changefreq: search engines ignore both, and say so.

    Args:
        pages: Absolute URL, and the Unix seconds of the last change of its content, or
            None; in order, within the limits above.
    """
    return _document("urlset", (entry(loc, lastmod) for loc, lastmod in pages))


def render_index(sitemaps: Iterable[tuple[str, int]]) -> bytes:
    """Render a sitemapindex of absolute URLs and the Unix seconds at which they last changed."""
    return _document("sitemapindex", (entry(*sitemap, "sitemap") for sitemap in sitemaps))


def entry(loc: str, lastmod: int | None, name: str = "url") -> str:
    """Return one element, with its line feed."""
    date = "" if lastmod is None else f"<lastmod>{rfc3339(lastmod)}</lastmod>"
    return f"<{name}><loc>{escape(loc)}</loc>{date}</{name}>\n"


def shard_path(path: str, name: str) -> str:
    """Return where a part of the sitemap at `path` is: `/sitemap-2024.xml`."""
    before, after = _around(path)
    return f"{before}{name}{after}"


def is_shard(path: str, other: str) -> bool:
    """Tell whether `other` may be the path of a part of the sitemap at `path`."""
    before, after = (re.escape(part) for part in _around(path))
    return bool(re.fullmatch(rf"{before}(pages|undated|\d{{4}})[-0-9a-f]*_*{after}", other))


def _around(path: str) -> tuple[str, str]:
    folder, _, file = path.rpartition("/")
    stem, dot, ending = file.partition(".")
    return f"{folder}/{stem}-" if file else path, dot + ending


def _document(root: str, entries: Iterable[str]) -> bytes:
    return "".join((_HEAD.format(root), *entries, f"</{root}>\n")).encode()
