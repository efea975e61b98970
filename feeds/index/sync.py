"""Bringing the index up to date with the source: only changed files are read."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update

from feeds.errors import FileRefused, Problem
from feeds.index import groupings
from feeds.index.changes import Change, Compared, Held, changes, folder_of
from feeds.index.database import reading as read_only
from feeds.index.rows import NO_POST, columns, latest, made
from feeds.index.selections import SETTLED, UNSETTLED
from feeds.index.tables import entries, folders, meta, posts, problems
from feeds.model import Post
from feeds.sources import cascades, reading
from feeds.sources.facts import Facts, digest
from feeds.sources.folder import Stamp
from feeds.sources.groupings import memberships
from feeds.sources.protocol import Files
from feeds.sources.reading import Reading
from feeds.sources.state import state_lines
from feeds.sources.surroundings import Surroundings

BATCH = 1000
STILL_NS = 100_000_000  # a file counts when it has been still for this long
RACY_NS = 2_000_000_000  # the coarsest time stamps of file systems in use
DOUBT_FILES, DOUBT_SHARE, DOUBT_SECONDS = 10, 0.3, 60

log = logging.getLogger("feeds.publisher")


@dataclass(slots=True)
class Scan:
    """What a scan did.

    Attributes:
        read: Files whose bytes were read.
        changed: Rows that differ now.
        restless: Some files were being written; scan again after `STILL_NS`.
        doubted: Why removals were not believed, else None; scan again after
            `DOUBT_SECONDS`.
    """

    read: int = 0
    changed: int = 0
    restless: bool = False
    doubted: str | None = None
    removed: list[str] = field(default_factory=list)
    appeared: int = 0


@dataclass(frozen=True, slots=True)
class Sync:
    """The index, the ledger and a source, under given settings."""

    index: Engine
    ledger: Engine
    source: Files
    site: Surroundings

    def full(self, now_ns: int, *, trust: bool = False) -> Scan:
        """Compare everything.

        Args:
            trust: Believe that files are gone, however many.

        Raises:
            SourceUnavailable: The root cannot be listed: nothing changes.
        """
        scan = Scan()
        with read_only(self.index) as snapshot:
            total = snapshot.scalar(select(func.count()).select_from(posts)) or 0
            self._apply(self._differences(snapshot), scan, now_ns)
        known = total or self._remembered()  # the index may have been deleted meanwhile
        gone = (len(scan.removed) if total else known) - scan.appeared
        scan.doubted = self._doubt(gone, known, now_ns) if gone > 0 and not trust else None
        if scan.doubted is None:
            self._remove(scan)
            self._forget_doubt()
            if not total:
                self._hide_orphans()
        return scan

    def _differences(self, snapshot: Connection) -> Iterator[Change | Compared]:
        digests = {row.prefix: row.digest for row in snapshot.execute(select(folders))}
        known = list(snapshot.scalars(select(posts.c.folder).distinct()))
        stored = select(posts.c.key, posts.c.version, posts.c.racy)

        def held(prefix: str) -> Iterator[Held]:
            rows = snapshot.execute(stored.where(posts.c.folder == prefix))
            return map(Held._make, rows)

        return changes(self.source.listings(), digests, known, held)

    def _remembered(self) -> int:
        """Return how many posts were public when the ledger was last written."""
        with read_only(self.ledger) as connection:
            shown = select(func.count()).select_from(entries).where(entries.c.post.is_not(None))
            return connection.scalar(shown) or 0

    def some(self, keys: Iterable[str], now_ns: int) -> Scan | None:
        """Look at `keys` alone; None: something is gone, so a full scan must judge."""
        found = []
        with read_only(self.index) as snapshot:
            for key in sorted(set(keys)):
                row = snapshot.execute(
                    select(posts.c.version, posts.c.racy).where(posts.c.key == key)
                ).one_or_none()
                stamp = self.source.stamp(key)
                held = Held(key=key, version=row.version, racy=row.racy) if row else None
                if stamp is None and held is not None:
                    return None
                if stamp is not None and (held is None or held.version != stamp.version):
                    found.append(Change(key=key, held=held, found=stamp))
        scan = Scan()
        self._apply(found, scan, now_ns)
        return scan

    def renormalise(self) -> None:
        """Read every post again from its facts: the settings changed, the files did not."""
        with read_only(self.index) as snapshot:
            rows = snapshot.execution_options(yield_per=BATCH).execute(
                select(posts).where(posts.c.facts.is_not(None)).order_by(posts.c.key)
            )
            for batch in _batched(rows, BATCH):
                made = [self._again(row) for row in batch]
                self._write([row for row, _ in made], [found for _, some in made for found in some])
        with self.index.begin() as connection:  # what could not be read has no facts: read again
            stale = update(posts).where(posts.c.facts.is_(None)).values(version="", raw="")
            connection.execute(stale)
            connection.execute(delete(folders))

    def _again(self, row: Row[Any]) -> tuple[dict[str, Any], list[Problem]]:
        found = self._placed(row.key)
        found = found or reading.understood(row.key, Facts.loads(row.facts), self.site)
        kept = {"facts": row.facts, "cascade": row.cascade}
        return self._made({**row._asdict(), **NO_POST, **kept, "settled": UNSETTLED}, found)

    def _apply(self, found: Iterable[Change | Compared], scan: Scan, now_ns: int) -> None:
        open_folders: set[str] = set()  # something in them has to be looked at again
        for batch in _batched(found, BATCH):
            rows: list[dict[str, Any]] = []
            notes: list[Problem] = []
            compared: list[Compared] = []
            for change in batch:
                if isinstance(change, Compared):
                    compared.append(change)
                    continue
                made = self._changed(change, scan, now_ns)
                if made is not None:
                    rows.append(made[0])
                    notes += made[1]
                    scan.appeared += change.held is None
                if made is None or made[0]["racy"]:
                    open_folders.add(folder_of(change.key))
            self._write(rows, notes)
            self._close([one for one in compared if one.prefix not in open_folders])
            scan.changed += len(rows)

    def _changed(
        self, change: Change, scan: Scan, now_ns: int
    ) -> tuple[dict[str, Any], list[Problem]] | None:
        if change.found is None:
            scan.removed.append(change.key)
        elif not self._still(change.found, now_ns):
            scan.restless = True
        else:
            return self._row(change.found, change.held, scan, now_ns)
        return None

    def _close(self, compared: list[Compared]) -> None:
        """Note folders in which nothing is left to look at."""
        if compared:
            with self.index.begin() as connection:
                old = delete(folders).where(folders.c.prefix == bindparam("p"))
                connection.execute(old, [{"p": one.prefix} for one in compared])
                connection.execute(insert(folders), [one._asdict() for one in compared])

    def _still(self, stamp: Stamp, now_ns: int) -> bool:
        # A little after `now_ns`: it changed while we looked. Long after: a clock was set back.
        age = now_ns - stamp.changed_ns
        return stamp.refused is not None or not -RACY_NS < age < STILL_NS

    def _row(
        self, stamp: Stamp, held: Held | None, scan: Scan, now_ns: int
    ) -> tuple[dict[str, Any], list[Problem]] | None:
        """Return the row of one file and its problems; None: it must be looked at again."""
        base = {
            **NO_POST,
            "key": stamp.key,
            "folder": folder_of(stamp.key),
            "version": stamp.version,
            "racy": False,
            "raw": "",
        }
        base |= {"settled": UNSETTLED, "outcome": "refused"}
        placed = self._placed(stamp.key)
        if placed is not None and not cascades.may_have(stamp.key, self.site.profile):
            return self._made(base, placed)
        if stamp.refused is not None:
            return self._broken(base, stamp.refused)
        try:
            version, content = self.source.read(stamp.key)
        except (FileNotFoundError, BlockingIOError):
            scan.restless = True
            return None
        except FileRefused as refused:
            base["racy"] = refused.code == "F001"  # it may be readable without having changed
            return self._broken(base, refused)
        if version not in (None, stamp.version):
            scan.restless = True
            return None
        scan.read += 1
        racy = 0 <= now_ns - stamp.changed_ns < RACY_NS
        base |= {"racy": racy, "raw": digest(content)}
        if held is not None and self._same(base):
            return None
        if placed is not None:
            return self._made(
                base | {"cascade": cascades.of(stamp.key, content, self.site.profile)}, placed
            )
        return self._made(base, reading.understand(stamp.key, content, self.site))

    def _placed(self, key: str) -> Reading | None:
        bundled = self.site.profile.bundles and self.source.bundled(key)
        return reading.placed(key, self.site, bundled=bundled)

    def _same(self, row: dict[str, Any]) -> bool:
        """Note a new version of unchanged bytes; tell whether they are."""
        same = update(posts).where(posts.c.key == row["key"], posts.c.raw == row["raw"])
        with self.index.begin() as connection:
            found = connection.execute(same.values(version=row["version"], racy=row["racy"]))
            return found.rowcount > 0

    def _made(self, base: dict[str, Any], found: Reading) -> tuple[dict[str, Any], list[Problem]]:
        """Return the row of a file that was read."""
        row, notes, refused, header = made(base, found, self.site)
        if refused is None:
            return row, notes
        row, said = self._broken(row, refused, header)
        return row, [*notes, *said]

    def _broken(
        self, base: dict[str, Any], refused: FileRefused, header: str | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Return the row of a file that cannot be read: its last good entry, while that is safe.

        Args:
            header: What may be the file's front matter; None: it could not even be opened.
        """
        problem = refused.problem(base["key"])
        with read_only(self.ledger) as connection:
            good = connection.execute(
                select(entries).where(entries.c.path == base["key"])
            ).one_or_none()
        if good is None:
            return base, [problem]
        base = base | {"url": good.url}  # for links to it, which must not show
        if good.post is None:
            return base, [problem]
        if header is None and refused.code != "F001":
            return base, [problem]  # what it says now is unknown, and it is no file any more
        now = set(state_lines(header)) if header is not None else set()
        if changed := sorted(now - set(good.states.split("\n"))):
            hint = f"{refused.hint}; the post is hidden, as {changed[0]} is new"
            return base, [replace(problem, hint=hint)]
        groups = memberships(Post.loads(good.post), self.site)
        return base | _kept(good) | {"groups": groups}, [
            replace(problem, hint=f"{refused.hint}; until then its last good entry stays")
        ]

    def _write(self, rows: list[dict[str, Any]], found: list[Problem]) -> None:
        """Replace the rows of some files, and the problems of reading them."""
        if not rows:
            return
        keys = [{"k": row["key"]} for row in rows]
        with self.index.begin() as connection:
            groupings.replace(connection, rows)
            connection.execute(delete(posts).where(posts.c.key == bindparam("k")), keys)
            connection.execute(insert(posts), [_columns_only(row) for row in rows])
            connection.execute(delete(problems).where(problems.c.key == bindparam("k")), keys)
            record(connection, found, "read")
            # What a folder's digest stands for is no longer what is held.
            changed = {row["folder"] for row in rows}
            connection.execute(delete(folders).where(folders.c.prefix.in_(changed)))
        hidden = [{"p": row["key"]} for row in rows if row["outcome"] in ("hidden", "not a post")]
        self._hide(hidden)

    def _hide(self, paths: list[dict[str, str]]) -> None:
        """Forget the last good entry of posts that their author hid or removed."""
        if paths:
            with self.ledger.begin() as connection:
                gone = update(entries).where(
                    entries.c.path == bindparam("p"), entries.c.post.is_not(None)
                )
                connection.execute(gone.values(post=None), paths)

    def _hide_orphans(self) -> None:
        """Do the same for files that went while there was no index to notice it."""
        with read_only(self.ledger) as ledger, read_only(self.index) as index:
            kept = ledger.scalars(select(entries.c.path).where(entries.c.post.is_not(None)))
            for batch in _batched(kept, BATCH):
                here = set(index.scalars(select(posts.c.key).where(posts.c.key.in_(batch))))
                self._hide([{"p": path} for path in batch if path is not None and path not in here])

    def _remove(self, scan: Scan) -> None:
        for batch in _batched(scan.removed, BATCH):
            keys = [{"k": key} for key in batch]
            with self.index.begin() as connection:
                groupings.remove(connection, batch)
                connection.execute(delete(posts).where(posts.c.key == bindparam("k")), keys)
                connection.execute(delete(problems).where(problems.c.key == bindparam("k")), keys)
            self._hide([{"p": key} for key in batch])
        scan.changed += len(scan.removed)

    def _doubt(self, gone: int, total: int, now_ns: int) -> str | None:
        """Return why so many removals are not believed yet, None where they are."""
        all_gone = gone >= total > 1
        if not all_gone and (gone <= DOUBT_FILES or gone <= DOUBT_SHARE * total):
            return None
        now = now_ns // 1_000_000_000
        with self.index.begin() as connection:
            device = _meta(connection, "device")
            since = _meta(connection, "doubted")
            if since is None:
                connection.execute(insert(meta).values(name="doubted", value=str(now)))
        if device is not None and device != str(self.source.device()):
            return f"{gone} of {total} files are gone and the folder is another file system"
        if since is not None and not 0 <= now - int(since) < DOUBT_SECONDS:
            return None  # or the clock was set back: nobody knows since when
        return f"{gone} of {total} files are gone at once"

    def _forget_doubt(self) -> None:
        """Note that this listing was believed, and on which file system the folder is."""
        device = str(self.source.device())
        with read_only(self.index) as connection:
            if _meta(connection, "device") == device and _meta(connection, "doubted") is None:
                return
        with self.index.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name.in_(("doubted", "device"))))
            connection.execute(insert(meta).values(name="device", value=device))


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


def record(connection: Connection, found: Iterable[Problem], stage: str) -> None:
    """Write problems; `stage` tells later which step may clear them."""
    rows = [
        {
            "key": problem.path,
            "position": position,
            "stage": stage,
            "line": problem.line,
            "column": problem.column,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for position, problem in enumerate(found)
    ]
    if rows:
        connection.execute(insert(problems), rows)


def _meta(connection: Connection, name: str) -> str | None:
    found: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    return found


def _columns_only(row: dict[str, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in posts.columns}


def _batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
