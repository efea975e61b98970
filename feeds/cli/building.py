"""`feeds build`."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from feeds.cli.shared import (
    BUILD_FOLDER,
    ERR,
    OUT,
    load_settings,
    log_to_stderr,
    manual,
    overrides_of,
    shared,
)
from feeds.errors import FeedsError, PublisherRunning

if TYPE_CHECKING:
    from feeds.export import Exported
    from feeds.publisher.run import Publisher
    from feeds.settings import Settings

EPOCH = "SOURCE_DATE_EPOCH"
PASSES = 20  # with files in motion, or documents that wait for the next second


class Clock:
    """Unix seconds: those of SOURCE_DATE_EPOCH where it is set, so that builds can be repeated."""

    def __init__(self) -> None:
        given = os.environ.get(EPOCH, "")
        if given and not (given.isascii() and given.isdigit() and len(given) < 12):
            raise FeedsError(f'{EPOCH} is "{given}": write Unix seconds, as '
                             "`git log -1 --format=%ct` prints them")  # fmt: skip
        self._fixed = int(given) if given else None

    def __call__(self) -> float:
        """Return the time."""
        return time.time() if self._fixed is None else self._fixed

    def tick(self) -> None:
        """Go on to the next second."""
        if self._fixed is None:
            time.sleep(1 - time.time() % 1)
        else:
            self._fixed += 1


@click.command(epilog=manual("nothing was written, for the reason that is said"))
@shared
@click.option(
    "--output", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; it is made if it is not there.",
)  # fmt: skip
@click.option(
    "--ledger", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Keep ids and dates in FILE, to be committed, and not in the state folder.",
)  # fmt: skip
@click.option("--url", help="The site's address, as readers see it: https://example.org/")
@click.option("--headers", is_flag=True, help="Write _headers, for Netlify and Cloudflare Pages.")
@click.option("--lenient", is_flag=True, help="Go on with the last good entry of unreadable posts.")
@click.option("--trust-removals", is_flag=True, help="Believe that posts are gone, however many.")
@click.option("--overwrite", is_flag=True, help="Replace files that no build wrote.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def build(
    source: Path | None, config: Path | None, output: Path, ledger: Path | None, url: str | None,
    headers: bool, lenient: bool, trust_removals: bool, overwrite: bool, as_json: bool,
) -> None:  # fmt: skip
    """Publish the posts in SOURCE as files, for static hosts and CI.

    Every document is written with .gz and .br beside it; what has not changed is not touched,
    and of what is there already only files of an earlier build are replaced or removed.
    When a published post cannot be read any more, DIR stays as it is.

    \b
    Examples:
      feeds build --output public
      feeds build --output public --ledger feeds.jsonl   in CI: commit the file
      feeds build posts --output out --url https://example.org/ --headers
      feeds build --output public --lenient   a broken post stays as it was

    \b
    Environment:
      SOURCE_DATE_EPOCH    Unix seconds that stand for now, so that builds of one
                           commit are equal: $(git log -1 --format=%ct)
    """
    from feeds.export import export, files
    from feeds.index.database import INDEX, connect
    from feeds.index.ledger_file import dump, write
    from feeds.publisher.losses import public_paths

    clock = Clock()
    settings = load_settings(config, overrides_of(source, url))
    if settings.provisional:
        ERR.print(Text(f"site.url is {settings.site.url}, this machine: set url under [site] to "
                       "the address that readers see"))  # fmt: skip
    if ledger is not None and not ledger.exists():
        ERR.print(Text(f"{ledger} is not there yet: ids and dates begin with what the state folder "
                       "knows, or with this build"))  # fmt: skip
    with _progress() as bar, _publisher(settings, clock, ledger) as publisher:
        log_to_stderr(logging.WARNING)
        before = public_paths(publisher.state)
        _publish(publisher, clock, trust=trust_removals)
        _must_be_whole(publisher.state, before, lenient=lenient)
        store = connect(publisher.state / INDEX)
        done = export(
            files(store, settings.site.url, headers=headers),
            output,
            overwrite=overwrite,
            advance=lambda at, of: bar.update(bar.task_ids[0], completed=at, total=of),
        )
        store.dispose()
        if ledger is not None:
            write(ledger, dump(publisher.state))
    for line in done.said:
        ERR.print(Text(line))
    _say(done, publisher.state, as_json)


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    from rich.progress import Progress

    with Progress(console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        bar.add_task("feeds build", total=None)
        yield bar


@contextlib.contextmanager
def _publisher(settings: Settings, clock: Clock, ledger: Path | None) -> Iterator[Publisher]:
    """Open the site's publisher, or with a ledger's file one that knows what the file says."""
    from feeds.index import ledger_file
    from feeds.publisher.lock import take_lock
    from feeds.publisher.run import Publisher
    from feeds.settings import State

    state = settings.state.path
    assert state is not None
    way_out = "stop it, or build with --ledger FILE, which does not need its state"
    if ledger is not None:
        state /= BUILD_FOLDER
        way_out = "build again when it has ended"
        settings = settings.model_copy(update={"state": State(path=state)})
    try:
        lock = take_lock(state)
    except PublisherRunning as error:
        raise FeedsError(f"{error}: {way_out}") from None
    try:
        if ledger is not None:
            ledger_file.load(ledger, state, former=state.parent)
    except BaseException:
        os.close(lock)
        raise
    with Publisher(lambda: settings, clock, lock) as publisher:
        yield publisher


def _publish(publisher: Publisher, clock: Clock, *, trust: bool) -> None:
    """Publish until nothing has to wait: for a file in motion, or for the next second.

    Raises:
        FeedsError: What is published now is not what the posts say.
    """
    left = PASSES
    while left:
        done = publisher.run(trust=trust, now_ns=time.time_ns())
        left -= not done.unfinished
        if done.unfinished:
            continue
        if done.scan is None:
            raise FeedsError(f"{publisher.settings.content.source}: the posts cannot be read; "
                             "nothing was written")  # fmt: skip
        if done.deferred:
            clock.tick()
        elif done.scan.restless:
            time.sleep(0.1)
        elif done.scan.doubted:
            raise FeedsError(f"{done.scan.doubted}; nothing was written: if that is right, say "
                             "--trust-removals")  # fmt: skip
        else:
            return
    raise FeedsError("posts change while they are read; nothing was written: build again")


def _must_be_whole(state: Path, before: set[str], *, lenient: bool) -> None:
    """Refuse to go on where a post that was public cannot be read."""
    from feeds.publisher.losses import losses

    if not lenient and (lost := losses(state, before)):
        raise FeedsError("\n".join([
            "published posts cannot be read any more; nothing was written: repair them, or say "
            "--lenient to go on with their last good entries",
            *lost,
        ]))  # fmt: skip


def _say(done: Exported, state: Path, as_json: bool) -> None:
    """Print what was done, as a table or as JSON."""
    from feeds.publisher.report import outcomes

    documents = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
    shown = {
        "documents": {name: len(found) for name, found in documents.items()},
        "bytes": done.sizes,
        "posts": outcomes(state),
    }
    if as_json:
        OUT.print_json(json.dumps(shown))
        return
    table = Table(box=None, show_header=False)
    for name, counts in shown.items():
        said = (f"{count:,} {what}" for what, count in counts.items() if count or what == "written")
        table.add_row(name, Text(", ".join(said)))
    OUT.print(table)
