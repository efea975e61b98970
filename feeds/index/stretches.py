"""Which posts share a part of the sitemap.

A stretch is the day of `published` (UTC) and three hexadecimal digits of a hash of the post's
path: `2024-05-17-a3f`; of an undated post `undated-a3f`. Everything that it begins with is a longer
stretch: the year `2024`, the month `2024-05`, a part of a day `2024-05-17-a`. So a post leaves
its part with its date or its path alone. Triggers note in `stale` which are to be counted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from feeds.index import rows
from feeds.index.selections import changing, public
from feeds.index.tables import posts

UNDATED = "undated"
Page = tuple[str, str, int | None]
"""Stretch, URL and lastmod."""

_LAST = "~"  # sorts behind all that a stretch is written with


of = rows.stretch


def day_of(stretch: str) -> str:
    """Return the day of a stretch, or what stands for one."""
    return stretch.rpartition("-")[0]


def within(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that a stretch begins with `prefix`; empty: any."""
    return and_(column >= prefix, column < prefix + _LAST)


def pages(connection: Connection, now: int, prefix: str = "") -> Iterator[tuple[str, int | None]]:
    """Yield URL and lastmod of the public posts: newest first, undated ones last, by URL."""
    order = (posts.c.published.is_(None), posts.c.published.desc(), posts.c.url)
    return ((row.url, row.lastmod) for row in _shown(connection, now, prefix, *order))


def listed(connection: Connection, now: int, prefix: str = "") -> Iterator[Page]:
    """Yield the same posts in the order of stretches, then of URLs."""
    rows = _shown(connection, now, prefix, posts.c.stretch, posts.c.url)
    return ((row.stretch, row.url, row.lastmod) for row in rows)


def turning(connection: Connection, start: int, end: int) -> list[str]:
    """Return the stretches in which a post appears or expires after `start`, until `end`."""
    chosen = select(posts.c.stretch).where(changing(start, end), posts.c.stretch.is_not(None))
    return list(connection.scalars(chosen.distinct()))


def _shown(
    connection: Connection, now: int, prefix: str, *order: ColumnElement[Any]
) -> Iterator[Row[Any]]:
    # As a column the predicate cannot lead SQLite to an index of all public posts.
    seen = and_(public(now), posts.c.mapped).label("seen")
    chosen = select(posts.c.stretch, posts.c.url, posts.c.lastmod, seen).order_by(*order)
    if prefix:
        chosen = chosen.where(within(posts.c.stretch, prefix))
    rows = connection.execution_options(yield_per=1000).execute(chosen)
    return (row for row in rows if row.seen)


def taken(connection: Connection, now: int, urls: Collection[str]) -> set[str]:
    """Return which of the URLs are those of posts that are listed."""
    seen = and_(public(now), posts.c.mapped).label("seen")
    chosen = select(posts.c.url, seen).where(posts.c.url.in_(urls))
    return {row.url for row in connection.execute(chosen) if row.seen}
