"""Several old feeds of one site name the same posts: what each reader calls each post."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from feeds.index.places import place
from feeds.moving.old_feeds import OldEntry, OldFeed


@dataclass(slots=True, kw_only=True)
class Known:
    """A post as the subscribers of the old feeds know it.

    Attributes:
        link: As the first feed wrote it.
        place: See `index.places`; None: it is not on this site.
        ids: Format → id.
    """

    link: str
    place: str | None
    ids: dict[str, str]

    @property
    def id(self) -> str:
        """Return what RSS goes on with; without an old RSS feed what the others had."""
        return next(self.ids[name] for name in ("rss", "json", "atom") if name in self.ids)

    @property
    def json_id(self) -> str | None:
        """Return the id in JSON Feed, where it is another than in RSS."""
        found = self.ids.get("json")
        return None if found == self.id else found


def merge(
    feeds: Iterable[OldFeed], site: str, here: Collection[str]
) -> tuple[list[Known], list[str]]:
    """Return what is known of each post, and sentences about what could not be told apart.

    Args:
        site: The address of the site now.
        here: The places of its posts.
    """
    merging = _Merging()
    for feed in feeds:
        places = _Places(feed, site, here)
        found: dict[str, dict[str, Known]] = defaultdict(dict)
        for entry in feed.entries:
            where = places.of(entry)
            link = entry.link or entry.id
            one = Known(link=link, place=where, ids={feed.format: entry.id})
            found[where or f"elsewhere {link}"].setdefault(entry.id, one)
        for key, entries in found.items():
            merging.add(feed, key, list(entries.values()))
    return merging.known, merging.notes


class _Merging:
    def __init__(self) -> None:
        self.known: list[Known] = []
        self.notes: list[str] = []
        self._by_key: dict[str, list[Known]] = defaultdict(list)
        self._owners: dict[tuple[str, str], Known] = {}

    def add(self, feed: OldFeed, key: str, entries: list[Known]) -> None:
        """Add what one feed has under one address."""
        held = self._by_key[key]
        if len(entries) > 1:
            self.notes.append(
                f"{feed.name}: {len(entries)} entries have the address {entries[0].link}: which is "
                "the post is unclear; write the id that it had as `guid` into the file"
            )
        for entry in entries:
            owner = self._owners.get((feed.format, entry.id))
            if owner is not None:
                self._same_id(feed, owner, entry)
            elif len(entries) == len(held) == 1:
                self._join(feed, held[0], entry)
            else:
                self.known.append(entry)
                held.append(entry)
                self._owners[feed.format, entry.id] = entry

    def _same_id(self, feed: OldFeed, owner: Known, entry: Known) -> None:
        if owner.place != entry.place:
            self.notes.append(
                f"{feed.name}: {owner.link} and {entry.link} both have the id {entry.id}: "
                "it stays with the first"
            )

    def _join(self, feed: OldFeed, held: Known, entry: Known) -> None:
        kept = held.ids.setdefault(feed.format, entry.id)
        self._owners[feed.format, kept] = held
        if kept != entry.id:
            self.notes.append(
                f"{feed.name}: {entry.link} has the id {entry.id}, and {kept} in a feed named "
                "before, which counts"
            )


class _Places:
    """Tells which entries of a feed are on this site, and where."""

    def __init__(self, feed: OldFeed, site: str, here: Collection[str]) -> None:
        links = Counter(bare_host(entry.link) for entry in feed.entries)
        home = feed.home or next((f"//{host}/" for host, _ in links.most_common(1)), "")
        self._hosts = {bare_host(url) for url in (feed.url or "", home, site)} - {""}
        self._old, self._new = urlsplit(home).path, urlsplit(site).path
        self._here = here

    def of(self, entry: OldEntry) -> str | None:
        """Return the place of an entry; None: it is about a page that is not of this site."""
        own = next((url for url in (entry.link, entry.id) if bare_host(url) in self._hosts), None)
        if own is None:
            return None
        path = urlsplit(own).path
        if place(own) not in self._here and path.startswith(self._old):
            # The site may have been below another folder: /blog/a/ of old is /a/ now.
            moved = self._new + path.removeprefix(self._old).lstrip("/")
            if place(moved) in self._here:
                return place(moved)
        return place(own)


def bare_host(url: str) -> str:
    """Return the host of an address in lower case, without `www.`; empty: it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # brackets that hold no IPv6 address
        return ""
