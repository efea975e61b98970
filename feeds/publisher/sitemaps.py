"""The sitemap: one document, or an index over shards where it would be too large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine

from feeds.formats import sitemap
from feeds.index import stretches
from feeds.index.database import reading
from feeds.model import MAX_LOC, Post
from feeds.publisher import sizes
from feeds.publisher.catalogue import FORMATS_VERSION, Planned
from feeds.publisher.sizes import Size
from feeds.settings import Settings
from feeds.sources.facts import digest

PAGES = "pages"
"""The stretch of what the settings name beside the posts."""


@dataclass
class Sitemap:
    """The documents of the sitemap at one moment.

    Attributes:
        path: Where the sitemap is, or its index.
        dates: Path → Last-Modified of the shards, in Unix seconds: complete before the index
            is rendered.
    """

    settings: Settings
    index: Engine
    now: int
    path: str
    dates: Mapping[str, int]

    @cached_property
    def shards(self) -> dict[str, Size]:
        """Path → what is in that part, in the order of the index; empty: there is one document.

        A part is a year; of one that does not fit each month is a part, and so on.
        """
        if self._total.urls <= sitemap.MAX_URLS and self._total.bytes <= sitemap.ROOM_BYTES:
            return {}
        with reading(self.index) as connection:
            found = list(sizes.shards(self._sizes, partial(sizes.children, connection)))
        dated = [size for size in found if not size.name.startswith(stretches.UNDATED)]
        pages, parts = self._extra_sizes[:1], self._extra_sizes[1:]
        extra = sizes.shards(pages, lambda _: parts)
        found = [*extra, *reversed(dated), *found[len(dated) :]]
        return {self._path_of(size.name): size for size in found}

    def planned(self) -> list[Planned]:
        """Return the documents: the shards, then the sitemap or its index."""
        shards = [self._planned(path, size) for path, size in self.shards.items()]
        whole = self._planned(self.path, self._total)
        return [*shards, self._index(whole, shards) if shards else whole]

    def soon(self, seconds: int) -> set[str]:
        """Return the paths of the shards in which a post appears or expires in that time."""
        with reading(self.index) as connection:
            found = tuple(stretches.turning(connection, self.now, self.now + seconds))
        return {
            path for path, size in self.shards.items()
            if any(stretch.startswith(size.name) for stretch in found)
        }  # fmt: skip

    def _planned(self, path: str, size: Size) -> Planned:
        return Planned(
            path=path,
            format="sitemap",
            key=digest(f"{FORMATS_VERSION} {size.digest}".encode()),
            render=lambda: sitemap.render(self._pages(size.name)),
            entries=lambda: size.urls,
            born=size.newest,
            timed=True,
            position=partial(self._position, size.name),
        )

    def _index(self, whole: Planned, shards: list[Planned]) -> Planned:
        urls = {shard.path: self.settings.url(shard.path) for shard in shards}
        parts = [f"{urls[shard.path]} {shard.key}" for shard in shards]
        # Where the shards are as before, so are their dates: they are stored together.
        return Planned(
            path=whole.path,
            format="sitemap",
            key=digest("\n".join((FORMATS_VERSION, *parts)).encode()),
            render=lambda: sitemap.render_index(
                (url, self.dates[path]) for path, url in urls.items()
            ),
            entries=lambda: len(shards),
            born=whole.born,
            timed=True,
        )

    @cached_property
    def _sizes(self) -> list[Size]:
        sizes.count(self.index, self.now)
        with reading(self.index) as connection:
            return sizes.children(connection)

    @cached_property
    def _extra_sizes(self) -> list[Size]:
        """The size of the pages of the settings, then those of its parts if it does not fit."""
        pages = sorted((stretches.of(url, None, PAGES), url, None, None) for url in self._extra)
        return list(sizes.counted(pages))

    @cached_property
    def _total(self) -> Size:
        return sizes.total("", [*self._extra_sizes[:1], *self._sizes])

    @cached_property
    def _extra(self) -> list[str]:
        """The pages that the settings name, by URL; not those that are posts."""
        named = {url for url in _named(self.settings) if not _refusal(self.settings, url)}
        with reading(self.index) as connection:
            return sorted(named - stretches.taken(connection, self.now, named))

    def _pages(self, prefix: str) -> Iterator[tuple[str, int | None]]:
        """Yield URL and lastmod: what the settings name, then the posts, newest first."""
        for url in self._extra:
            if stretches.of(url, None, PAGES).startswith(prefix):
                yield url, None
        if not prefix.startswith(PAGES):
            with reading(self.index) as connection:
                for _, url, lastmod, _ in stretches.pages(connection, self.now, prefix):
                    yield url, lastmod

    def _position(self, prefix: str, post: Post) -> int | None:
        if not stretches.of(post.path, post.published).startswith(prefix):
            return None
        urls = (url for url, _ in self._pages(prefix))
        return next((at for at, url in enumerate(urls, 1) if url == post.url), None)

    def _path_of(self, name: str) -> str:
        taken = {*self.settings.paths.used().values(), *self.settings.aliases}
        path = sitemap.shard_path(self.path, name)
        while path in taken:
            name += "_"
            path = sitemap.shard_path(self.path, name)
        return path


def unlisted(settings: Settings) -> str:
    """Return which pages of the settings cannot be in the sitemap, and why; empty: none."""
    refused = (_refusal(settings, url) for url in _named(settings))
    return "; ".join(one for one in refused if one) if settings.paths.sitemap else ""


def _named(settings: Settings) -> list[str]:
    return [
        page if urlsplit(page).scheme else settings.url(unquote(page))
        for page in settings.sitemap.pages
    ]


def _refusal(settings: Settings, url: str) -> str | None:
    # sitemaps.org: all URLs of a sitemap are of one host, and shorter than 2,048 characters.
    if urlsplit(url).netloc != urlsplit(settings.site.url).netloc:
        return f"sitemap.pages: {url} is on another host than site.url, so no sitemap may list it"
    if len(url) > MAX_LOC:
        return f"sitemap.pages: {url[:60]}… has {len(url)} characters; a sitemap takes {MAX_LOC}"
    return None
