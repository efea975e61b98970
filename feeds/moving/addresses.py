"""Old feeds keep their addresses: which settings that takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from feeds.formats import TITLES
from feeds.moving.merging import bare_host
from feeds.moving.old_feeds import OldFeed
from feeds.settings import PLACES, Settings
from feeds.sources.groupings import folded, segment

_KINDS = {
    "tag": "tags", "tags": "tags", "label": "tags", "topics": "tags", "category": "tags",
    "categories": "tags", "author": "authors", "authors": "authors",
}  # fmt: skip
_PART = re.compile(rf"(?i)/(?P<kind>{'|'.join(_KINDS)})/(?P<name>[^/]+)/")


def of_a_part(feed: OldFeed) -> bool:
    """Tell whether an old feed is of a tag, category or author, by its address."""
    return _PART.search(urlsplit(feed.url or "").path) is not None


def served_format(settings: Settings, feed: OldFeed) -> str | None:
    """Return the format that is served now to the subscribers of an old feed; None: none."""
    used = settings.paths.used()
    path = _path(settings, feed)
    path = settings.aliases.get(path, path) if path else None
    at_its_path = next((name for name, other in used.items() if other == path), None)
    own = feed.format if feed.format in used else None
    return at_its_path if at_its_path in TITLES else own


def advice(settings: Settings, feeds: Iterable[OldFeed]) -> list[str]:
    """Return what feeds.toml needs for the old addresses, a sentence for each."""
    return list(dict.fromkeys(line for feed in feeds for line in _advice(settings, feed)))


def _advice(settings: Settings, feed: OldFeed) -> Iterator[str]:
    path, used = _path(settings, feed), settings.paths.used()
    if path is None:
        return
    if part := _PART.search(path):
        kind = _KINDS[part["kind"].lower()]
        new = settings.group_paths(kind).get(feed.format)
        name = segment(folded(part["name"]))
        if new is None:
            yield f"to keep {path}, set kinds and formats under [groupings] in feeds.toml"
        elif (new := new.replace(PLACES[kind], name)) != path:
            yield f'put under [aliases] in feeds.toml: "{path}" = "{new}"'
        return
    target = settings.aliases.get(path, path)
    holder = next((name for name, other in used.items() if other == target), None)
    if holder == feed.format:
        return
    if holder is not None:
        yield (
            f"{path} was {TITLES[feed.format]} and is {TITLES.get(holder, holder)} here: set "
            f'{feed.format} = "{path}" under [paths], and another path for {holder}'
        )
    elif feed.format in used:
        yield f'put under [aliases] in feeds.toml: "{path}" = "{used[feed.format]}"'
    else:
        yield f'put under [paths] in feeds.toml: {feed.format} = "{path}"'


def _path(settings: Settings, feed: OldFeed) -> str | None:
    """Return the path of an old feed below the site's URL; None: it cannot be kept here."""
    site = urlsplit(settings.site.url)
    parts = urlsplit(feed.url or "")
    own_hosts = {bare_host(settings.site.url), bare_host(feed.home)}
    if parts.query or bare_host(feed.url or "") not in own_hosts:
        return None
    if not parts.path.startswith(site.path):
        return None
    return "/" + unquote(parts.path.removeprefix(site.path))
