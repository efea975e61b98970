"""Which groups a change touches: those of the old and of the new post, and no others.

A group is also touched when a post that one of its bodies links to appears, goes or moves:
a link to what may not be seen becomes its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    exists,
    insert,
    select,
)

from feeds.index.database import insert_many
from feeds.index.selections import changing
from feeds.index.tables import bodies, grouped, members, posts, targets, touched
from feeds.sources.permalinks import Name

STEP = 500
_SEEN = ("url", "outcome", "live_from", "live_until")


def replace(index: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note that posts are about to be written: `groups` of a row are its memberships."""
    keys = [row["key"] for row in rows]
    of_them = members.c.key.in_(keys)
    _touch(index, of_them)
    _touch_linking(index, _moved(index, rows))
    index.execute(delete(members).where(of_them))
    if add(index, rows):
        _touch(index, of_them)


def add(index: Connection, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Write the memberships of new posts; tell whether there are any."""
    joined = [
        {**group._asdict(), "key": row["key"], "published": row["published"]}
        for row in rows
        for group in row["groups"]
    ]
    insert_many(index, members, joined)
    return bool(joined)


def remove(index: Connection, keys: Sequence[str]) -> None:
    """Note that posts are about to be removed, and forget their bodies."""
    replace(index, [{"key": key, "groups": (), **dict.fromkeys(_SEEN)} for key in keys])
    for owner in (bodies.c.owner, targets.c.owner):
        index.execute(delete(owner.table).where(owner.in_(keys)))


def leads_to(key: str, url: str | None) -> set[str]:
    """Return what links to a post are kept as: its file, its name or its page's address."""
    found = {f"file {key}", f"name {Name(key).stem.casefold()}"}
    return found | {f"page {url.rstrip('/')}"} if url else found


def touch_posts(index: Connection, which: ColumnElement[bool]) -> None:
    """Note that posts appeared or went: for their groups, and those of posts that link to them."""
    rows = list(index.execute(select(posts.c.key, posts.c.url).where(which)))
    for start in range(0, len(rows), STEP):
        some = rows[start : start + STEP]
        _touch(index, members.c.key.in_([row.key for row in some]))
        _touch_linking(index, {one for row in some for one in leads_to(row.key, row.url)})


def touch_all(index: Connection, more: Iterable[tuple[str, str]]) -> None:
    """Note that everything changed; `more` are groups that may have no posts now."""
    _touch(index, members.c.key.is_not(None))
    _add(index, {*more, *groups(index)})


def touch_due(index: Connection, since: int, now: int, soon: int) -> None:
    """Note the posts that appeared or expired between two moments, whichever came first.

    Args:
        soon: Seconds before such a moment in which its groups are to be polled more often.
    """
    touch_posts(index, changing(min(since, now), max(since, now)))
    polled = select(grouped.c.kind, grouped.c.name).where(grouped.c.soon)
    turned = near(index, now, soon) ^ {(kind, name) for kind, name in index.execute(polled)}
    _add(index, turned & set(groups(index)) if turned else turned)


def near(index: Connection, now: int, soon: int) -> set[tuple[str, str]]:
    """Return the groups of the posts that appear or expire within `soon` seconds."""
    found = (
        select(members.c.kind, members.c.name)
        .join(posts, posts.c.key == members.c.key)
        .where(changing(now, now + soon))
        .distinct()
    )
    return {(kind, name) for kind, name in index.execute(found)}


def waiting(index: Connection) -> list[tuple[str, str]]:
    """Return kind and name of the groups that are to be looked at, in their order."""
    return _pairs(index, touched)


def groups(index: Connection) -> list[tuple[str, str]]:
    """Return kind and name of the groups that have documents, in their order."""
    return _pairs(index, grouped)


def groups_of(index: Connection, key: str) -> list[tuple[str, str]]:
    """Return kind and name of the groups of a post, in their order."""
    return _pairs(index, members, members.c.key == key)


def _pairs(index: Connection, table: Table, *which: ColumnElement[bool]) -> list[tuple[str, str]]:
    chosen = select(table.c.kind, table.c.name).where(*which)
    chosen = chosen.order_by(table.c.kind, table.c.name)
    return [(kind, name) for kind, name in index.execute(chosen)]


def settle(index: Connection, group: tuple[str, str], title: str | None, soon: bool) -> None:
    """Note that a group's documents are as they should be.

    Args:
        title: Empty: it has no posts now; None: it has no documents.
        soon: They are to be polled more often.
    """
    for table in (grouped, touched):
        index.execute(delete(table).where(table.c.kind == group[0], table.c.name == group[1]))
    if title is not None:
        row = {"kind": group[0], "name": group[1], "title": title, "soon": soon}
        index.execute(insert(grouped), [row])


def _moved(index: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return what links to the rows say, old and new, where they lead elsewhere from now on."""
    columns = [posts.c[name] for name in ("key", *_SEEN)]
    here = posts.c.key.in_([row["key"] for row in rows])
    olds = {old.key: old for old in index.execute(select(*columns).where(here))}
    found: set[str] = set()
    for row in rows:
        old = olds.get(row["key"])
        if old is None or any(getattr(old, name) != row[name] for name in _SEEN):
            found |= leads_to(row["key"], row["url"])
            found |= leads_to(row["key"], old.url) if old is not None else set()
    return found


def _touch_linking(index: Connection, mentioned: Iterable[str]) -> None:
    wanted = sorted(mentioned)
    for start in range(0, len(wanted), STEP):
        linking = select(targets.c.owner).where(targets.c.target.in_(wanted[start : start + STEP]))
        _touch(index, members.c.key.in_(linking))


def _touch(index: Connection, which: ColumnElement[bool]) -> None:
    new = select(members.c.kind, members.c.name).where(which).distinct().subquery()
    held = exists().where(touched.c.kind == new.c.kind, touched.c.name == new.c.name)
    index.execute(
        insert(touched).from_select(["kind", "name"], select(new.c.kind, new.c.name).where(~held))
    )


def _add(index: Connection, found: set[tuple[str, str]]) -> None:
    fresh = sorted(found.difference(waiting(index)) if found else ())
    if fresh:
        index.execute(insert(touched), [{"kind": kind, "name": name} for kind, name in fresh])
