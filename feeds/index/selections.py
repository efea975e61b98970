"""Which posts are public now, in which order: one predicate for every output."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, union_all

from feeds.index.rows import DUPLICATE, SETTLED, UNSETTLED
from feeds.index.tables import grouped, members, posts

_SHOWN = ("post", "kept")


def live(now: int) -> ColumnElement[bool]:
    """Return the condition that a post is public at `now`, whether or not it has an id yet."""
    return and_(
        # An expression, so that no index of outcomes is used: almost all posts have these.
        (posts.c.outcome + "").in_(_SHOWN),
        or_(posts.c.live_from.is_(None), posts.c.live_from <= now),
        or_(posts.c.live_until.is_(None), posts.c.live_until > now),
    )


def unsettled(now: int) -> ColumnElement[bool]:
    """Return the condition that a post is public at `now` and waits for its id."""
    return and_(posts.c.settled == UNSETTLED, posts.c.outcome.in_(_SHOWN), live(now))


def public(now: int) -> ColumnElement[bool]:
    """Return the condition that a post may be seen at `now`: every output uses it."""
    return and_(posts.c.settled == SETTLED, live(now))


def newest(
    connection: Connection, now: int, limit: int, group: tuple[str, str] | None = None
) -> list[Row[Any]]:
    """Return the newest dated posts; ties are broken by id.

    Args:
        group: Kind and name of the group whose posts are asked for; `title` of a row is then
            the group's name as that post's author wrote it.
    """
    if group is None:
        chosen = select(posts).where(posts.c.published.is_not(None))
        chosen = chosen.order_by(posts.c.published.desc(), posts.c.entry_id)
    else:
        chosen = select(posts, members.c.title).join(members, members.c.key == posts.c.key)
        chosen = chosen.where(members.c.kind == group[0], members.c.name == group[1])
        chosen = chosen.order_by(members.c.published.desc(), posts.c.entry_id)
    return list(connection.execute(chosen.where(public(now)).limit(limit)))


def groups(connection: Connection) -> list[tuple[str, str, str]]:
    """Return kind, name and title of every group that lists a post, in the order of names.

    A list of the others would tell what hidden posts are about.
    """
    chosen = select(grouped.c.kind, grouped.c.name, grouped.c.title).where(grouped.c.title > "")
    rows = connection.execute(chosen.order_by(grouped.c.kind, grouped.c.name))
    return [(row.kind, row.name, row.title) for row in rows]


def changing(start: int, end: int) -> ColumnElement[bool]:
    """Return the condition that a post appears or expires after `start`, until `end`."""
    moments = (posts.c.live_from, posts.c.live_until)
    return or_(*(and_(moment > start, moment <= end) for moment in moments))


def next_moment(connection: Connection, now: int) -> int | None:
    """Return when the next scheduled post appears or the next expiring one goes."""
    shown = (posts.c.outcome + "").in_(_SHOWN)  # see `live`
    moments = union_all(
        select(func.min(posts.c.live_from).label("at")).where(shown, posts.c.live_from > now),
        select(func.min(posts.c.live_until)).where(shown, posts.c.live_until > now),
    ).subquery()
    found = connection.scalar(select(func.min(moments.c.at)))
    return None if found is None else int(found)


def outcomes(connection: Connection, now: int) -> dict[str, int]:
    """Return how many files ended in which outcome; every file in exactly one."""
    counts = dict.fromkeys(("published", "hidden", "undated", "not a post", "refused", "kept"), 0)
    rows = select(
        posts.c.outcome,
        posts.c.settled,
        live(now).label("live"),
        posts.c.published.is_(None).label("undated"),
        func.count().label("files"),
    ).group_by("outcome", "settled", "live", "undated")
    for outcome, settled, is_live, undated, files in connection.execute(rows):
        name = outcome
        if outcome == "post" and settled == DUPLICATE:
            name = "refused"
        elif outcome == "post":
            name = "hidden" if not is_live else "undated" if undated else "published"
        counts[name] += files
    return counts
