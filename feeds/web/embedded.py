"""One site within somebody's program: its documents, and whoever publishes them."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from markupsafe import Markup

from feeds.errors import SettingsError
from feeds.formats.sitemap import shard_path
from feeds.publisher.bell import ring
from feeds.publisher.lock import stand_by
from feeds.publisher.thread import PublisherThread, publish_until
from feeds.settings import CONFIG_VARIABLE, ENVIRONMENT_PREFIX, Settings, config_path, load
from feeds.signals import stop_signals
from feeds.sources.protocol import Source
from feeds.web.documents import Documents, as_requested
from feeds.web.gateway import Application, Gateway
from feeds.web.keeper import Keeper

if TYPE_CHECKING:
    from feeds.publisher.run import Pass

Given = Settings | str | os.PathLike[str] | Mapping[str, Any] | None
"""Settings as code gives them: a file, its tables, or what `feeds.settings.load` returned."""

PublishedBy = Literal["process", "thread"] | None

THE_HOSTS = ("index", "robots")
"""Documents that a host has itself, most often: answered only where the settings name them."""

log = logging.getLogger("feeds.web")


class Embedded:
    """A site at `prefix` within a host.

    Args:
        given: See `Feeds`.
        base: The folder that relative paths in code are relative to.
        source: Where the posts are; None: in the folder that the settings name.
        prefix: What precedes every path: `/blog`, or nothing.
        publisher: See `Feeds`.

    Raises:
        SettingsError: The settings cannot be used.
    """

    def __init__(
        self, given: Given, base: Path, source: Source | None, prefix: str, publisher: PublishedBy
    ) -> None:
        self._load, self._config = _loader(given, base)
        self._source = source
        self._prefix = _prefix(prefix)
        self.settings = self._load()
        assert self.settings.state.path is not None, "feeds.settings.load resolves it"
        self.state = self.settings.state.path
        self._memory = self.settings.cache.memory * 1_000_000
        self._publisher = self._choose(publisher)
        self._warn()

    def gateway(self, host: Application) -> Gateway:
        """Return a callable that answers the site's documents, and leaves the rest to `host`."""
        asked = self.settings.paths.model_fields_set
        without = [name for name in THE_HOSTS if name not in asked]
        documents = Documents(self.state, self._memory, self._prefix, without)
        used = self.settings.paths.used().items()
        paths = [path for name, path in used if name not in without]
        paths += self.settings.aliases
        if (sitemap := self.settings.paths.sitemap) and "sitemap" not in without:
            paths.append(shard_path(sitemap, "{part}"))
        for kind in self.settings.groupings.kinds:
            paths += self.settings.group_paths(kind).values()
        named = (re.escape(as_requested(self._prefix + path)) for path in paths)
        # A name in braces stands for any one: `/tags/{tag}/feed.xml`.
        expected = "|".join(re.sub(r"\\\{\w+\\\}", "[^/]+", path) for path in named)
        return Gateway(host, documents, self._start, re.compile(expected))

    def alone(self, pages: Callable[[Documents], Application]) -> Gateway:
        """Return the same without a host: every document, and `pages` for the rest."""
        documents = Documents(self.state, self._memory, self._prefix)
        return Gateway(pages(documents), documents, self._start)

    def publish(self) -> Pass:
        """Publish once, now, in this process; see `Feeds.publish`."""
        from feeds.publisher.run import Publisher, publish_once  # noqa: PLC0415 (as for `links`)

        with Publisher(self._load, time.time, source=self._source) as publisher:
            return publish_once(publisher)

    def changed(self, keys: Iterable[str] | None) -> None:
        """Wake the publisher; see `Feeds.changed`."""
        ring(self.state, keys)

    def run_publisher(self) -> None:
        """Publish until SIGTERM or SIGINT; see `Feeds.run_publisher`."""
        with stop_signals() as stop:
            lock = stand_by(self.state, stop, log.warning)
            if lock is not None:
                publish_until(stop, lock, self._load, self._config, self._source)

    def stop(self) -> None:
        """End the publisher that this process started, if it did."""
        if self._publisher is not None:
            self._publisher.stop()

    @cached_property
    def links(self) -> Markup:
        """Autodiscovery links of the site's feeds, one a line."""
        from feeds.publisher.catalogue import links  # noqa: PLC0415 (the renderers come with it)

        one = Markup('<link rel="alternate" type="{}" title="{}" href="{}">')
        found = links(self.settings).values()
        return Markup("\n").join(one.format(link.type, link.title, link.url) for link in found)

    def _start(self) -> None:
        if self._publisher is not None:
            self._publisher.start()

    def _choose(self, publisher: PublishedBy) -> Keeper | PublisherThread | None:
        if publisher == "thread":
            return PublisherThread(self.state, self._load, self._config, self._source)
        if publisher is None:
            return None
        if publisher != "process":
            raise SettingsError(
                f'publisher is {publisher!r}: write "process", "thread", or None where'
                " something else publishes"
            )
        if self._source is not None:
            raise SettingsError(
                "posts from code cannot be published by a process that feeds starts, as it does"
                ' not have the code: write publisher="thread", or publisher=None and call'
                " publish() or run_publisher()"
            )
        return Keeper(self.state, ("--watch",), self._environ())

    def _environ(self) -> dict[str, str]:
        """Return the environment in which `feeds publish` has the same settings."""
        environ = dict(os.environ)
        if self._config is not None:
            return environ | {CONFIG_VARIABLE: str(self._config)}
        tables = self.settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
        kept = {
            name: value
            for name, value in environ.items()
            if not name.upper().startswith(ENVIRONMENT_PREFIX)
        }
        told = {ENVIRONMENT_PREFIX + name.upper(): json.dumps(tables[name]) for name in tables}
        return kept | told | {CONFIG_VARIABLE: os.devnull}  # and no file that happens to be there

    def _warn(self) -> None:
        """Say that links would lead past the documents: a common slip."""
        path = urlsplit(self.settings.site.url).path
        if not self.settings.provisional and not path.endswith(self._prefix + "/"):
            log.warning(
                "documents are below %s here, and site.url is %s: their links lead there",
                self._prefix,
                self.settings.site.url,
            )


def _loader(given: Given, base: Path) -> tuple[Callable[[], Settings], Path | None]:
    """Return what reads the settings, and the file that it reads, if any."""
    if isinstance(given, Settings):
        return lambda: given, None
    if isinstance(given, Mapping):
        tables = dict(given)
        return lambda: load(base=base, tables=tables), None
    if given is not None:
        config = base / given
    else:
        config = (config_path() or Path("feeds.toml")).absolute()
        if not config.exists() and config_path() is None:
            return load, None
    return lambda: load(config), config


def _prefix(prefix: str) -> str:
    """Return `/blog` for what code says of it.

    Raises:
        SettingsError: It is no path.
    """
    prefix = prefix.rstrip("/")
    if prefix and not prefix.startswith("/"):
        raise SettingsError(f'url_prefix is "{prefix}": write it with a slash, as "/{prefix}"')
    return prefix
