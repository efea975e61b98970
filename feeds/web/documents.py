"""The documents that this process serves, loaded from the store when the revision moves.

The site's own are always in memory; those of groups once somebody asked for them, while there
is room.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from feeds.index.database import INDEX, REVISION
from feeds.index.tables import documents, meta
from feeds.publisher.store import GONE, REDIRECT, Revision
from feeds.web.responses import Redirect, Resource

RETRY_SECONDS = 1.0
OVERHEAD_BYTES = 8_000  # of the headers of one document, and what holds them

log = logging.getLogger("feeds.web")


class NotYet(Exception):
    """The index was deleted, and the first publication since is not over."""


class Stored:
    """A document of a group: `resource` once it was read from the store, until it is evicted."""

    __slots__ = ("path", "resource")

    def __init__(self, path: str) -> None:
        self.path = path
        self.resource: Resource | None = None


class Documents:
    """Path → ready answers.

    Args:
        state: The state folder.
        memory: How many bytes the documents of groups may take.
        prefix: What precedes every path in requests: `/blog`.
        without: Formats that are not answered.

    Attributes:
        by_path: Replaced as a whole, never changed in place, so that a request sees one
            state. Paths are as WSGI hands them: see `as_requested`.
        complete: The first publication is over.
        shared, seen: The revision as all processes see it, and as it was at the last load:
            while they are equal there is nothing to do.
    """

    def __init__(
        self, state: Path, memory: int, prefix: str = "", without: Collection[str] = ()
    ) -> None:
        self._state, self._memory = state, memory
        self._prefix, self._without = prefix, without
        self._held: dict[Stored, int] = {}  # with their bytes, in the order of reading
        self._lock = threading.Lock()
        self._revision: Revision | None = None
        self.shared: Any = b""
        self.seen: bytes | None = None
        self._number = -1
        self._inode: int | None = None  # of the index that everything here is from
        self._retry_at = 0.0
        self.by_path: dict[str, Resource | Redirect | Stored] = {}
        self.complete = False
        # A connection for each load: the index may be deleted and made anew meanwhile. Reading
        # only: SQLite would make an empty database, which the publisher takes for its own.
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)

    def _connect(self) -> sqlite3.Connection:
        path = quote(os.fspath(self._state.absolute() / INDEX))
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)

    def refresh(self) -> None:
        """Load what changed. Others wait meanwhile: a client never sees documents go back."""
        with self._lock:
            if self.shared[:8] == self.seen or time.monotonic() < self._retry_at:
                return
            try:
                self._load()
            except (SQLAlchemyError, OSError) as error:
                if self.complete:  # what was loaded stays: the last good copy is better than none
                    self._retry_at = time.monotonic() + RETRY_SECONDS
                    log.warning("documents could not be loaded; those before stay: %s", error)

    def read(self, stored: Stored) -> Resource | None:
        """Read a document, and make room for it; None: it is not there any more.

        Raises:
            SQLAlchemyError: The store cannot be read now.
            NotYet: It is being made anew.
        """
        with self._lock:
            if stored.resource is None:
                shown = select(documents).where(documents.c.path == stored.path)
                with self._engine.connect() as connection:
                    row = connection.execute(shown).one_or_none()
                    if row is None and not _published(connection):
                        raise NotYet
                if row is None or row.format in (GONE, REDIRECT):
                    self.seen = None  # so is what named it: nobody announced that yet
                    return None
                if self.by_path.get(as_requested(self._prefix + stored.path)) is not stored:
                    return Resource(row)  # it was replaced meanwhile: nobody will ask for this one
                size = len(row.identity) + len(row.gzip) + len(row.br) + OVERHEAD_BYTES
                room = self._memory - size - sum(self._held.values())
                while room < 0 and self._held:
                    oldest = next(iter(self._held))
                    oldest.resource = None
                    room += self._held.pop(oldest)
                self._held[stored] = size
                stored.resource = Resource(row)
            return stored.resource

    def health(self) -> dict[str, Any] | None:
        """Return what the publisher wrote down last, None before it first did."""
        try:
            with self._engine.connect() as connection:
                found = connection.scalar(select(meta.c.value).where(meta.c.name == "health"))
        except SQLAlchemyError:
            return None
        if found is None:
            return None
        shown: dict[str, Any] = json.loads(found)
        return {"status": "ok", "revision": self._number, "documents": len(self.by_path)} | shown

    def _load(self) -> None:
        if self._revision is None:
            self._state.mkdir(parents=True, exist_ok=True)
            self._revision = Revision(self._state / REVISION)
            self.shared = self._revision.shared
        if not (self._state / INDEX).exists():
            raise FileNotFoundError(self._state / INDEX)
        seen, inode = self.shared[:8], (self._state / INDEX).stat().st_ino
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # one state: an index and its shards change at once
            ready = _published(connection)
            if ready and inode != self._inode:  # made anew: it knows nothing of what is gone
                self._held.clear()
                self._inode = inode
                self._take(connection, {}, -1)
            else:
                self._take(connection, dict(self.by_path), self._number)
            self.complete = self.complete or ready
        self._number = int.from_bytes(seen, "little")
        self.seen = seen

    def _take(self, connection: Connection, fresh: dict[str, Any], since: int) -> None:
        changed = select(documents).where(documents.c.revision > since)
        for row in connection.execute(changed.where(documents.c.owner == "")):
            if row.format not in self._without:
                self._replace(fresh, row.path, None if row.format == GONE else _answer(row))
        of_groups = changed.where(documents.c.owner != "").with_only_columns(
            documents.c.path, documents.c.format, documents.c.location, documents.c.cache_control
        )
        for row in connection.execute(of_groups):
            found = Redirect(row) if row.format == REDIRECT else Stored(row.path)
            self._replace(fresh, row.path, None if row.format == GONE else found)
        self.by_path = fresh

    def _replace(self, by_path: dict[str, Any], path: str, shown: Any) -> None:
        requested = as_requested(self._prefix + path)
        before = by_path.pop(requested, None)
        if isinstance(before, Stored):
            self._held.pop(before, None)
        if shown is not None:
            by_path[requested] = shown


def _published(connection: Connection) -> bool:
    found = connection.scalar(select(meta.c.name).where(meta.c.name == "health"))
    return found is not None


def _answer(row: Any) -> Resource | Redirect:
    return Redirect(row) if row.format == REDIRECT else Resource(row)


def as_requested(path: str) -> str:
    """Return a path as WSGI hands it: its UTF-8 bytes as latin-1 (PEP 3333)."""
    return path.encode().decode("latin-1")
