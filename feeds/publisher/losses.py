"""Posts that were public, and cannot be read any more."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, and_, or_, select

from feeds.errors import CODES
from feeds.index.database import INDEX, LEDGER, connect, reading
from feeds.index.rows import DUPLICATE
from feeds.index.tables import entries, posts, problems


def public_paths(state: Path) -> set[str]:
    """Return the files whose posts were public when the ledger was last written."""
    ledger = connect(state / LEDGER)
    with reading(ledger) as connection:
        shown = select(entries.c.path).where(entries.c.post.is_not(None))
        found = {path for path in connection.scalars(shown) if path is not None}
    ledger.dispose()
    return found


def losses(state: Path, before: set[str]) -> list[str]:
    """Return a line for each file that keeps one of the posts `before` from being what it says.

    That may be a folder (its key ends in a slash) that cannot be listed.
    """
    broken = or_(
        posts.c.outcome.in_(("refused", "kept")),
        and_(posts.c.outcome == "post", posts.c.settled == DUPLICATE),
    )
    index = connect(state / INDEX)
    with reading(index) as connection:
        keys = connection.scalars(select(posts.c.key).where(broken).order_by(posts.c.key))
        lost = [
            key
            for key in keys
            if key in before or (key[-1:] == "/" and any(path.startswith(key) for path in before))
        ]
        found = [_reason(connection, key) for key in lost]
    index.dispose()
    return found


def _reason(connection: Connection, key: str) -> str:
    for row in connection.execute(select(problems).where(problems.c.key == key)):
        if CODES[row.code][0] == "error":
            return f"{key}:{row.line}:{row.column}: {row.code}: {row.message}; {row.hint}"
    return f"{key}:1:1: it cannot be read"
