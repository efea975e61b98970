"""Files → index, under the settings of the moment: what every command does first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from feeds.index import groupings, identity
from feeds.index.database import reading
from feeds.index.sync import Scan, Sync
from feeds.index.tables import bodies, folders, members, meta, posts, problems, targets
from feeds.profiles import PROFILES
from feeds.settings import Settings
from feeds.sources import cascades, people
from feeds.sources.facts import digest
from feeds.sources.folder import Folder
from feeds.sources.protocol import Files
from feeds.sources.surroundings import Surroundings

NORMALISER = "4"
"""Raise it when the dialect reads a field differently: posts are read again from their facts."""


class Intake:
    """Brings one index up to date; holds what is worth holding between two times.

    Args:
        code: Where the posts are; None: in the folder that the settings name.
        progress: Told of a scan's progress; see `Sync`.

    Attributes:
        settings: Those of the next run.
    """

    def __init__(
        self, index: Engine, ledger: Engine, settings: Settings, code: Files | None = None,
        progress: Callable[[int, bool], None] = lambda count, all_new: None,
    ) -> None:  # fmt: skip
        self._progress = progress
        self.index, self.ledger, self.settings, self._code = index, ledger, settings, code
        self._people: tuple[Any, dict[str, Any]] = (None, {})

    @property
    def source(self) -> Files:
        """Where the posts are."""
        if self._code is not None:
            return self._code
        content = self.settings.content
        include = (*content.include, *PROFILES[content.profile].companions)
        return Folder(content.source, include, content.exclude)

    def apply(self) -> Surroundings:
        """Read all posts again from their facts if something that shapes them changed."""
        site = self.surroundings()
        shaping = digest(f"{NORMALISER} {site.digest}".encode())
        source = str(self.settings.content.source) if self._code is None else "code"
        with reading(self.index) as connection:
            rows = connection.execute(select(meta).where(meta.c.name.in_(("shaping", "source"))))
            held = {row.name: row.value for row in rows}
        if held == {"shaping": shaping, "source": source}:
            return site
        if held.get("source", source) != source:
            with self.index.begin() as connection:  # another folder: nothing of it is known
                groupings.touch_all(connection, ())
                for table in (posts, members, targets, bodies, folders, problems):
                    connection.execute(delete(table))
                connection.execute(delete(meta).where(meta.c.name == "device"))
        elif held:
            self._sync(site).renormalise()
        with self.index.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name.in_(("shaping", "source"))))
            values = [{"name": "shaping", "value": shaping}, {"name": "source", "value": source}]
            connection.execute(insert(meta), values)
        return site

    def scan(self, keys: Iterable[str] | None, now_ns: int, *, trust: bool = False) -> Scan:
        """Compare `keys`, or everything, and read what changed.

        Args:
            trust: Believe that files are gone, however many.

        Raises:
            SourceUnavailable: The folder cannot be listed: nothing changes.
        """
        sync = self._sync(self.surroundings())
        found = sync.some(keys, now_ns) if keys is not None else None
        found = found if found is not None else sync.full(now_ns, trust=trust)
        self.apply()  # a section's page may say something new about posts below
        return found

    def settle(self, now: int) -> None:
        """Give ids to the posts that are public at `now` and have none."""
        with reading(self.index) as index:
            if not identity.waiting(index, now):
                return
        # The ledger is left, and so committed, first: what it says can be said again.
        with self.index.begin() as index, self.ledger.begin() as ledger:
            identity.settle(index, ledger, now, provisional=self.settings.provisional)

    def surroundings(self) -> Surroundings:
        """Return what every file is read with: settings, people, and what sections say."""
        path = self.settings.content.authors
        stamp = (path, people.stamp(path))
        if self._people[0] != stamp:
            self._people = (stamp, people.read(path))
        with reading(self.index) as connection:
            found = connection.execute(
                # A comparison uses the index, IS NOT NULL would read every row.
                select(posts.c.key, posts.c.cascade).where(posts.c.cascade > "")
            )
            below = cascades.gathered((row.key, row.cascade) for row in found)
        return Surroundings.of(self.settings, self._people[1], below)

    def _sync(self, site: Surroundings) -> Sync:
        return Sync(self.index, self.ledger, self.source, site, self._progress)
