"""Which groupings a post is in: its tags, section, authors and language."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from feeds.model import Post
from feeds.sources.permalinks import named
from feeds.sources.surroundings import Surroundings

LONGEST = 200  # bytes of a name in a path: file systems end at 255


class Membership(NamedTuple):
    """A post is in the group `name` of `kind`; `title` is the name as its author wrote it."""

    kind: str
    name: str
    title: str


def memberships(post: Post, site: Surroundings) -> list[Membership]:
    """Return the groups of a post, each once; none for an undated one, which is in no feed."""
    if post.published is None:
        return []
    found: dict[tuple[str, str], Membership] = {}
    for kind in site.settings.groupings.kinds:
        for title in _TITLES[kind](post, site):
            name = folded(title)
            if name:
                found.setdefault((kind, name), Membership(kind, name, title))
    return list(found.values())


@lru_cache(maxsize=4096)
def folded(title: str) -> str:
    """Return a group's name: titles that differ in case or composition alone are one group."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", title).casefold()).strip()


def segment(name: str) -> str:
    """Return a folded name as one part of a path, decoded; different names stay different.

    A folded name has no capital, so that an escape with capitals is never part of one.
    """
    shown = {".": "%2E", "..": "%2E%2E"}.get(name) or name.replace("/", "%2F").replace("\\", "%5C")
    encoded = shown.encode()
    if len(encoded) <= LONGEST:
        return shown
    mark = hashlib.blake2b(encoded, digest_size=8).hexdigest().upper()
    return f"{encoded[:LONGEST].decode(errors='ignore')}~{mark}"


def _sections(post: Post, site: Surroundings) -> Iterable[str]:
    """Return the first folder of a post, unless it is a year."""
    section = named(post.path, site.languages).folder.partition("/")[0]
    return () if section.isdigit() else (section,)


def _authors(post: Post, site: Surroundings) -> Iterable[str]:
    return (author.name for author in post.authors or site.settings.authors)


_TITLES: dict[str, Callable[[Post, Surroundings], Iterable[str]]] = {
    "tags": lambda post, _: post.tags,
    "sections": _sections,
    "authors": _authors,
    "languages": lambda post, site: (post.language or site.settings.site.language,),
}
