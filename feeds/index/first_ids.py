"""Ids for a site of which nothing is known yet: no post can be another that moved.

What `identity` decides batch by batch, with look-ups, is plain for posts whose address nobody
else has and whose author named no id; a first publication of 100,000 of them is what people
wait for. Everything else is left to `identity`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, literal, select, update

from feeds.index.database import BATCH, insert_many, without_indexes
from feeds.index.rows import SETTLED, UNSETTLED
from feeds.index.selections import unsettled
from feeds.index.tables import entries, posts

_COPIED = ("url", "body", "likeness", "raw", "public", "post", "states")


def settle(index: Connection, ledger: Connection, now: int, *, provisional: bool) -> int:
    """Settle what is plain, where the ledger is empty; see `identity.settle`."""
    if ledger.execute(select(entries.c.number).limit(1)).first() is not None:
        return 0
    if index.execute(select(posts.c.key).where(posts.c.settled != UNSETTLED).limit(1)).first():
        return 0
    number = func.row_number().over(order_by=posts.c.key).label("number")
    plain = select(posts.c.key, number).where(_plain(now)).subquery()
    named = update(posts).where(posts.c.key == plain.c.key).values(
        settled=SETTLED, edition=1, number=plain.c.number, lastmod=posts.c.newest,
        entry_id=posts.c.url, atom_id=posts.c.url,
    )  # fmt: skip
    with without_indexes(index, posts, "settled", "entry_id"):
        index.execute(named)
    count = 0
    with without_indexes(ledger, entries):
        for batch in _entries(index, now, provisional=provisional):
            insert_many(ledger, entries, batch)
            count += len(batch)
    return count


def _entries(index: Connection, now: int, *, provisional: bool) -> Iterator[Sequence[RowMapping]]:
    """Yield the ledger's rows of what was settled."""
    unknown = literal(None)
    values = {
        "number": posts.c.number,
        "path": posts.c.key,
        "id": unknown if provisional else posts.c.entry_id,
        "atom_id": unknown if provisional else posts.c.atom_id,
        "edition": posts.c.edition,
        "first": literal(now),
        **{name: posts.c[name] for name in _COPIED},
    }
    found = select(*(value.label(name) for name, value in values.items()))
    found = found.where(posts.c.settled == SETTLED)
    rows = index.execution_options(yield_per=BATCH).execute(found)
    return rows.mappings().partitions()


def _plain(now: int) -> ColumnElement[bool]:
    """Return the condition that nobody else has a post's address, and it no other id."""
    unnamed = and_(posts.c.explicit_id.is_(None), posts.c.former_id.is_(None))
    shared = (
        select(posts.c.url).where(unsettled(now)).group_by(posts.c.url).having(func.count() > 1)
    )
    given = [
        select(name).where(name.is_not(None)) for name in (posts.c.explicit_id, posts.c.former_id)
    ]
    return and_(unsettled(now), unnamed, *(posts.c.url.not_in(taken) for taken in (shared, *given)))
