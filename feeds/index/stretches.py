"""Which posts share a part of the sitemap.

A stretch is the day of `published` (UTC) and three hexadecimal digits of a hash of the post's
path: `2024-05-17-a3f`; of an undated post `undated-a3f`. Everything that it begins with is a longer
stretch: the year `2024`, the month `2024-05`, a part of a day `2024-05-17-a`. So a post leaves
its part with its date or its path alone. Triggers note in `stale` which are to be counted again,
so that nobody who changes a post can forget it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select

from feeds.index import rows
from feeds.index.rows import SETTLED
from feeds.index.selections import changing, public
from feeds.index.tables import posts, stale

UNDATED = "undated"
Page = tuple[str, str, int | None, int | None]
"""Stretch, URL, lastmod, and `published` for the order."""

_MOVES = (
    "UPDATE OF settled, outcome, url, mapped, stretch, live_from, live_until, lastmod, published"
)
_CHANGES = (("DELETE", "old"), ("INSERT", "new"), (_MOVES, "old"), (_MOVES, "new"))
_LAST = "~"  # sorts behind all that a stretch is written with


of = rows.stretch


def watch(connection: Connection) -> None:
    """Note from now on what changes; a first scan, before anything is counted, need not pay."""
    for number, (verb, row) in enumerate(_CHANGES):
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS posts_stale_{number} AFTER {verb} ON posts "  # noqa: S608
            f"WHEN {row}.settled = {SETTLED} AND {row}.stretch IS NOT NULL "
            f"BEGIN INSERT OR IGNORE INTO stale (name) VALUES ({row}.stretch); END"
        )


def parent_of(stretch: str) -> str:
    """Return the day of a part of it, the month of a day, the year of a month; else nothing."""
    return stretch.rpartition("-")[0]


def within(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that a stretch begins with `prefix`; empty: any."""
    return and_(column >= prefix, column < prefix + _LAST)


def pages(connection: Connection, now: int, prefix: str = "") -> Iterator[Page]:
    """Yield the public posts of a stretch: newest first, undated ones last, by URL."""
    order = (posts.c.published.is_(None), posts.c.published.desc(), posts.c.url)
    return _shown(connection, now, prefix, *order)


def listed(connection: Connection, now: int, prefix: str = "") -> Iterator[Page]:
    """Yield the same posts in the order of stretches, then of URLs."""
    return _shown(connection, now, prefix, posts.c.stretch, posts.c.url)


def turning(connection: Connection, start: int, end: int) -> list[str]:
    """Return the stretches in which a post appears or expires after `start`, until `end`."""
    chosen = select(posts.c.stretch).where(changing(start, end), posts.c.stretch.is_not(None))
    return list(connection.scalars(chosen.distinct()))


def mark_turning(connection: Connection, start: int, end: int) -> None:
    """Note those stretches as stale."""
    held = exists().where(stale.c.name == posts.c.stretch)
    chosen = select(posts.c.stretch).where(changing(start, end), posts.c.stretch.is_not(None))
    connection.execute(insert(stale).from_select(["name"], chosen.where(~held).distinct()))


def _shown(
    connection: Connection, now: int, prefix: str, *order: ColumnElement[Any]
) -> Iterator[Page]:
    # As a column the predicate cannot lead SQLite to an index of all public posts.
    seen = and_(public(now), posts.c.mapped)
    names = ("stretch", "url", "lastmod", "published")
    chosen = select(*(posts.c[name] for name in names), seen).order_by(*order)
    if prefix:
        chosen = chosen.where(within(posts.c.stretch, prefix))
    result = connection.execution_options(yield_per=1000).execute(chosen)
    for some in result.partitions():
        yield from (row[:4] for row in some if row[4])


def taken(connection: Connection, now: int, urls: Collection[str]) -> set[str]:
    """Return which of the URLs are those of posts that are listed."""
    seen = and_(public(now), posts.c.mapped).label("seen")
    chosen = select(posts.c.url, seen).where(posts.c.url.in_(urls))
    return {row.url for row in connection.execute(chosen) if row.seen}
