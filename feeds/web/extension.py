"""`Feeds`: a site's documents in somebody's Flask app, or beside any other web framework."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, current_app, has_app_context
from markupsafe import Markup

from feeds.errors import FeedsError
from feeds.sources.protocol import Source
from feeds.web.app import pages
from feeds.web.embedded import Embedded, Given, PublishedBy
from feeds.web.gateway import Application

if TYPE_CHECKING:
    from feeds.publisher.run import Pass

EXTENSION = "feeds"


class Feeds:
    """Feeds, sitemap and the rest within an app: `Feeds(app)`, or `Feeds()` and `init_app`.

    The documents that the settings name are answered before the app sees the request, from
    memory; everything else goes to the app untouched. Its `/`, `/robots.txt` and `/healthz`
    stay its own: the first two are answered only where the settings name `paths.index` and
    `paths.robots`.

    Nothing is read, started or written before the first request, or a call of `publish`.

    Args:
        app: The Flask app.
        settings: The settings file (in Flask relative to the app's folder, else to the current
            one); or its tables as a mapping: `{"site": {"url": "https://example.org/"}}`; None:
            the file that FEEDS_CONFIG names, or `feeds.toml` in the current folder.
            FEEDS_* in the environment overrides files and mappings.
        source: Posts from code; None: from the folder that the settings name.
        url_prefix: Where the documents are in this app: with `"/blog"` the feed is at
            `/blog/feed.xml`. Links are made from `site.url`, which has to lead there.
        publisher: Who renders what the web answers with.
            `"process"`: one process beside all workers, started by the first request; it ends
            with them. `"thread"`: the same in a thread of one of them. None: something else:
            `publish`, `run_publisher` or `feeds publish --watch`.

    In Flask `app.config` has the last word about settings, url_prefix and publisher:
    FEEDS_CONFIG, FEEDS_URL_PREFIX, FEEDS_PUBLISHER.
    """

    def __init__(
        self,
        app: Flask | None = None,
        settings: Given = None,
        *,
        source: Source | None = None,
        url_prefix: str = "",
        publisher: PublishedBy = "process",
    ) -> None:
        self._settings, self._source = settings, source
        self._url_prefix, self._publisher = url_prefix, publisher
        self._sites: list[Embedded] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Answer the site's documents in `app`, and offer `feed_links()` to its templates.

        Raises:
            SettingsError: The settings cannot be used; the message names all that is wrong.
            FeedsError: The app has feeds already.
        """
        if EXTENSION in app.extensions:
            raise FeedsError("this app has feeds already: call Feeds(app) or init_app once")
        site = Embedded(
            app.config.get("FEEDS_CONFIG", self._settings),
            Path(app.root_path),
            None if self._source is None else _InContext(app, self._source),
            app.config.get("FEEDS_URL_PREFIX", self._url_prefix),
            app.config.get("FEEDS_PUBLISHER", self._publisher),
        )
        app.extensions[EXTENSION] = site
        app.wsgi_app = site.gateway(app.wsgi_app)  # type: ignore[method-assign]
        app.context_processor(lambda: {"feed_links": lambda: site.links})
        self._sites.append(site)

    def wsgi(self, app: Application | None = None) -> Application:
        """Return a WSGI callable for any framework and server.

        Args:
            app: What answers everything else, as in `feeds.wsgi(get_wsgi_application())`;
                None: nobody: every document is answered, and `/healthz`, to be mounted
                somewhere.

        Raises:
            SettingsError: The settings cannot be used.
        """
        site = Embedded(self._settings, Path.cwd(), self._source, self._url_prefix, self._publisher)
        self._sites.append(site)
        if app is not None:
            return site.gateway(app)
        return site.alone(lambda documents: pages(documents).wsgi_app)

    def feed_links(self) -> Markup:
        """Return `<link rel="alternate" …>` for each feed of the site, for a page's head."""
        return self._site.links

    def publish(self) -> Pass:
        """Publish once, in this process, and return when it is done: seconds, for a large site.

        Raises:
            PublisherRunning: Another process or thread publishes: `changed` wakes it.
            FeedsError: The posts cannot be listed, or most are gone; nothing was changed.
        """
        return self._site.publish()

    def changed(self, keys: Iterable[str] | None = None) -> None:
        """Tell the publisher that posts were added, changed or removed; returns at once.

        Works from every thread and process of this machine. Call it after the commit: the
        publisher may read before this returns. Calls that come close together are one. What
        nobody told is found within a minute.

        Args:
            keys: Of those posts; None: look at everything.
        """
        self._site.changed(keys)

    def run_publisher(self) -> None:
        """Publish at every change until SIGTERM or SIGINT: a program of its own, with None as
        the app's `publisher`.

        Waits while another publishes. Call it in the main thread.
        """
        self._site.run_publisher()

    def stop(self) -> None:
        """End the publisher that this process started; else it ends when the process does."""
        for site in self._sites:
            site.stop()

    @property
    def _site(self) -> Embedded:
        """The site of the current app, or the only one.

        Raises:
            FeedsError: There is none, or it is not clear which is meant.
        """
        if has_app_context() and (found := current_app.extensions.get(EXTENSION)) in self._sites:
            site: Embedded = found
            return site
        if len(self._sites) == 1:
            return self._sites[0]
        if not self._sites:
            raise FeedsError("no app has these feeds yet: call init_app or wsgi first")
        raise FeedsError("several apps have these feeds: call this within app.app_context()")


class _InContext:
    """A source that finds the app's context, as extensions for databases want it."""

    def __init__(self, app: Flask, source: Source) -> None:
        self._app, self._source = app, source

    def stamps(self) -> Iterator[tuple[str, str]]:
        with self._app.app_context():
            yield from self._source.stamps()

    def read(self, key: str) -> bytes:
        with self._app.app_context():
            return self._source.read(key)
