"""Sitemaps 0.9 (sitemaps.org/protocol.html)."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from itertools import islice

from lxml import etree

from feeds.formats.generator import document
from feeds.model import rfc3339

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MAX_URLS = 50_000
MAX_LOC = 2_047


def render(pages: Iterable[tuple[str, int | None]]) -> bytes:
    """Render a urlset.

    No priority and no changefreq: search engines ignore both, and say so.

    Args:
        pages: Absolute URL, and the Unix seconds of the last change of its content, or
            None. In order; what exceeds the protocol's limits is left out.
    """
    buffer = BytesIO()
    allowed = (page for page in pages if len(page[0]) <= MAX_LOC)
    with (
        etree.xmlfile(buffer, encoding="utf-8") as file,
        file.element(f"{{{NAMESPACE}}}urlset", nsmap={None: NAMESPACE}),
    ):
        for loc, lastmod in islice(allowed, MAX_URLS):
            _write(file, loc, lastmod)
        file.write("\n")
    return document(buffer.getvalue())


def _write(file: etree._IncrementalFileWriter, loc: str, lastmod: int | None) -> None:
    file.write("\n")
    with file.element("url"):
        with file.element("loc"):
            file.write(loc)
        if lastmod is not None:
            with file.element("lastmod"):
                file.write(rfc3339(lastmod))
