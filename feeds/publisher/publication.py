"""The documents of one pass: each is looked at, rendered where its key is new, and stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine, delete, insert, select

from feeds.index import groupings
from feeds.index import selections as chosen
from feeds.index.database import reading
from feeds.index.tables import meta
from feeds.index.tables import selections as remembered
from feeds.profiles import PROFILES
from feeds.publisher import catalogue
from feeds.publisher.catalogue import Planned
from feeds.publisher.selection import Selection
from feeds.publisher.sitemaps import Sitemap
from feeds.publisher.store import REDIRECT, Document, Store
from feeds.settings import PLACES, Settings
from feeds.sources.facts import digest
from feeds.sources.groupings import segment
from feeds.sources.permalinks import SLUGS

SOON_SECONDS = 60  # max-age while a scheduled change is near
SHARDS = "sitemap"  # whose documents the sitemap's parts are: web workers read them on demand
SLICE_SECONDS = 1.0  # of groups; then the source is looked at, and the feeds of the site


@dataclass
class Publication:
    """What `Publisher` publishes at one moment.

    Attributes:
        must_wait: Tells whether a selection's documents have to stay as they are for now.
        looked: How many documents were looked at; of the sitemap's, those that changed.
        rendered: How many of them were rendered.
        later: Some changed within this second already, and wait for the next.
        unfinished: Some groups are still to be looked at.
    """

    settings: Settings
    index: Engine
    ledger: Engine
    store: Store
    posts: Selection
    must_wait: Callable[[Selection], bool]
    looked: int = 0
    rendered: int = 0
    later: bool = False
    unfinished: bool = False
    _paths: set[str] = field(default_factory=set)

    @property
    def now(self) -> int:
        """The moment, in Unix seconds."""
        return self.posts.now

    def run(self) -> None:
        """Bring every document up to date: first those that most people wait for."""
        soon = self._is_soon()
        self._touch()
        self._put_all(tuple(catalogue.FEEDS), soon)
        self._sitemap(soon)
        self._put_all(catalogue.PLAIN, soon)
        self._groups(time.monotonic() + SLICE_SECONDS)
        if self.unfinished:  # a list of the groups is right once they are there
            used = self.settings.paths.used()
            self._paths.update(used[name] for name in catalogue.LAST if name in used)
        else:
            self._put_all(catalogue.LAST, soon)
        for old, new in self.settings.aliases.items():
            if "{" not in old:
                self._paths.add(old)
                self._redirect(old, new)
        self.store.keep_only(self._paths)

    def _put_all(self, formats: tuple[str, ...], soon: bool) -> None:
        for planned in catalogue.documents(self.settings, self.posts, self.index, formats):
            self._paths.add(planned.path)
            self._put(planned, self.posts, soon)

    def _put(self, planned: Planned, posts: Selection, soon: bool) -> bool:
        """Store a document; False: it has to be looked at again."""
        self.looked += 1
        if planned.timed and self.must_wait(posts):
            self.later = True
            return False
        cache_control = self._cache_control(soon and planned.timed)
        if self.store.key(planned.path) == planned.key:
            self.store.head(planned.path, cache_control, planned.link)
            return True
        self.rendered += 1
        owner = posts.name if posts.group else ""
        return self._store(_document(planned, owner, cache_control))

    def _sitemap(self, soon: bool) -> None:
        """Bring the sitemap up to date: an index and its shards change all at once, or wait."""
        path = self.settings.paths.sitemap
        held = self.store.of_owners(("", SHARDS), "sitemap")
        dates: dict[str, int] = {}
        planned: list[Planned] = []
        near: set[str] = set()
        if path is not None:
            self._paths.add(path)
            sitemap = Sitemap(self.settings, self.index, self.now, path, dates)
            planned = sitemap.planned()
            near = sitemap.soon(self.settings.cache.max_age) | ({path} if soon else set())
        for one in planned:
            row = held.get(one.path)
            if row is not None and row.key == one.key:
                dates[one.path] = row.last_modified
                cache_control = self._cache_control(one.path in near)
                if row.cache_control != cache_control:
                    self.store.head(one.path, cache_control, None)
        fresh = [one for one in planned if one.path not in dates]
        gone = held.keys() - {one.path for one in planned}
        self.looked += max(len(fresh), len(planned) and 1)
        # Not if it is missing: its bytes may be those of this second, from before the index went.
        if path in held and fresh and self.store.must_wait(path, self.now):
            self.later = True
            self._paths.update(gone)
        elif fresh or gone:
            self._switch(path, fresh, near, gone, dates)

    def _switch(
        self, path: str | None, fresh: list[Planned], near: set[str], gone: set[str],
        dates: dict[str, int],
    ) -> None:  # fmt: skip
        """Store what is new of the sitemap and take away what is gone, in one step."""
        if self.must_wait(self.posts):
            self.later = True
            self._paths.update(gone)
            return
        documents = (
            _document(
                one, "" if one.path == path else SHARDS, self._cache_control(one.path in near)
            )
            for one in fresh
        )
        if self.store.put_together(documents, dates, gone, self.now):
            self.rendered += len(fresh)
        else:
            self.later = True
            self._paths.update(gone)

    def _store(self, document: Document) -> bool:
        stored = self.store.put(document, self.now)
        self.later |= not stored
        return stored

    def _redirect(self, old: str, new: str, owner: str = "") -> bool:
        location = self.settings.url(new)
        key = digest(location.encode())
        if self.store.key(old) == key:
            self.store.head(old, self._cache_control(False), None)
            return True
        return self._store(
            Document(
                path=old,
                format=REDIRECT,
                owner=owner,
                key=key,
                content=b"",
                entries=0,
                cache_control=self._cache_control(False),
                location=location,
            )
        )

    def _touch(self) -> None:
        """Find out which groups have to be looked at, beside those of changed posts."""
        version = catalogue.version_of(self.settings)
        state = {"catalogue": version, "looked": str(self.now)}
        with reading(self.index) as index:
            rows = index.execute(select(meta).where(meta.c.name.in_(state)))
            held = {row.name: row.value for row in rows}
        known = [] if held.get("catalogue") == version else self._known()
        with self.index.begin() as index:
            if held.get("catalogue") != version:
                groupings.touch_all(index, known)
            since = int(held.get("looked", self.now))
            groupings.touch_due(index, since, self.now, self.settings.cache.max_age)
            index.execute(delete(meta).where(meta.c.name.in_(state)))
            index.execute(insert(meta), [{"name": name, "value": state[name]} for name in state])

    def _known(self) -> list[tuple[str, str]]:
        """Return the groups that were public once: the ledger has their ids."""
        named = select(remembered.c.name).where(remembered.c.id.is_not(None))
        with reading(self.ledger) as ledger:
            split = [name.partition("/") for name in ledger.scalars(named)]
        return [(kind, name) for kind, _, name in split if kind in PLACES]

    def _groups(self, deadline: float) -> None:
        """Look at the groups that something touched, until the time is up."""
        with reading(self.index) as index:
            waiting = groupings.waiting(index)
        for group in waiting:
            if time.monotonic() > deadline:
                self.unfinished = True
                return
            self._group(group)

    def _group(self, group: tuple[str, str]) -> None:
        address = next(iter(catalogue.group_paths(self.settings, group).values()), None)
        title = None
        done = True
        soon = False
        paths: set[str] = set()
        if address is not None:
            below = self.settings.url(address.rpartition("/")[0] + "/")
            posts = replace(self.posts, group=group, address=below)
            if posts.wanted:
                title = posts.title if posts.rows else ""
                soon = self._is_soon(group)
                for planned in catalogue.of_group(self.settings, posts):
                    paths.add(planned.path)
                    done &= self._put(planned, posts, soon)
                for old, new in self._aliases(group):
                    paths.add(old)
                    done &= self._redirect(old, new, posts.name)
        self.store.keep_only(paths, "/".join(group))
        if done:
            with self.index.begin() as index:
                groupings.settle(index, group, title, soon)

    def _aliases(self, group: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Yield old path and new path of a group's documents, where the settings know old ones.

        `{slug}` is what generators make of a name: not lossless, so that the first one has it.
        """
        kind, name = group
        place, slug = PLACES[kind], SLUGS[PROFILES[self.settings.content.profile].slugs][0](name)
        used = self.settings.group_paths(kind).values()
        for old, new in self.settings.aliases.items():
            if new in used and (place in old or (slug and "{slug}" in old)):
                path = old.replace(place, segment(name)).replace("{slug}", slug)
                held = self.store.owner(path)
                if catalogue.is_taken(self.settings, path):
                    continue
                if held is None or (f"{kind}/{name}" <= held and held.startswith(f"{kind}/")):
                    yield path, new.replace(place, segment(name))

    def _cache_control(self, soon: bool) -> str:
        """Return the poll hint: short while a scheduled change is near (RFC 9111, 5.2.2.1)."""
        cache = self.settings.cache
        stale = f"stale-if-error={cache.stale_if_error}"
        if soon:
            return f"public, max-age={min(SOON_SECONDS, cache.max_age)}, {stale}"
        revalidate = f"stale-while-revalidate={cache.stale_while_revalidate}"
        return f"public, max-age={cache.max_age}, {revalidate}, {stale}"

    def _is_soon(self, group: tuple[str, str] | None = None) -> bool:
        """Tell whether a post of the group, or of the site, appears or expires shortly."""
        horizon = self.settings.cache.max_age
        with reading(self.index) as index:
            if group is not None:
                return group in groupings.near(index, self.now, horizon)
            moment = chosen.next_moment(index, self.now)
        return moment is not None and moment - self.now <= horizon


def _document(planned: Planned, owner: str, cache_control: str) -> Document:
    """Render a document."""
    return Document(
        path=planned.path,
        format=planned.format,
        owner=owner,
        key=planned.key,
        content=planned.render(),
        entries=planned.entries(),
        cache_control=cache_control,
        born=planned.born,
        link=planned.link,
    )
