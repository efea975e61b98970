"""The command line. Each command imports what it needs: `feeds --help` answers at once."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feeds.errors import FeedsError, PublisherRunning, SettingsError
from feeds.signals import SignalEvent

if TYPE_CHECKING:
    from feeds.settings import Settings

# A pipe has no width: what is cut off there is lost to grep.
OUT = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 200)
ERR = Console(stderr=True, soft_wrap=True)
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


class _Commands(click.Group):
    """Turns our errors into one message and the exit code that scripts rely on."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            ERR.print(Text(f"feeds: the settings cannot be used\n{error}"))
            ctx.exit(2)
        except FeedsError as error:
            ERR.print(Text(f"feeds: {error}"))
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("feeds"), prog_name="feeds")
def main() -> None:
    """Turn a folder of Markdown posts into RSS, Atom, JSON Feed, sitemap and OPML.

    \b
    Examples:
      feeds serve                  serve the posts in content/
      feeds serve ~/blog/posts     serve any folder of posts
      feeds check                  list what keeps posts from being published
      feeds list --json            list every document, for a script

    Shell completion: eval "$(_FEEDS_COMPLETE=bash_source feeds)" in ~/.bashrc (zsh and
    fish: zsh_source, fish_source).
    """


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every command takes: the folder and the settings file."""
    command = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="FEEDS_CONFIG",
        help="The settings file.  [default: feeds.toml, if there is one]",
    )(command)
    return click.argument(
        "source", required=False, type=click.Path(path_type=Path, file_okay=False)
    )(command)


@main.command()
@_shared
@click.option("--url", help="The site's address, as readers see it: https://example.org/")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Web processes.")
@click.option("--watch/--no-watch", default=True, help="Publish again when a file changes.")
def serve(
    source: Path | None, config: Path | None, url: str | None, host: str, port: int, workers: int,
    watch: bool,
) -> None:  # fmt: skip
    """Publish the posts in SOURCE and serve the documents.

    \b
    Examples:
      feeds serve
      feeds serve ~/blog/posts --url https://example.org/ --port 8080
      feeds serve --workers 2 --host 0.0.0.0
    """
    from feeds import serve as server

    overrides = _overrides(source, url)
    settings = _load(config, overrides)
    if "url" not in settings.site.model_fields_set:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 (a comparison)
        overrides.setdefault("site", {})["url"] = f"http://{shown}:{port}/"
        settings = _load(config, overrides)
    _say_defaults(settings, config)
    _say_addresses(settings, host, port)
    server.run(settings, _environ(config, overrides), host, port, workers, watch=watch)


@main.command()
@_shared
@click.option("--watch", is_flag=True, help="Stay, and publish again when a file changes.")
@click.option("--kept", type=int, hidden=True, help="A descriptor that holds the lock.")
def publish(source: Path | None, config: Path | None, watch: bool, kept: int | None) -> None:
    """Publish the posts in SOURCE to the store that web workers serve from.

    \b
    Examples:
      feeds publish             once, and leave
      feeds publish --watch     beside gunicorn, as a service of its own
    """
    from feeds.publisher.run import Publisher

    _log_to_stderr()
    overrides = _overrides(source, None)
    with _stop_signals() as stop:
        if kept is not None:
            os.nice(5)  # a render must not delay an answer
            _stop_with_parent(stop)
        if watch and kept is None:
            kept = _standby(_load(config, overrides), stop)
        if stop.is_set():
            return
        with Publisher(lambda: _load(config, overrides), time.time, kept) as publisher:
            if watch:
                from feeds.publisher.watch import Loop

                Loop(publisher, config or Path("feeds.toml").absolute(), stop).run()
            else:
                _publish_once(publisher)


@main.command("list")
@_shared
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_documents(source: Path | None, config: Path | None, as_json: bool) -> None:
    """List every document: path, format, entries, bytes, ETag, last modified.

    Publishes first where no publisher is running.

    \b
    Examples:
      feeds list
      feeds list --json | jq '.documents[].path'
    """
    from feeds.publisher.report import documents
    from feeds.publisher.run import Publisher

    _log_to_stderr()
    overrides = _overrides(source, None)
    settings = _load(config, overrides)
    with (
        contextlib.suppress(PublisherRunning),
        Publisher(lambda: _load(config, overrides), time.time) as publisher,
    ):
        _publish_once(publisher)
    found = documents(settings)
    if as_json:
        OUT.print_json(json.dumps({"documents": found}))
        return
    table = Table("path", "format", "entries", "bytes", "ETag", "last modified", box=None)
    for row in found:
        table.add_row(*(Text(str(value)) for value in row.values()))
    OUT.print(table)


@main.command()
@_shared
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(source: Path | None, config: Path | None, as_json: bool) -> None:
    """List what keeps posts from being published as their author meant.

    Each line is `path:line:column: severity CODE message`, with a way out below. Changes
    nothing. The exit code is 1 if there are errors.

    \b
    Examples:
      feeds check
      feeds check --json | jq '.problems[] | select(.severity == "error")'
    """
    from feeds.publisher.report import check as look

    _log_to_stderr(logging.ERROR)
    settings = _load(config, _overrides(source, None))
    report = look(settings, time.time)
    problems: list[dict[str, Any]] = report["problems"]
    if as_json:
        OUT.print_json(json.dumps(report))
    else:
        for problem in problems:
            _say_problem(problem)
        counts = ", ".join(f"{count} {name}" for name, count in report["files"].items() if count)
        OUT.print(Text(f"{sum(report['files'].values())} files: {counts or 'none'}"))
    sys.exit(1 if any(problem["severity"] == "error" for problem in problems) else 0)


def _say_problem(problem: dict[str, Any]) -> None:
    line = Text(f"{problem['path']}:{problem['line']}:{problem['column']}: ")
    line.append(problem["severity"], STYLES[problem["severity"]])
    line.append(f" {problem['code']}: {problem['message']}")
    OUT.print(line)
    OUT.print(Text(f"    {problem['hint']}"))


def _overrides(source: Path | None, url: str | None) -> dict[str, dict[str, Any]]:
    """Return what the command line says, as settings."""
    overrides: dict[str, dict[str, Any]] = {}
    if source is not None:
        overrides["content"] = {"source": source.absolute()}
    if url is not None:
        overrides["site"] = {"url": url}
    return overrides


def _load(config: Path | None, overrides: dict[str, dict[str, Any]]) -> Settings:
    from feeds.settings import load

    return load(config, overrides)


def _environ(config: Path | None, overrides: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the environment that tells the same to child processes."""
    environ = dict(os.environ)
    if config is not None:
        environ["FEEDS_CONFIG"] = str(config.absolute())
    for table, values in overrides.items():
        for key, value in values.items():
            environ[f"FEEDS_{table}__{key}".upper()] = str(value)
    return environ


def _say_defaults(settings: Settings, config: Path | None) -> None:
    """Say what had to be chosen, one line each, with the way to set it."""
    given = settings.site.model_fields_set
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
    if config is None and not Path("feeds.toml").exists():
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


def _standby(settings: Settings, stop: threading.Event) -> int | None:
    """Return the lock, as soon as no other publisher has it; None where `stop` came first."""
    from feeds.publisher.lock import take_lock

    assert settings.state.path is not None
    said = False
    while not stop.is_set():
        try:
            return take_lock(settings.state.path)
        except PublisherRunning as error:
            if not said:
                ERR.print(Text(f"feeds: {error}; this one waits to take over"))
                said = True
            stop.wait(0.5)
    return None


def _publish_once(publisher: Any) -> None:
    """Run passes until nothing has to wait: for a file in motion, or for the next second."""
    for _ in range(20):
        done = publisher.run()
        waiting = done.scan is None or done.scan.restless or done.deferred
        if not waiting or done.scan is None:
            break
        time.sleep(max(0.0, min((done.again or 0) - time.time(), 1.0)))
    if done.scan is None:
        raise FeedsError("the content folder cannot be read; nothing was changed")
    if done.scan.doubted:
        raise FeedsError(f"{done.scan.doubted}: run it again in a minute if that is right")


def _log_to_stderr(level: int = logging.INFO) -> None:
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event, so that what is being written is finished."""
    stop = SignalEvent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    yield stop


def _stop_with_parent(stop: threading.Event) -> None:
    """End when the parent does, however it ends: the kernel then closes our standard input."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.read(0, 1)
        stop.set()
        time.sleep(10)
        os._exit(1)

    threading.Thread(target=wait, name="feeds-parent", daemon=True).start()
