"""Every document of a site: where it is, what it is made from, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

from sqlalchemy import Engine

from feeds.formats import MEDIA_TYPES, TITLES, atom, index, json_feed, opml, robots, rss
from feeds.formats.sitemap import is_shard
from feeds.index import selections as chosen
from feeds.index.database import reading
from feeds.model import Feed, Link, Post
from feeds.publisher.selection import Selection
from feeds.settings import PLACES, Settings
from feeds.sources.facts import digest
from feeds.sources.groupings import segment
from feeds.sources.markup import RENDERER

FORMATS_VERSION = "2 " + " ".join(f"{name} {version(name)}" for name in ("feedgen", "lxml"))
"""Part of the key of every document: raise it when a renderer changes."""

FEEDS = {"rss": rss.render, "atom": atom.render, "json": json_feed.render}
PLAIN = ("robots", "index")
LAST = ("opml",)
"""What is published after the groups: it lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A document before it is rendered; `render` is asked only where `key` is new.

    `position` is a post's place among the entries, from 1; None: it is not in the document.
    """

    path: str
    format: str
    key: str
    render: Callable[[], bytes]
    entries: Callable[[], int]
    born: int | None = None
    link: str | None = None
    timed: bool = False
    position: Callable[[Post], int | None] = lambda _: None


def documents(
    settings: Settings, posts: Selection, store: Engine, formats: tuple[str, ...]
) -> Iterator[Planned]:
    """Yield the documents of the site in the order of `formats`; `sitemaps` has the others."""
    paths = settings.paths.used()
    for name in formats:
        if name not in paths:
            continue
        if name in FEEDS:
            yield _feed(name, paths[name], settings, posts)
        elif name == "opml":
            yield _opml(paths[name], settings, store)
        else:
            yield _plain(name, paths[name], settings)


def of_group(settings: Settings, posts: Selection) -> Iterator[Planned]:
    """Yield the documents of a group: a feed in each format of the groupings."""
    for name, path in group_paths(settings, posts.group).items():
        yield _feed(name, path, settings, posts)


def group_paths(settings: Settings, group: tuple[str, str] | None) -> dict[str, str]:
    """Return format → path of the feeds of a group; None: of the site.

    What the settings give another document, or what a part of the sitemap may have, is left off.
    """
    if group is None:
        return {name: path for name, path in settings.paths.used().items() if name in FEEDS}
    kind, name = group
    filled = {
        form: pattern.replace(PLACES[kind], segment(name))
        for form, pattern in settings.group_paths(kind).items()
    }
    return {form: path for form, path in filled.items() if not is_taken(settings, path)}


def is_taken(settings: Settings, path: str) -> bool:
    """Tell whether the settings give a path to another document than a group's."""
    if path in settings.paths.used().values() or path in settings.aliases:
        return True
    return settings.paths.sitemap is not None and is_shard(settings.paths.sitemap, path)


def media_type(name: str) -> str:
    """Return the media type of a format without parameters, as links name it."""
    return MEDIA_TYPES[name].partition(";")[0]


def links(
    settings: Settings, group: tuple[str, str] | None = None, title: str | None = None
) -> dict[str, Link]:
    """Return format → link of every feed of the site, or of a group that has a title."""
    return {
        name: Link(
            url=settings.url(path),
            type=media_type(name),
            title=f"{_title(settings, title)} ({TITLES[name]})",
        )
        for name, path in group_paths(settings, group).items()
    }


def _title(settings: Settings, title: str | None) -> str:
    return f"{title} – {settings.title}" if title else settings.title


def _feed(name: str, path: str, settings: Settings, posts: Selection) -> Planned:
    url = settings.url(path)
    identity, updated = posts.state

    def render() -> bytes:
        return FEEDS[name](feed(name, url, settings, posts))

    return Planned(
        path=path,
        format=name,
        key=_key(settings, name, path, posts.title or "", posts.key, identity, str(updated)),
        render=render,
        entries=lambda: len(posts.entries),
        born=posts.newest,
        link=f'<{url}>; rel="self"',
        timed=True,
        position=posts.position,
    )


def feed(name: str, url: str, settings: Settings, posts: Selection) -> Feed:
    """Return the feed of a selection in one format."""
    identity, updated = posts.state
    site = settings.site
    return Feed(
        id=identity,
        url=url,
        home_url=site.url,
        title=_title(settings, posts.title),
        description="" if posts.group else site.description,
        language=site.language,
        updated=updated,
        ttl=settings.cache.max_age,
        authors=settings.authors,
        icon=site.icon and settings.absolute(site.icon),
        image=site.image and settings.absolute(site.image),
        copyright=site.copyright or None,
        alternates=tuple(
            link
            for other, link in links(settings, posts.group, posts.title).items()
            if other != name
        ),
        entries=posts.entries,
    )


def _plain(name: str, path: str, settings: Settings) -> Planned:
    """Return a document that depends on the settings alone."""
    return Planned(
        path=path,
        format=name,
        key=_key(settings, name),
        render=lambda: _PLAIN[name](settings),
        entries=lambda: 0,
    )


def _robots(settings: Settings) -> bytes:
    path = settings.paths.sitemap
    return robots.render((settings.url(path),) if path else ())


def _opml(path: str, settings: Settings, store: Engine) -> Planned:
    # One outline for a selection: whoever imports the list wants each post once.
    found = [_outline(settings, None, None)]
    with reading(store) as connection:
        for kind, name, title in chosen.groups(connection):
            found.append(_outline(settings, (kind, name), title))
    shown = tuple(link for link in found if link is not None)
    listed = digest("\n".join(f"{link.url} {link.title}" for link in shown).encode())
    return Planned(
        path=path,
        format="opml",
        key=_key(settings, "opml", listed),
        render=lambda: opml.render(settings.title, settings.site.url, shown),
        entries=lambda: len(shown),
    )


def _outline(settings: Settings, group: tuple[str, str] | None, title: str | None) -> Link | None:
    link = next(iter(links(settings, group, title).values()), None)
    return link and replace(link, title=_title(settings, title))


def _index(settings: Settings) -> bytes:
    others = {"sitemap": "Sitemap", "opml": "OPML", "robots": "robots.txt"}
    shown = tuple(
        Link(url=settings.url(path), type=media_type(name), title=others[name])
        for name, path in settings.paths.used().items()
        if name in others
    )
    site = settings.site
    found = tuple(links(settings).values())
    return index.render(settings.title, site.description, site.language, site.url, found, shown)


_PLAIN = {"robots": _robots, "index": _index}


def version_of(settings: Settings) -> str:
    """Return what changes whenever every document has to be looked at."""
    return _key(settings, RENDERER)


def _key(settings: Settings, *parts: str) -> str:
    """Return the key of a document: all settings that could show, and its own parts."""
    shown = settings.model_dump_json(exclude={"state": True, "content": {"source"}})
    return digest("\n".join((FORMATS_VERSION, shown, *parts)).encode())
