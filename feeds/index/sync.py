"""Bringing the index up to date with the source: only changed files are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update

from feeds.errors import Problem
from feeds.index import doubt, groupings, last_good, loading
from feeds.index.changes import Change, Compared, Held, changes, folder_of
from feeds.index.database import BATCH, batched, insert_many
from feeds.index.database import reading as read_only
from feeds.index.looking import STILL_NS, Looked, place, still
from feeds.index.rows import NO_POST, UNSETTLED, made
from feeds.index.tables import folders, posts, problems
from feeds.index.workers import Job, Reader, Readers
from feeds.sources import reading
from feeds.sources.facts import Facts
from feeds.sources.folder import Folder
from feeds.sources.protocol import Files
from feeds.sources.surroundings import Surroundings

Batch = list[Change | Compared]


@dataclass(slots=True)
class Scan:
    """What a scan did.

    Attributes:
        read: Files whose bytes were read.
        changed: Rows that differ now.
        waiting: Keys of files that were being written: look again.
        still_ns: When all of them will have been still for `looking.STILL_NS`.
        doubted: Why removals were not believed, else None; scan again after
            `doubt.DOUBT_SECONDS`.
    """

    read: int = 0
    changed: int = 0
    waiting: set[str] = field(default_factory=set)
    still_ns: int = 0
    doubted: str | None = None
    removed: list[str] = field(default_factory=list)
    appeared: int = 0

    @property
    def restless(self) -> bool:
        """Tell whether some files were being written."""
        return bool(self.waiting)


@dataclass(frozen=True, slots=True)
class Sync:
    """The index, the ledger and a source, under given settings.

    Attributes:
        progress: Told how many files were read so far, first 0, and whether all are new.
    """

    index: Engine
    ledger: Engine
    source: Files
    site: Surroundings
    progress: Callable[[int, bool], None] = lambda count, all_new: None

    def full(self, now_ns: int, *, trust: bool = False) -> Scan:
        """Compare everything.

        Args:
            trust: Believe that files are gone, however many.

        Raises:
            SourceUnavailable: The root cannot be listed: nothing changes.
        """
        scan = Scan()
        with read_only(self.index) as connection:
            total = connection.scalar(select(func.count()).select_from(posts)) or 0
        try:
            self._apply(self._differences(total), scan, now_ns, first=not total)
        finally:
            loading.finish(self.index)
        known = total or doubt.remembered(self.ledger)  # the index may have been deleted meanwhile
        gone = (len(scan.removed) if total else known) - scan.appeared
        if gone > 0 and not trust:
            scan.doubted = doubt.doubted(self.index, self.source, gone, known, now_ns)
        if scan.doubted is None:
            self._remove(scan)
            doubt.forget(self.index, self.source)
            if not total:
                last_good.forget_orphans(self.index, self.ledger)
        return scan

    def _differences(self, total: int) -> Iterator[Change | Compared]:
        if not total:
            return changes(self.source.listings(), {}, (), lambda _: ())
        with read_only(self.index) as connection:
            digests = {row.prefix: row.digest for row in connection.execute(select(folders))}
            known = list(connection.scalars(select(posts.c.folder).distinct()))
        stored = select(posts.c.key, posts.c.version, posts.c.racy)

        # A snapshot for each folder: one for all would keep SQLite's log from being emptied.
        def held(prefix: str) -> Iterable[Held]:
            with read_only(self.index) as connection:
                rows = connection.execute(stored.where(posts.c.folder == prefix))
                return [Held._make(row) for row in rows]

        return changes(self.source.listings(), digests, known, held)

    def some(self, keys: Iterable[str], now_ns: int) -> Scan | None:
        """Look at `keys` alone; None: what is gone has to be judged by a full scan."""
        found: list[Change] = []
        gone: list[str] = []
        with read_only(self.index) as snapshot:
            for key in sorted(set(keys)):
                row = snapshot.execute(
                    select(posts.c.version, posts.c.racy).where(posts.c.key == key)
                ).one_or_none()
                stamp = self.source.stamp(key)
                held = Held(key=key, version=row.version, racy=row.racy) if row else None
                if stamp is None and held is None and _any_below(snapshot, key):
                    return None
                if stamp is None and held is not None:
                    gone.append(key)
                if (stamp and stamp.version) != (held and held.version):
                    found.append(Change(key=key, held=held, found=stamp))
        scan = Scan()
        if gone and _arriving(found, now_ns):
            # One of them may have been renamed, which is one change and not two.
            found = [change for change in found if change.key not in gone]
            scan.waiting.update(gone)
            gone.clear()
        if gone and not doubt.plain(self.index, self.source, gone):
            return None
        self._apply(found, scan, now_ns)
        self._remove(scan)
        self._reopen({folder_of(key) for key in gone})
        return scan

    def renormalise(self) -> None:
        """Read every post again from its facts: the settings changed, the files did not."""
        with read_only(self.index) as snapshot:
            rows = snapshot.execution_options(yield_per=BATCH).execute(
                select(posts).where(posts.c.facts.is_not(None)).order_by(posts.c.key)
            )
            for batch in batched(rows, BATCH):
                self._write([self._row(self._again(row)) for row in batch])
        with self.index.begin() as connection:  # what could not be read has no facts: read again
            stale = update(posts).where(posts.c.facts.is_(None)).values(version="", raw="")
            connection.execute(stale)
            connection.execute(delete(folders))

    def _again(self, row: Row[Any]) -> Looked:
        found = place(self.source, self.site, row.key)
        found = found or reading.understood(row.key, Facts.loads(row.facts), self.site)
        kept = {"facts": row.facts, "cascade": row.cascade, "settled": UNSETTLED}
        return Looked(*made({**row._asdict(), **NO_POST, **kept}, found, self.site))

    def _apply(
        self, found: Iterable[Change | Compared], scan: Scan, now_ns: int, *, first: bool = False
    ) -> None:
        """Read what changed, and write it down.

        Args:
            first: The index is empty.
        """
        batches: Iterator[Batch] = batched(found, BATCH)
        ahead = list(islice(batches, 2))
        many = len(ahead) == 2 and isinstance(self.source, Folder)
        if first and many:
            loading.begin(self.index)
        open_folders: set[str] = set()  # something in them has to be looked at again
        count = 0
        self.progress(count, first)
        for batch, looked in self._looked(chain(ahead, batches), now_ns, many=many):
            self._take(batch, looked, scan, open_folders)
            count += len(batch)
            self.progress(count, first)

    def _looked(
        self, batches: Iterable[Batch], now_ns: int, *, many: bool
    ) -> Iterator[tuple[Batch, dict[str, Looked]]]:
        """Yield each batch with what became of its files that can be read now."""
        reader = Reader(self.source, self.site, now_ns)
        if not many:
            for batch in batches:
                jobs = self._jobs(batch, now_ns)
                yield batch, _by_key(jobs, reader.read(jobs))
            return
        waiting: list[tuple[Batch, list[Job]]] = []

        def taken() -> Iterator[list[Job]]:
            for batch in batches:
                waiting.append((batch, self._jobs(batch, now_ns)))
                yield waiting[-1][1]

        with Readers(reader) as readers:
            for looked in readers.over(taken()):
                batch, jobs = waiting.pop(0)
                yield batch, _by_key(jobs, looked)

    def _jobs(self, batch: Batch, now_ns: int) -> list[Job]:
        """Return the files of a batch that stand still, with what is held of them."""
        files = [one for one in batch if isinstance(one, Change) and one.found is not None]
        held = [change.key for change in files if change.held is not None]
        raw: dict[str, str] = {}
        if held:
            with read_only(self.index) as connection:
                rows = connection.execute(
                    select(posts.c.key, posts.c.raw).where(posts.c.key.in_(held))
                )
                raw = {row.key: row.raw for row in rows}
        stamps = [change.found for change in files if change.found is not None]
        return [Job(stamp, raw.get(stamp.key)) for stamp in stamps if still(stamp, now_ns)]

    def _take(
        self, batch: Batch, looked: dict[str, Looked], scan: Scan, open_folders: set[str]
    ) -> None:
        fresh: list[Looked] = []
        same: list[dict[str, Any]] = []
        for change in batch:
            if isinstance(change, Compared):
                continue
            seen = looked.get(change.key)
            if change.found is None:
                scan.removed.append(change.key)
            elif seen is None or seen.row is None:
                scan.waiting.add(change.key)
                scan.still_ns = max(scan.still_ns, change.found.changed_ns + STILL_NS)
            elif seen.same:
                same.append(seen.row)
            else:
                fresh.append(seen)
                scan.appeared += change.held is None
            if seen is None or seen.row is None or seen.row["racy"]:
                open_folders.add(folder_of(change.key))
            scan.read += seen is not None and seen.read
        self._keep(same)
        self._write([self._row(seen) for seen in fresh])
        compared = [one for one in batch if isinstance(one, Compared)]
        self._close([one for one in compared if one.prefix not in open_folders])
        scan.changed += len(fresh)

    def _row(self, seen: Looked) -> tuple[dict[str, Any], list[Problem]]:
        """Return the row of a file and its problems."""
        assert seen.row is not None
        if seen.refused is None:
            return seen.row, seen.problems
        row, said = last_good.stand_in(self.ledger, self.site, seen.row, seen.refused, seen.header)
        return row, [*seen.problems, said]

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        """Note new versions of files whose bytes are the same."""
        if rows:
            same = update(posts).where(posts.c.key == bindparam("k"))
            new = same.values(version=bindparam("v"), racy=bindparam("r"))
            values = [{"k": row["key"], "v": row["version"], "r": row["racy"]} for row in rows]
            with self.index.begin() as connection:
                connection.execute(new, values)

    def _close(self, compared: list[Compared]) -> None:
        """Note folders in which nothing is left to look at."""
        if compared:
            with self.index.begin() as connection:
                old = delete(folders).where(folders.c.prefix == bindparam("p"))
                connection.execute(old, [{"p": one.prefix} for one in compared])
                connection.execute(insert(folders), [one._asdict() for one in compared])

    def _write(self, made: list[tuple[dict[str, Any], list[Problem]]]) -> None:
        """Replace the rows of some files, and the problems of reading them."""
        if not made:
            return
        rows = [row for row, _ in made]
        keys = [{"k": row["key"]} for row in rows]
        with self.index.begin() as connection:
            if loading.going_on(connection):
                groupings.add(connection, rows)
            else:
                groupings.replace(connection, rows)
                connection.execute(delete(posts).where(posts.c.key == bindparam("k")), keys)
                connection.execute(delete(problems).where(problems.c.key == bindparam("k")), keys)
                # What a folder's digest stands for is no longer what is held.
                changed = {row["folder"] for row in rows}
                connection.execute(delete(folders).where(folders.c.prefix.in_(changed)))
            for row in rows:
                del row["groups"]
            insert_many(connection, posts, rows)
            record(connection, [problem for _, found in made for problem in found], "read")
        hidden = ("hidden", "not a post")
        last_good.forget(self.ledger, [row["key"] for row in rows if row["outcome"] in hidden])

    def _reopen(self, prefixes: set[str]) -> None:
        """Note that what a folder's digest stands for is no longer what is held."""
        if prefixes:
            with self.index.begin() as connection:
                connection.execute(delete(folders).where(folders.c.prefix.in_(prefixes)))

    def _remove(self, scan: Scan) -> None:
        for batch in batched(scan.removed, BATCH):
            keys = [{"k": key} for key in batch]
            with self.index.begin() as connection:
                groupings.remove(connection, batch)
                connection.execute(delete(posts).where(posts.c.key == bindparam("k")), keys)
                connection.execute(delete(problems).where(problems.c.key == bindparam("k")), keys)
            last_good.forget(self.ledger, batch)
        scan.changed += len(scan.removed)


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


def _by_key(jobs: list[Job], looked: list[Looked]) -> dict[str, Looked]:
    return {job.stamp.key: one for job, one in zip(jobs, looked, strict=True)}


def _arriving(found: Iterable[Change], now_ns: int) -> bool:
    """Tell whether a file that was not there is still being written."""
    return any(one.held is None and one.found and not still(one.found, now_ns) for one in found)


def _any_below(connection: Connection, folder: str) -> bool:
    """Tell whether anything is held of a folder: it may have been moved away."""
    below = posts.c.folder.between(f"{folder}/", f"{folder}/\U0010ffff")
    return connection.execute(select(posts.c.key).where(below).limit(1)).first() is not None
