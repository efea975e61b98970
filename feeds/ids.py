"""The ids of posts: listed, kept where a site or a file moved, and written into the files."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    bindparam,
    func,
    not_,
    or_,
    select,
    update,
)

from feeds.errors import FeedsError, FileRefused, PublisherRunning
from feeds.index.database import INDEX, LEDGER, connect, open_index, open_ledger, reading
from feeds.index.identity import atom_id
from feeds.index.intake import Intake
from feeds.index.rows import UNSETTLED
from feeds.index.selections import public
from feeds.index.tables import entries, posts
from feeds.model import Post
from feeds.publisher.lock import take_lock
from feeds.settings import Settings
from feeds.sources.facts import digest
from feeds.sources.inserting import NotInserted, insert
from feeds.sources.reading import understand
from feeds.sources.surroundings import Surroundings


class NothingMoved(FeedsError):
    """No post was where the moved ones are said to have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to be done with the file of one post.

    Attributes:
        path: Its key below the content folder.
        file: The file itself, where links lead.
        old, new: Its bytes; equal where nothing is to be done.
        skipped: Why the ids cannot be written into it, else empty.
    """

    path: str
    file: Path
    old: bytes = b""
    new: bytes = b""
    skipped: str = ""


def listed(settings: Settings, now: int) -> list[dict[str, str]]:
    """Return id, path and URL of every public post, by path."""
    with _index(settings) as index:
        return [
            {"id": row.entry_id, "path": row.key, "url": row.url} for row in _public(index, now)
        ]


def edits(settings: Settings, now: int) -> Iterator[Edit]:
    """Yield what puts the ids of every public post into its front matter.

    Raises:
        FeedsError: The site has no lasting address, and so no lasting ids.
    """
    if settings.provisional:
        raise FeedsError(f"ids made for {settings.site.url} do not last: set `site.url` first")
    with _index(settings) as index:
        intake = Intake(index, index, settings)
        site = intake.surroundings()
        root = settings.content.source.resolve()
        rows = _public(index, now)
        files = {row.key: Path(os.path.realpath(root / row.key)) for row in rows}
        shared = Counter(files.values())
        for row in rows:
            edit = Edit(path=row.key, file=files[row.key])
            if not edit.file.is_relative_to(root):
                yield replace(edit, skipped="is a link that leads out of the content folder")
            elif shared[edit.file] > 1:
                yield replace(edit, skipped="is one file with another post, which a link made")
            else:
                yield _edit(edit, intake, site, row)


def _edit(edit: Edit, intake: Intake, site: Surroundings, row: Row[Any]) -> Edit:
    try:
        _, old = intake.source.read(edit.path)
    except (OSError, FileRefused) as error:
        return replace(edit, skipped=f"cannot be read: {error}")
    if digest(old) != row.raw:
        return replace(edit, skipped="changed just now: run this again")
    if row.outcome != "post":
        return replace(edit, skipped="cannot be understood: see `feeds check`")
    values = _missing(Post.loads(row.post), row)
    try:
        new = insert(old, values) if values else old
    except NotInserted as reason:
        lines = " and ".join(f'`{key}: "{value}"`' for key, value in values.items())
        return replace(edit, skipped=f"{reason}; write {lines} into it yourself")
    before, after = (understand(edit.path, content, site).post for content in (old, new))
    if before is None or after != replace(
        before,
        explicit_id=row.entry_id,
        atom_id=values.get("atom_id", before.atom_id),
        json_id=values.get("json_id", before.json_id),
    ):
        return replace(edit, skipped="would be read as another post than before")
    return replace(edit, old=old, new=new)


def _missing(post: Post, row: Row[Any]) -> dict[str, str]:
    """Return the keys without which the ids of a post could not be known again."""
    values = {}
    if post.explicit_id != row.entry_id:
        values["guid"] = row.entry_id
    if row.atom_id not in (post.atom_id, atom_id(row.entry_id, "", 0)):  # host and date may change
        values["atom_id"] = row.atom_id
    if row.json_id not in (None, post.json_id):
        values["json_id"] = row.json_id
    return values


def moved(settings: Settings, old: str, new: str) -> int:
    """Tell the ledger that posts moved: from one address, file or folder to another.

    Ids stay. Addresses serve to recognise posts; a file's path says whose it is. What is at
    a new path already continues the post from the old one.

    Args:
        old, new: Two absolute URLs, or two paths below the content folder; with what is below.

    Returns:
        How many posts were rewritten; 0: all of them were already.

    Raises:
        NothingMoved: No post is known by `old` or `new`, or the files say otherwise.
        FeedsError: A publisher is running.
    """
    addresses = _is_url(old)
    if addresses != _is_url(new):
        raise NothingMoved("OLD and NEW have to be two addresses, or two paths")
    if not addresses:
        _look(settings.content.source, old, new)
    with _locked(settings), _index(settings, open_index) as index, _ledger(settings) as ledger:
        column = entries.c.url if addresses else entries.c.path
        return _rewrite(index, ledger, column, old.rstrip("/"), new.rstrip("/"))


def _rewrite(index: Engine, ledger: Engine, column: Column[str], old: str, new: str) -> int:
    """Move the entries below `old`; the ledger is committed first."""
    with index.begin() as index_now, ledger.begin() as ledger_now:
        found = _below(ledger_now, column, old, new)
        if not found and not _below(ledger_now, column, new):
            raise NothingMoved(f"no post is known at {old}: `feeds ids` lists them all")
        rows = [(number, new + value[len(old) :]) for number, value in found]
        if rows and column is entries.c.path:
            _make_room(ledger_now, index_now, [value for _, value in rows])
        for number, value in rows:
            here = update(entries).where(entries.c.number == number)
            ledger_now.execute(here.values({column.name: value}))
    return len(rows)


def _is_url(text: str) -> bool:
    return re.match(r"(?i)https?://", text) is not None


def _look(root: Path, old: str, new: str) -> None:
    """Refuse to believe in a move that the files do not show."""
    if {"..", "/"} & set(Path(new).parts) or not (root / new).exists():
        raise NothingMoved(f"{new} is not below {root}: move the file first")
    if (root / old).exists():
        raise NothingMoved(f"{old} is still below {root}: it did not move")


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    assert settings.state.path is not None
    try:
        lock = take_lock(settings.state.path)
    except PublisherRunning:
        raise FeedsError("a publisher is running: stop it, and run this again") from None
    try:
        yield
    finally:
        os.close(lock)


def _below(
    connection: Connection, column: Column[str], top: str, without: str | None = None
) -> list[tuple[int, str]]:
    """Return number and value of the entries at or below `top`, less those below `without`."""
    wanted = _at(column, top)
    if without is not None and f"{without}/".startswith(f"{top}/"):
        wanted &= not_(_at(column, without))
    found = connection.execute(select(entries.c.number, column).where(wanted))
    return [(number, value) for number, value in found]


def _at(column: Column[str], top: str) -> ColumnElement[bool]:
    return or_(column == top, func.substr(column, 1, len(top) + 1) == f"{top}/")


def _make_room(ledger: Connection, index: Connection, paths: list[str]) -> None:
    """End what was thought to be new posts at these paths, for good; their files are looked at."""
    here = [{"p": path} for path in paths]
    taken = update(entries).where(entries.c.path == bindparam("p"))
    nothing = dict.fromkeys(("path", "post", "body", "likeness", "url"))
    ledger.execute(taken.values(**nothing), here)
    again = update(posts).where(posts.c.key == bindparam("p"))
    index.execute(again.values(settled=UNSETTLED), here)


def _public(index: Engine, now: int) -> list[Row[Any]]:
    names = ("key", "url", "entry_id", "atom_id", "json_id", "raw", "outcome", "post")
    shown = select(*(posts.c[name] for name in names)).where(public(now)).order_by(posts.c.key)
    with reading(index) as connection:
        return list(connection.execute(shown))


def _index(
    settings: Settings, opened: Callable[[Path], Engine] = connect
) -> AbstractContextManager[Engine]:
    assert settings.state.path is not None
    return _disposed(opened(settings.state.path / INDEX))


def _ledger(settings: Settings) -> AbstractContextManager[Engine]:
    assert settings.state.path is not None
    return _disposed(open_ledger(settings.state.path / LEDGER))


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()
