"""The documents that this process serves, loaded from the store when the revision moves."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
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

log = logging.getLogger("feeds.web")


class Documents:
    """Path → ready answers.

    Attributes:
        by_path: Replaced as a whole, never changed in place, so that a request sees one
            state. Paths are as WSGI hands them: bytes as latin-1 (PEP 3333).
        complete: The first publication is over.
        shared, seen: The revision as all processes see it, and as it was at the last load:
            while they are equal there is nothing to do.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._revision: Revision | None = None
        self.shared: Any = b""
        self.seen: bytes | None = None
        self._number = -1
        self._retry_at = 0.0
        self.by_path: dict[str, Resource | Redirect] = {}
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
        seen = self.shared[:8]
        with self._engine.connect() as connection:
            self._take(connection)
            self.complete = self.complete or (
                connection.scalar(select(meta.c.name).where(meta.c.name == "health")) is not None
            )
        self._number = int.from_bytes(seen, "little")
        self.seen = seen

    def _take(self, connection: Connection) -> None:
        changed = select(documents).where(documents.c.revision > self._number)
        fresh = dict(self.by_path)
        for row in connection.execute(changed):
            path = row.path.encode().decode("latin-1")
            if row.format == GONE:
                fresh.pop(path, None)
            else:
                fresh[path] = Redirect(row) if row.format == REDIRECT else Resource(row)
        self.by_path = fresh
