"""Mass disappearance is doubted: a folder that cannot be trusted is no empty folder."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, func, insert, select

from feeds.index.database import reading
from feeds.index.tables import entries, meta, posts
from feeds.sources.folder import Folder
from feeds.sources.protocol import Files

DOUBT_FILES, DOUBT_SHARE, DOUBT_SECONDS = 10, 0.3, 60


def remembered(ledger: Engine) -> int:
    """Return how many posts were public when the ledger was last written."""
    with reading(ledger) as connection:
        shown = select(func.count()).select_from(entries).where(entries.c.post.is_not(None))
        return connection.scalar(shown) or 0


def plain(index: Engine, source: Files, gone: Sequence[str]) -> bool:
    """Tell whether removals can be believed without a look at everything else.

    That is a few files of many, in a folder that is on the file system where it was.

    Raises:
        SourceUnavailable: There is no such folder now.
    """
    if len(gone) > DOUBT_FILES or not isinstance(source, Folder):
        return False
    others = select(posts.c.key).where(posts.c.key.not_in(gone)).limit(1)
    with reading(index) as connection:
        same = _meta(connection, "device") == str(source.device())
        return same and connection.execute(others).first() is not None


def doubted(index: Engine, source: Files, gone: int, total: int, now_ns: int) -> str | None:
    """Return why so many removals are not believed yet, None where they are."""
    all_gone = gone >= total > 1
    if not all_gone and (gone <= DOUBT_FILES or gone <= DOUBT_SHARE * total):
        return None
    now = now_ns // 1_000_000_000
    with index.begin() as connection:
        device = _meta(connection, "device")
        since = _meta(connection, "doubted")
        if since is None:
            connection.execute(insert(meta).values(name="doubted", value=str(now)))
    if device is not None and device != str(source.device()):
        return f"{gone} of {total} files are gone and the folder is another file system"
    if since is not None and not 0 <= now - int(since) < DOUBT_SECONDS:
        return None  # or the clock was set back: nobody knows since when
    return f"{gone} of {total} files are gone at once"


def forget(index: Engine, source: Files) -> None:
    """Note that a listing was believed, and on which file system the folder is."""
    device = str(source.device())
    with reading(index) as connection:
        if _meta(connection, "device") == device and _meta(connection, "doubted") is None:
            return
    with index.begin() as connection:
        connection.execute(delete(meta).where(meta.c.name.in_(("doubted", "device"))))
        connection.execute(insert(meta).values(name="device", value=device))


def _meta(connection: Connection, name: str) -> str | None:
    found: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    return found
