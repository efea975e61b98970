"""How much the sitemap has of each day: counted again only where something changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from feeds.formats import sitemap
from feeds.index.database import BATCH, reading
from feeds.index.rows import latest
from feeds.index.stretches import Page, day_of, listed, turning, watch, within
from feeds.index.tables import meta, stale, stretches
from feeds.sources.facts import digest

SHARD_URLS, SHARD_BYTES = 10_000, 10_000_000
"""More is split: far below the protocol's limits, so that a change renders little.

They decide what is held of a day, so raise `INDEX_VERSION` with them.
"""

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
    """Yield the sizes of days, and of the parts of those that do not fit; `pages` are sorted."""
    for day, some in itertools.groupby(pages, lambda page: day_of(page[0])):
        found = list(some)
        whole = _size(day, found)
        yield from [whole] if fits(whole) else _parts(found)


def _parts(pages: Iterable[Page]) -> Iterator[Size]:
    for name, some in itertools.groupby(pages, lambda page: page[0]):
        yield _size(name, list(some))


def _size(name: str, pages: list[Page]) -> Size:
    _, urls, lastmods, published = zip(*pages, strict=True)
    shown = "".join(map(sitemap.entry, urls, lastmods)).encode()
    # Within a day posts are in the order of `published`, which no line has to show.
    identity = digest(shown + str(published).encode())
    return Size(name, len(pages), len(shown), identity, latest(*lastmods))


def current(index: Engine, now: int) -> list[Size]:
    """Return the sizes at `now`, in the order of names; what is stale is counted first."""
    with reading(index) as connection:
        found = connection.scalar(select(meta.c.value).where(meta.c.name == _COUNTED))
        since = now if found is None else int(found)
        turned = turning(connection, min(since, now), max(since, now))
        marked = connection.execute(select(stale.c.name).limit(1)).first()
    if found is None or turned or marked:
        with index.begin() as connection:
            if found is None:
                watch(connection)
                connection.execute(delete(stretches))
                _keep(connection, counted(listed(connection, now)))
            else:
                _count(connection, now, turned)
            connection.execute(delete(stale))
            connection.execute(delete(meta).where(meta.c.name == _COUNTED))
            connection.execute(insert(meta).values(name=_COUNTED, value=str(now)))
    with reading(index) as connection:
        return _held(connection, "")


def _count(connection: Connection, now: int, turned: list[str]) -> None:
    here = stale.c.name.in_(turned)
    fresh = set(turned).difference(connection.scalars(select(stale.c.name).where(here)))
    if fresh:
        connection.execute(insert(stale), [{"name": name} for name in sorted(fresh)])
    marked = select(stale.c.name).order_by(stale.c.name)
    names = connection.execution_options(yield_per=BATCH).scalars(marked)
    for day, parts in itertools.groupby(names, day_of):
        _count_day(connection, now, day, parts)


def _count_day(connection: Connection, now: int, day: str, parts: Iterable[str]) -> None:
    """Count what changed of a day that is held in parts; of any other, and of a small one, all."""
    if [size.name for size in _held(connection, day)] not in ([], [day]):
        for name in parts:
            connection.execute(delete(stretches).where(stretches.c.name == name))
            _keep(connection, _parts(listed(connection, now, name)))
        if not fits(total(day, _held(connection, day))):
            return
    connection.execute(delete(stretches).where(within(stretches.c.name, day)))
    _keep(connection, counted(listed(connection, now, day)))


def _held(connection: Connection, prefix: str) -> list[Size]:
    chosen = select(stretches).where(within(stretches.c.name, prefix)).order_by(stretches.c.name)
    return [Size._make(row) for row in connection.execute(chosen)]


def _keep(connection: Connection, sizes: Iterator[Size]) -> None:
    while rows := [size._asdict() for size in itertools.islice(sizes, BATCH)]:
        connection.execute(insert(stretches), rows)
