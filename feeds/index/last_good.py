"""The last good entry of a post whose file broke: shown while that leaks nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, Row, bindparam, select, update

from feeds.errors import FileRefused, Problem
from feeds.index.database import BATCH, batched, reading
from feeds.index.rows import SETTLED, columns, latest
from feeds.index.tables import entries, posts
from feeds.model import Post
from feeds.sources.groupings import memberships
from feeds.sources.state import state_lines
from feeds.sources.surroundings import Surroundings


def stand_in(
    ledger: Engine, site: Surroundings, base: dict[str, Any], refused: FileRefused,
    header: str | None,
) -> tuple[dict[str, Any], Problem]:  # fmt: skip
    """Return the row of a file that cannot be read: its last good entry, while that is safe.

    Args:
        header: What may be the file's front matter; None: it could not even be opened.
    """
    problem = refused.problem(base["key"])
    with reading(ledger) as connection:
        good = connection.execute(
            select(entries).where(entries.c.path == base["key"])
        ).one_or_none()
    if good is None:
        return base, problem
    base = base | {"url": good.url}  # for links to it, which must not show
    if good.post is None:
        return base, problem
    if header is None and refused.code != "F001":
        return base, problem  # what it says now is unknown, and it is no file any more
    now = set(state_lines(header)) if header is not None else set()
    if changed := sorted(now - set(good.states.split("\n"))):
        hint = f"{refused.hint}; the post is hidden, as {changed[0]} is new"
        return base, replace(problem, hint=hint)
    post = Post.loads(good.post)
    # A sitemap is of one host, and the site may have moved since.
    mapped = post.mapped and post.url.startswith(site.settings.site.url)
    row = base | _kept(good) | {"groups": memberships(post, site), "mapped": mapped}
    return row, replace(problem, hint=f"{refused.hint}; until then its last good entry stays")


def forget(ledger: Engine, paths: Iterable[str]) -> None:
    """Forget the last good entry of posts that their author hid or removed."""
    gone = update(entries).where(entries.c.path == bindparam("p"), entries.c.post.is_not(None))
    if found := [{"p": path} for path in paths]:
        with ledger.begin() as connection:
            connection.execute(gone.values(post=None), found)


def forget_orphans(index: Engine, ledger: Engine) -> None:
    """Do the same for files that went while there was no index to notice it."""
    with reading(ledger) as old, reading(index) as new:
        kept = old.scalars(select(entries.c.path).where(entries.c.post.is_not(None)))
        for batch in batched(kept, BATCH):
            here = set(new.scalars(select(posts.c.key).where(posts.c.key.in_(batch))))
            forget(ledger, [path for path in batch if path is not None and path not in here])


def _kept(good: Row[Any]) -> dict[str, Any]:
    """Return the columns of a post whose last good entry stays."""
    post = Post.loads(good.post)
    return {
        **columns(post, good.post),
        "outcome": "kept",
        "settled": SETTLED,
        "public": good.public,
        "body": good.body,
        "states": good.states,
        "entry_id": good.id or post.explicit_id or post.url,
        "atom_id": good.atom_id or post.url,
        "json_id": good.json_id,
        "number": good.number,
        "edition": good.edition,
        "lastmod": latest(post.newest, good.lastmod),
    }
