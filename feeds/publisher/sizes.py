"""How much the sitemap has of each day, month and year: counted again only where that changed.

So a pass reads the posts of the days that changed, and a few sums, however many posts there are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from feeds.formats import sitemap
from feeds.index.database import BATCH, reading
from feeds.index.rows import latest
from feeds.index.stretches import Page, listed, mark_turning, parent_of, turning, watch
from feeds.index.tables import meta, stale, stretches
from feeds.sources.facts import digest

SHARD_URLS, SHARD_BYTES = 10_000, 10_000_000
"""More is split: far below the protocol's limits, so that a change renders little.

They decide what is held of a day, so raise `INDEX_VERSION` with them.
"""

_CALENDAR = re.compile(r"\d{4}(-\d\d)?")  # years and months; days are split by a hash
_COUNTED = "counted"  # in `meta`: the moment of the last count


class Size(NamedTuple):
    """What the sitemap has of a stretch: `bytes` as rendered, `digest` of all that is shown."""

    name: str
    urls: int
    bytes: int
    digest: str
    newest: int | None


def total(name: str, sizes: Sequence[Size]) -> Size:
    """Return the size of a stretch that others make up."""
    if not sizes:
        return Size(name, 0, 0, "", None)
    _, urls, lengths, digests, newest = zip(*sizes, strict=True)
    return Size(name, sum(urls), sum(lengths), digest("\n".join(digests).encode()), latest(*newest))


def fits(size: Size) -> bool:
    """Tell whether a stretch is one shard: by its content alone, so that all machines agree."""
    return size.urls <= SHARD_URLS and size.bytes <= SHARD_BYTES


def counted(pages: Iterable[Page]) -> Iterator[Size]:
    """Yield the size of each day, then of its parts if it does not fit; `pages` are sorted."""
    for day, some in itertools.groupby(pages, lambda page: parent_of(page[0])):
        yield from _of_day(day, some)


def _of_day(day: str, pages: Iterator[Page]) -> list[Size]:
    first = list(itertools.islice(pages, SHARD_URLS + 1))  # a day may have all posts there are
    whole = _size(day, first)
    if fits(whole):
        return [whole]
    parts = list(_parts(itertools.chain(first, pages)))
    return [total(day, parts), *parts]


def _parts(pages: Iterable[Page]) -> Iterator[Size]:
    for name, some in itertools.groupby(pages, lambda page: page[0]):
        yield _size(name, list(some))


def _size(name: str, pages: list[Page]) -> Size:
    _, urls, lastmods, published = zip(*pages, strict=True)
    shown = "".join(map(sitemap.entry, urls, lastmods)).encode()
    # Within a day posts are in the order of `published`, which no line has to show.
    identity = digest(shown + str(published).encode())
    return Size(name, len(pages), len(shown), identity, latest(*lastmods))


def count(index: Engine, now: int) -> None:
    """Count what changed since the last time, or appeared or expired until `now`."""
    with reading(index) as connection:
        found = connection.scalar(select(meta.c.value).where(meta.c.name == _COUNTED))
        since = now if found is None else int(found)
        turned = turning(connection, min(since, now), max(since, now))
        marked = connection.execute(select(stale.c.name).limit(1)).first()
    if found is not None and not turned and not marked:
        return
    with index.begin() as connection:
        if found is None:
            watch(connection)
            connection.execute(delete(stretches))
            _keep(connection, counted(listed(connection, now)))
            _sum_up(connection, connection.scalars(select(stretches.c.name)))
        else:
            mark_turning(connection, min(since, now), max(since, now))
            _count_again(connection, now)
        connection.execute(delete(stale))
        connection.execute(delete(meta).where(meta.c.name == _COUNTED))
        connection.execute(insert(meta).values(name=_COUNTED, value=str(now)))


def children(connection: Connection, name: str = "") -> list[Size]:
    """Return the sizes of what a stretch is made of: years of all, months of a year, and so on."""
    columns = (stretches.c[name] for name in Size._fields)
    chosen = select(*columns).where(stretches.c.parent == name).order_by(stretches.c.name)
    return [Size._make(row) for row in connection.execute(chosen)]


def shards(found: Iterable[Size], inner: Callable[[str], Sequence[Size]]) -> Iterator[Size]:
    """Yield the longest stretches that fit.

    Args:
        inner: Returns the sizes of what a stretch is made of.
    """
    for size in found:
        if fits(size):
            yield size
        elif _CALENDAR.fullmatch(size.name):
            yield from shards(inner(size.name), inner)
        else:
            yield from _by_hash(inner(size.name), len(size.name) + 2)


def _by_hash(parts: Iterable[Size], length: int) -> Iterator[Size]:
    """Yield parts of a day together while they begin alike and fit."""
    for name, some in itertools.groupby(parts, lambda part: part.name[:length]):
        found = list(some)
        whole = total(name, found)
        if fits(whole) or name == found[0].name:
            yield whole
        else:
            yield from _by_hash(found, length + 1)


def _count_again(connection: Connection, now: int) -> None:
    marked = select(stale.c.name).order_by(stale.c.name)
    names = connection.execution_options(yield_per=BATCH).scalars(marked)
    days = []
    for day, parts in itertools.groupby(names, parent_of):
        _count_day(connection, now, day, parts)
        days.append(day)
    _sum_up(connection, days)


def _count_day(connection: Connection, now: int, day: str, parts: Iterable[str]) -> None:
    """Count what changed of a day that is held in parts; of any other, and of a small one, all."""
    if children(connection, day):
        for name in parts:
            _replace(connection, name, _parts(listed(connection, now, name)))
        whole = total(day, children(connection, day))
        if not fits(whole):
            _replace(connection, day, iter([whole]))
            return
    connection.execute(delete(stretches).where(stretches.c.parent == day))
    _replace(connection, day, counted(listed(connection, now, day)))


def _sum_up(connection: Connection, names: Iterable[str]) -> None:
    """Bring the months and years up to date to which the stretches belong."""
    while names := {parent_of(name) for name in names} - {""}:
        for name in sorted(names):
            found = children(connection, name)
            _replace(connection, name, iter([total(name, found)] if found else []))


def _replace(connection: Connection, name: str, sizes: Iterator[Size]) -> None:
    connection.execute(delete(stretches).where(stretches.c.name == name))
    _keep(connection, sizes)


def _keep(connection: Connection, sizes: Iterator[Size]) -> None:
    while some := list(itertools.islice(sizes, BATCH)):
        rows = [{"parent": parent_of(size.name), **size._asdict()} for size in some]
        connection.execute(insert(stretches), rows)
