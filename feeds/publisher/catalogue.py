"""Every document of a site: where it is, what it is made from, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine

from feeds.formats import MEDIA_TYPES, TITLES, atom, index, json_feed, opml, robots, rss, sitemap
from feeds.index import selections as chosen
from feeds.index.database import reading
from feeds.model import Feed, Link
from feeds.publisher.selection import Selection
from feeds.settings import Settings
from feeds.sources.facts import digest

FORMATS_VERSION = "2 " + " ".join(f"{name} {version(name)}" for name in ("feedgen", "lxml"))
"""Part of the key of every document: raise it when a renderer changes."""

FEEDS = {"rss": rss.render, "atom": atom.render, "json": json_feed.render}
ORDER = (*FEEDS, "sitemap", "opml", "robots", "index")
"""The order in which documents are published: what most people wait for comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A document before it is rendered; `render` is asked only where `key` is new."""

    path: str
    format: str
    key: str
    render: Callable[[], bytes]
    entries: Callable[[], int]
    born: int | None = None
    link: str | None = None
    timed: bool = False


def documents(settings: Settings, posts: Selection, store: Engine, now: int) -> Iterator[Planned]:
    """Yield every document of the site, in the order of publication."""
    paths = settings.paths.used()
    for name in ORDER:
        if name not in paths:
            continue
        if name in FEEDS:
            yield _feed(name, paths[name], settings, posts)
        elif name == "sitemap":
            yield _sitemap(paths[name], settings, store, now)
        else:
            yield _plain(name, paths[name], settings)


def media_type(name: str) -> str:
    """Return the media type of a format without parameters, as links name it."""
    return MEDIA_TYPES[name].partition(";")[0]


def links(settings: Settings) -> dict[str, Link]:
    """Return format → link of every feed of the site."""
    return {
        name: Link(
            url=settings.url(path),
            type=media_type(name),
            title=f"{settings.title} ({TITLES[name]})",
        )
        for name, path in settings.paths.used().items()
        if name in FEEDS
    }


def _feed(name: str, path: str, settings: Settings, posts: Selection) -> Planned:
    url = settings.url(path)
    identity, updated = posts.state

    def render() -> bytes:
        return FEEDS[name](feed(name, url, settings, posts))

    return Planned(
        path=path,
        format=name,
        key=_key(settings, name, posts.key, identity, str(updated)),
        render=render,
        entries=lambda: len(posts.entries),
        born=posts.newest,
        link=f'<{url}>; rel="self"',
        timed=True,
    )


def feed(name: str, url: str, settings: Settings, posts: Selection) -> Feed:
    """Return the feed of a selection in one format."""
    identity, updated = posts.state
    site = settings.site
    return Feed(
        id=identity,
        url=url,
        home_url=site.url,
        title=settings.title,
        description=site.description,
        language=site.language,
        updated=updated,
        ttl=settings.cache.max_age,
        authors=settings.authors,
        icon=site.icon and settings.absolute(site.icon),
        image=site.image and settings.absolute(site.image),
        copyright=site.copyright or None,
        alternates=tuple(link for other, link in links(settings).items() if other != name),
        entries=posts.entries,
    )


def _sitemap(path: str, settings: Settings, store: Engine, now: int) -> Planned:
    hashed = hashlib.blake2b(digest_size=16)
    count, newest = 0, None
    for url, lastmod in _pages(settings, store, now):
        hashed.update(f"{url} {lastmod}\n".encode())
        count += 1
        newest = max((moment for moment in (newest, lastmod) if moment is not None), default=None)
    return Planned(
        path=path,
        format="sitemap",
        key=_key(settings, "sitemap", hashed.hexdigest()),
        render=lambda: sitemap.render(_pages(settings, store, now)),
        entries=lambda: count,
        born=newest,
        timed=True,
    )


def _pages(settings: Settings, store: Engine, now: int) -> Iterator[tuple[str, int | None]]:
    """Yield the pages named in the settings, then every public post; each once."""
    host = urlsplit(settings.site.url).netloc
    extra = dict.fromkeys(
        page if urlsplit(page).scheme else settings.url(unquote(page))
        for page in settings.sitemap.pages
    )
    # sitemaps.org: all URLs of a sitemap are of one host.
    yield from ((url, None) for url in extra if urlsplit(url).netloc == host)
    with reading(store) as connection:
        yield from (page for page in chosen.pages(connection, now) if page[0] not in extra)


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


def _opml(settings: Settings) -> bytes:
    # One outline for a selection: whoever imports the list wants each post once.
    found = tuple(links(settings).values())[:1]
    one = tuple(Link(url=link.url, type=link.type, title=settings.title) for link in found)
    return opml.render(settings.title, settings.site.url, one)


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


_PLAIN = {"robots": _robots, "opml": _opml, "index": _index}


def _key(settings: Settings, *parts: str) -> str:
    """Return the key of a document: all settings that could show, and its own parts."""
    shown = settings.model_dump_json(exclude={"state": True, "content": {"source"}})
    return digest("\n".join((FORMATS_VERSION, shown, *parts)).encode())
