"""Documents as they are served, and the revision by which readers see that they changed."""

from __future__ import annotations

import gzip
import hashlib
import mmap
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from feeds.index.database import reading
from feeds.index.tables import documents, states

ETAG_VERSION = "1"
REDIRECT, GONE = "redirect", "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A path that we publish, as it is to be stored.

    Attributes:
        key: Digest of everything it was made from.
        content: The identity bytes.
        entries: How many posts it shows.
        owner: The group that it is of: `tags/python`; empty: the site.
        born: Unix seconds of its newest post: its first Last-Modified.
        link: The Link header, if any.
        location: Where a redirect leads, absolute.
    """

    path: str
    format: str
    key: str
    content: bytes
    entries: int
    cache_control: str
    owner: str = ""
    born: int | None = None
    link: str | None = None
    location: str | None = None


class _TooEarly(Exception):
    """A document changed within this second already."""


class Revision:
    """A counter in eight bytes that all processes of a machine map into memory.

    Attributes:
        shared: Those bytes, for comparison: 70 ns instead of the 200 of `value`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists() or path.stat().st_size < 8:
            path.write_bytes((0).to_bytes(8, "little"))
        with path.open("r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 8)

    @property
    def value(self) -> int:
        """Return the number of the last change."""
        return int.from_bytes(self.shared[:8], "little")

    def advance(self, value: int) -> None:
        """Tell everyone: documents changed. Call it after they were committed."""
        self.shared[:8] = value.to_bytes(8, "little")


def etag_digest(content: bytes) -> str:
    """Return the middle of an ETag: our own hash, so that no release of a library moves it."""
    return f"{ETAG_VERSION}-{hashlib.blake2b(content, digest_size=12).hexdigest()}"


class Store:
    """Writes documents; one process at a time.

    Last-Modified is the ledger's: it rises with every change of bytes, whatever the clock
    does, and a document changes at most once in a wall second, so that a reader who asks
    with If-Modified-Since alone misses nothing (RFC 9110, 8.8.2.2).
    """

    def __init__(self, index: Engine, ledger: Engine, revision: Revision) -> None:
        self._index, self._ledger, self._revision = index, ledger, revision
        self._changed: dict[str, int] = {}
        with reading(index) as connection:
            self._number = connection.scalar(select(func.max(documents.c.revision))) or 0
        self._number = max(self._number, revision.value)

    def key(self, path: str) -> str | None:
        """Return the key of a stored document."""
        with reading(self._index) as connection:
            found: str | None = connection.scalar(
                select(documents.c.key).where(documents.c.path == path)
            )
            return found

    def owner(self, path: str) -> str | None:
        """Return whose document is at a path now; None: nobody's."""
        shown = select(documents.c.owner).where(
            documents.c.path == path, documents.c.format != GONE
        )
        with reading(self._index) as connection:
            found: str | None = connection.scalar(shown)
            return found

    def head(self, path: str, cache_control: str, link: str | None) -> None:
        """Bring the headers of an unchanged document up to date."""
        with reading(self._index) as connection:
            held = self._held(connection, path)
        if held is not None and (held.cache_control, held.link) != (cache_control, link):
            with self._index.begin() as connection:
                self._write(connection, path, cache_control=cache_control, link=link)
        self._announce()

    def put(self, document: Document, now: int) -> bool:
        """Store a document; False: it changed within this second already, come back in the next.

        Equal bytes keep their validators, whatever else changed.
        """
        try:
            with self._index.begin() as connection:
                self._put(connection, document, now)
        except _TooEarly:
            return False
        self._announce()
        return True

    def of_owners(self, owners: Collection[str], form: str) -> dict[str, Row[Any]]:
        """Return path → `key`, `last_modified` and `cache_control` of documents of one format."""
        columns = [documents.c[name] for name in ("path", "key", "last_modified", "cache_control")]
        here = (documents.c.owner.in_(owners), documents.c.format == form)
        with reading(self._index) as connection:
            return {row.path: row for row in connection.execute(select(*columns).where(*here))}

    def put_together(
        self, fresh: Iterable[Document], dates: dict[str, int], gone: Iterable[str], now: int
    ) -> bool:
        """Store documents that name each other; False: as with `put`, and nothing was stored.

        Readers see all of it at once: no document names one that is not there.

        Args:
            fresh: Each is asked for when those before it are written.
            dates: Path → Last-Modified; those of `fresh` are added.
            gone: Paths of documents that are taken away.
        """
        before = self._number
        try:
            with self._index.begin() as connection:
                for document in fresh:
                    dates[document.path] = self._put(connection, document, now)
                self._take_away(connection, gone)
        except _TooEarly:
            self._number = before
            return False
        self._announce()
        return True

    def must_wait(self, path: str, now: int) -> bool:
        """Tell whether a document changed within this second already."""
        with reading(self._ledger) as connection:
            held = select(states.c.last_modified).where(states.c.path == path)
            return now in (connection.scalar(held), self._changed.get(path))

    def keep_only(self, paths: set[str], owner: str = "") -> None:
        """Take away the documents of a group, or of the site, that are there no more."""
        with reading(self._index) as connection:
            shown = select(documents.c.path).where(
                documents.c.format != GONE, documents.c.owner == owner
            )
            gone = set(connection.scalars(shown)) - paths
        if gone:
            with self._index.begin() as connection:
                self._take_away(connection, gone)
            self._announce()

    def complete(self) -> None:
        """Tell readers that the first publication is over: what is missing now is not there."""
        self._number += 1
        self._announce()

    def _put(self, connection: Connection, document: Document, now: int) -> int:
        """Write a document; return its Last-Modified, which is in the ledger by then.

        Raises:
            _TooEarly: It changed within this second already.
        """
        digest = etag_digest(document.content + (document.location or "").encode())
        held = self._held(connection, document.path)
        last_modified = self._last_modified(document, digest, now)
        values = {
            "format": document.format,
            "owner": document.owner,
            "key": document.key,
            "digest": digest,
            "last_modified": last_modified,
            "cache_control": document.cache_control,
            "link": document.link,
            "location": document.location,
            "entries": document.entries,
        }
        if held is None or held.digest != digest:
            values |= _codings(document.content)
        if held is None:
            connection.execute(insert(documents).values(path=document.path, revision=0, **values))
        self._write(connection, document.path, **values)
        return last_modified

    def _take_away(self, connection: Connection, paths: Iterable[str]) -> None:
        empty = {"identity": b"", "gzip": b"", "br": b"", "key": "", "digest": ""}
        for path in sorted(paths):
            self._write(connection, path, format=GONE, **empty)

    def _last_modified(self, document: Document, digest: str, now: int) -> int:
        """Return the document's Last-Modified, remembered.

        Raises:
            _TooEarly: It changed within this second already.
        """
        with self._ledger.begin() as connection:
            state = connection.execute(
                select(states).where(states.c.path == document.path)
            ).one_or_none()
            if state is not None and state.digest == digest:
                return int(state.last_modified)
            if state is None:
                moment = min(now if document.born is None else document.born, now)
            elif now in (state.last_modified, self._changed.get(document.path)):
                raise _TooEarly
            else:
                moment = max(now, state.last_modified + 1)
            connection.execute(delete(states).where(states.c.path == document.path))
            connection.execute(
                insert(states).values(path=document.path, digest=digest, last_modified=moment)
            )
        self._changed[document.path] = now
        return moment

    def _held(self, connection: Connection, path: str) -> Any:
        columns = (documents.c.digest, documents.c.cache_control, documents.c.link)
        return connection.execute(select(*columns).where(documents.c.path == path)).one_or_none()

    def _write(self, connection: Connection, path: str, **values: Any) -> None:
        self._number += 1
        changed = update(documents).where(documents.c.path == path)
        connection.execute(changed.values(revision=self._number, **values))

    def _announce(self) -> None:
        if self._revision.value != self._number:
            self._revision.advance(self._number)


def _codings(content: bytes) -> dict[str, bytes]:
    """Return a document in each content coding; mtime 0: equal documents, equal bytes."""
    return {
        "identity": content,
        "gzip": gzip.compress(content, 6, mtime=0),
        "br": brotli.compress(content, quality=5),
    }
