"""`feeds diff`: what the subscribers of an old feed would see again, lose or see changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select

from feeds.errors import FeedsError
from feeds.formats import TITLES
from feeds.index.database import reading
from feeds.index.intake import Intake
from feeds.index.places import place
from feeds.index.selections import public
from feeds.index.tables import posts
from feeds.model import rfc3339, shorten
from feeds.moving.addresses import served_format
from feeds.moving.old_feeds import OldEntry, OldFeed, parse
from feeds.moving.workspace import workspace
from feeds.publisher.bodies import Renderer
from feeds.publisher.catalogue import FEEDS
from feeds.publisher.catalogue import feed as feed_of
from feeds.publisher.selection import Selection
from feeds.settings import Settings

_EXCERPT = 60


class Again(NamedTuple):
    """An entry that would be shown twice: by which id it is known, and which it has now."""

    title: str
    link: str
    old: str
    new: str


class Changed(NamedTuple):
    """An entry that keeps its id: name of a field → what it was and is."""

    id: str
    link: str
    fields: dict[str, tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Difference:
    """What the subscribers of one old feed would see.

    Attributes:
        again: Entries shown twice.
        lost: Link → title of entries whose post is not published.
        changed: Entries that differ.
        older: Link → title of entries older than all of the old feed: whoever knew them by
            another id, which the old feed does not tell any more, sees them again.
        doubled: Ids that several entries of the old feed share.
    """

    feed: str
    format: str
    again: list[Again] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    older: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Published:
    """What would be published now: a feed's entries, and every post's id and place."""

    entries: Sequence[OldEntry]
    ids: frozenset[str]
    places: frozenset[str]


def diff(
    settings: Settings, feeds: Iterable[OldFeed], clock: Callable[[], float]
) -> list[Difference]:
    """Compare old feeds with what would be published now in their place; publishes nothing.

    Raises:
        FeedsError: The site's address is this machine, or no feed is published.
        SourceUnavailable: The folder of posts cannot be listed.
    """
    now = int(clock())
    renderer = Renderer()
    try:
        with workspace(settings, clock) as intake:
            intake.settle(now)
            site = Selection(
                index=intake.index,
                ledger=intake.ledger,
                source=intake.source,
                settings=settings,
                renderer=renderer,
                now=now,
                address=settings.site.url,
            )
            made: dict[str, _Published] = {}
            found = []
            for feed in feeds:
                name = _format(settings, feed)
                if name not in made:
                    made[name] = _published(name, intake, site)
                found.append(_compare(feed, name, made[name]))
            return found
    finally:
        renderer.close()


def _format(settings: Settings, feed: OldFeed) -> str:
    """Return the format to compare with: what is served where the old feed was."""
    name = served_format(settings, feed)
    name = name or next((name for name in TITLES if name in settings.paths.used()), None)
    if name is None:
        raise FeedsError("no feed is published: set rss, atom or json under [paths]")
    return name


def _published(name: str, intake: Intake, site: Selection) -> _Published:
    """Publish one format in memory, and read it as subscribers do."""
    url = site.settings.url(site.settings.paths.used()[name])
    content = FEEDS[name](feed_of(name, url, site.settings, site))
    columns: dict[str, tuple[Any, ...]] = {
        "rss": (posts.c.entry_id,),
        "atom": (posts.c.atom_id,),
        "json": (posts.c.json_id, posts.c.entry_id),
    }
    with reading(intake.index) as connection:
        shown = select(posts.c.url, *columns[name]).where(public(site.now))
        rows = list(connection.execute(shown))
    return _Published(
        entries=parse(content, url, url).entries,
        ids=frozenset(next(filter(None, ids)) for _, *ids in rows),
        places=frozenset(place(row.url) for row in rows),
    )


def _compare(feed: OldFeed, name: str, published: _Published) -> Difference:
    old = {entry.id: entry for entry in reversed(feed.entries)}
    new = {entry.id: entry for entry in published.entries}
    unheard = [entry for entry in new.values() if entry.id not in old]
    gone = [entry for entry in feed.entries if entry.id not in published.ids]
    again = list(_again(gone, unheard))
    twice = {one.old for one in again} | {one.new for one in again}
    oldest = min((entry.date for entry in old.values() if entry.date is not None), default=0)
    return Difference(
        feed=feed.name,
        format=name,
        again=again,
        lost={
            entry.link or entry.id: entry.title
            for entry in gone
            if entry.id not in twice and place(entry.link) not in published.places
        },
        changed=[
            Changed(entry.id, entry.link, fields)
            for entry in new.values()
            if entry.id in old and (fields := dict(_fields(old[entry.id], entry)))
        ],
        older={
            entry.link: entry.title
            for entry in unheard
            if entry.id not in twice and entry.date is not None and entry.date < oldest
        },
        doubled=[known for known, n in Counter(_ids(feed)).items() if n > 1],
    )


def _ids(feed: OldFeed) -> Iterator[str]:
    """Yield the id of every entry; one that several pages repeat counts once."""
    yield from (known for known, _ in {(entry.id, entry.link) for entry in feed.entries})


def _again(gone: Sequence[OldEntry], unheard: Sequence[OldEntry]) -> Iterator[Again]:
    """Yield entries under a new id that are entries under an old one, which is gone."""
    titles, fresh = (Counter(entry.title for entry in some) for some in (gone, unheard))
    known = {key: entry for entry in reversed(gone) for key in _marks(entry, titles)}
    for entry in unheard:
        held = next((known[key] for key in _marks(entry, fresh) if key in known), None)
        if held is not None:
            yield Again(entry.title, entry.link, held.id, entry.id)


def _marks(entry: OldEntry, titles: Counter[str]) -> Iterator[tuple[str, str]]:
    """Yield by what an entry is known beside its id; a title only where no other has it."""
    if entry.link:
        yield "link", place(entry.link)
    if entry.body:
        yield "body", _bare(entry.body)
    if entry.title and titles[entry.title] == 1:
        yield "title", entry.title


def _fields(old: OldEntry, new: OldEntry) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the fields that differ, as people read them."""
    for name in ("title", "link"):
        if getattr(old, name) != getattr(new, name):
            yield name, (getattr(old, name), getattr(new, name))
    if old.date != new.date:
        yield "date", (_day(old.date), _day(new.date))
    if _bare(old.body) != _bare(new.body):
        pairs = enumerate(zip(old.body, new.body, strict=False))
        start = next((at for at, (was, now) in pairs if was != now), len(old.body))
        yield "body", (shorten(old.body[start:], _EXCERPT), shorten(new.body[start:], _EXCERPT))


def _bare(text: str) -> str:
    """Return text without white space, which markup makes and readers do not see."""
    return "".join(text.split())


def _day(date: int | None) -> str:
    return "" if date is None else rfc3339(date)
