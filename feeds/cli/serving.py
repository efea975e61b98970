"""`feeds serve` and `feeds publish`."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from feeds.cli.shared import (
    ERR,
    OUT,
    environ_of,
    load_settings,
    log_to_stderr,
    manual,
    overrides_of,
    publish_once,
    shared,
)
from feeds.signals import stop_signals

if TYPE_CHECKING:
    from feeds.settings import Settings


@click.command(
    epilog=manual(
        "the address cannot be listened on, or the server failed",
        "ended by SIGTERM or SIGINT (Ctrl-C)",
    )
)
@shared
@click.option("--url", help="The site's address, as readers see it: https://example.org/")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="The address of this machine to listen on: 0.0.0.0 is every one.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="The TCP port to listen on.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many web processes; the publisher is one more.",
)
@click.option(
    "--watch/--no-watch",
    default=True,
    show_default=True,
    help="Publish again when a file changes, or once at the start.",
)
def serve(
    source: Path | None, config: Path | None, url: str | None, host: str, port: int, workers: int,
    watch: bool,
) -> None:  # fmt: skip
    """Publish the posts in SOURCE and serve the documents.

    Prints the address of each, and what it had to choose where the settings are silent.
    /healthz answers 200 once something is published. SIGTERM and SIGINT end every process of
    it within seconds; SIGHUP replaces the web workers. A process that dies is started again.

    \b
    Examples:
      feeds serve
      feeds serve ~/blog/posts --url https://example.org/ --port 8080
      feeds serve --workers 2 --host 0.0.0.0
    """
    from feeds import serve as server

    overrides = overrides_of(source, url)
    settings = load_settings(config, overrides)
    if "url" not in settings.site.model_fields_set:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 (a comparison)
        overrides.setdefault("site", {})["url"] = f"http://{shown}:{port}/"
        settings = load_settings(config, overrides)
    _say_defaults(settings, config)
    _say_addresses(settings, host, port)
    server.run(settings, environ_of(config, overrides), host, port, workers, watch=watch)


@click.command(epilog=manual("another publisher is running, or the folder cannot be read"))
@shared
@click.option("--watch", is_flag=True, help="Stay, and publish again when a file changes.")
@click.option("--kept", type=int, hidden=True, help="A descriptor that holds the lock.")
def publish(source: Path | None, config: Path | None, watch: bool, kept: int | None) -> None:
    """Publish the posts in SOURCE, for web workers that run elsewhere.

    Writes the documents into the state folder, where gunicorn's workers or those of
    `feeds serve` take them from. One publisher works at a time: with --watch a second one
    waits to take over. SIGTERM and SIGINT end it when what it writes is whole.

    \b
    Examples:
      feeds publish             once, and leave
      feeds publish --watch     beside gunicorn, as a service of its own
    """
    from feeds.publisher.lock import stand_by
    from feeds.publisher.run import Publisher

    log_to_stderr()
    overrides = overrides_of(source, None)
    with stop_signals() as stop:
        if kept is not None:
            os.nice(5)  # a render must not delay an answer
            _stop_with_parent(stop)
        if watch and kept is None:
            state = load_settings(config, overrides).state.path
            assert state is not None
            kept = stand_by(state, stop, lambda line: ERR.print(Text(f"feeds: {line}")))
        if stop.is_set():
            return
        gc.freeze()  # what was imported is never garbage: do not look through it at each batch
        with Publisher(lambda: load_settings(config, overrides), time.time, kept) as publisher:
            if watch:
                from feeds.publisher.watch import Loop

                Loop(publisher, config or Path("feeds.toml").absolute(), stop).run()
            else:
                publisher.progress.stop = stop
                publish_once(publisher)


def _say_defaults(settings: Settings, config: Path | None) -> None:
    """Say what had to be chosen, one line each, with the way to set it."""
    given = settings.site.model_fields_set
    alone = config is None and not Path("feeds.toml").exists()
    if alone and settings.content.profile != "plain":
        ERR.print(Text(f"read as a site of {settings.content.profile.capitalize()}, with what its "
                       "configuration says; `feeds init` writes that into feeds.toml"))  # fmt: skip
    if not settings.content.source.is_dir():
        ERR.print(Text(f"{settings.content.source}: there is no such folder yet"))
    if settings.provisional:
        ERR.print(Text(f"site.url is {settings.site.url}: ids are provisional until --url, or url "
                       "under [site] in feeds.toml, names the public address"))  # fmt: skip
    if "title" not in given:
        ERR.print(Text(f'site.title is "{settings.title}": set title under [site]'))
    if "timezone" not in given:
        ERR.print(Text("site.timezone is UTC: set timezone under [site], as dates without an "
                       "offset are read in it"))  # fmt: skip
    if alone:
        ERR.print(Text(f"state is kept in {settings.state.path}: set path under [state]"))


def _say_addresses(settings: Settings, host: str, port: int) -> None:
    from feeds.formats import TITLES

    names = {
        **TITLES,
        "sitemap": "Sitemap",
        "robots": "robots.txt",
        "opml": "OPML",
        "index": "Page",
    }
    shown = f"[{host}]" if ":" in host else host
    for name, path in settings.paths.used().items():
        OUT.print(Text(f"{names[name]:<11}http://{shown}:{port}{path}"))


def _stop_with_parent(stop: threading.Event) -> None:
    """End when the parent does, however it ends: the kernel then closes our standard input."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.read(0, 1)
        stop.set()
        time.sleep(10)
        os._exit(1)

    threading.Thread(target=wait, name="feeds-parent", daemon=True).start()
