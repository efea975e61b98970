"""`feeds adopt` and `feeds diff`."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from feeds.cli.shared import (
    OUT,
    configured,
    in_a_file,
    kept_in,
    load_settings,
    log_to_stderr,
    manual,
    overrides_of,
)

if TYPE_CHECKING:
    from feeds.moving.adopt import Adoption
    from feeds.moving.diff import Difference
    from feeds.moving.old_feeds import OldFeed

_SHOWN = 10  # entries of each kind; --all shows the others


def _old(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what both commands take: the old feeds, the site's folder and address, the settings."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="Show every entry, not only ten."),
        click.option("--url", help="The site's address, as readers see it: https://example.org/"),
        click.option(
            "--source", type=click.Path(path_type=Path, file_okay=False), help="The posts' folder."
        ),
    ):
        command = option(command)
    return click.argument(
        "old_feeds", nargs=-1, required=True, metavar="OLD_FEED...",
        help="Files or addresses of RSS, Atom or JSON Feeds.",
    )(configured(in_a_file(command)))  # fmt: skip


@click.command(epilog=manual("nothing was kept, for the reason that is said"))
@_old
@click.option("--force", is_flag=True, help="Replace ids that posts have here already.")
@click.option("--dry-run", is_flag=True, help="Tell what would be kept, and write nothing.")
def adopt(
    old_feeds: tuple[str, ...], config: Path | None, source: Path | None, url: str | None,
    everything: bool, force: bool, dry_run: bool, ledger: Path | None,
) -> None:  # fmt: skip
    """Keep the ids that subscribers of an old feed hold.

    OLD_FEED is a file or an address: RSS, Atom or JSON Feed. Name all feeds of the old site in
    one command, the main ones first: subscribers of each hold their own ids. Posts are found
    by the entries' links; ids of posts that are not here yet are kept for them. Stop a
    running publisher first.

    \b
    Examples:
      feeds adopt https://example.org/index.xml
      feeds adopt old/rss.xml old/atom.xml old/feed.json
      feeds adopt --dry-run https://example.org/feed/ https://example.org/atom/
      feeds adopt 'https://example.org/feed/' 'https://example.org/feed/?paged=2'
    """
    from feeds.moving import addresses
    from feeds.moving.adopt import adopt as take
    from feeds.moving.old_feeds import read

    log_to_stderr(logging.ERROR)
    found = [read(name) for name in old_feeds]
    with kept_in(ledger, load_settings(config, overrides_of(source, url))) as settings:
        done = take(settings, found, time.time, force=force, dry_run=dry_run)
    _say_feeds(found)
    _say_adoption(done, everything)
    for line in addresses.advice(settings, found):
        OUT.print(Text(line))
    if dry_run:
        OUT.print(Text("nothing was written (--dry-run)"))
    else:
        OUT.print(Text("next: `feeds diff` with the same feeds shows what subscribers will see"))


@click.command("diff", epilog=manual("something would be shown twice", "nothing comes twice"))
@_old
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(
    old_feeds: tuple[str, ...], config: Path | None, source: Path | None, url: str | None,
    everything: bool, as_json: bool, ledger: Path | None,
) -> None:  # fmt: skip
    """List what subscribers of an old feed would see again or lose.

    Compares OLD_FEED, a file or an address, with what would be published in its place now;
    publishes nothing.

    \b
    Examples:
      feeds diff https://example.org/index.xml
      feeds diff old/rss.xml old/atom.xml --all
      feeds diff old/rss.xml --json | jq '.feeds[].again'
    """
    from feeds.moving.diff import diff as compare
    from feeds.moving.old_feeds import read

    log_to_stderr(logging.ERROR)
    with kept_in(ledger, load_settings(config, overrides_of(source, url))) as settings:
        found = compare(settings, [read(name) for name in old_feeds], time.time)
    if as_json:
        OUT.print_json(json.dumps({"feeds": [_plain(one) for one in found]}))
    else:
        for one in found:
            _say_difference(one, everything)
    sys.exit(1 if any(one.again for one in found) else 0)


def _plain(one: Difference) -> dict[str, Any]:
    """Return a difference as JSON has it."""
    named = {name: [each._asdict() for each in getattr(one, name)] for name in ("again", "changed")}
    return dataclasses.asdict(one) | named


def _say_feeds(feeds: Iterable[OldFeed]) -> None:
    from feeds.formats import TITLES

    table = Table("old feed", "format", "entries", box=None)
    for feed in feeds:
        table.add_row(Text(feed.name), TITLES[feed.format], str(len(feed.entries)))
    OUT.print(table)


def _say_adoption(done: Adoption, everything: bool) -> None:
    _say("posts that keep their ids", [f"{path} → {given}" for path, given in done.matched.items()],
         everything)  # fmt: skip
    _say("entries without a post here; their ids are kept for it",
         [f"{one.link} → {one.id}" for one in done.waiting], everything)  # fmt: skip
    if done.elsewhere:
        OUT.print(Text(f"entries about pages of other sites: {done.elsewhere}; if a post here "
                       "stands for one, write its id as `guid` into the file"))  # fmt: skip
    if done.unknown:
        OUT.print(Text(f"posts in no old feed, whose address is their id: {done.unknown}"))
    if done.feed_id:
        OUT.print(Text(f"the Atom feed goes on as {done.feed_id}"))
    _say("ids left as they are here; --force replaces them",
         [f"{one.path}: {one.held} here, {one.old} in the old feed" for one in done.conflicts],
         everything=True)  # fmt: skip
    _say("entries that could not be told apart", done.notes, everything=True)


def _say_difference(one: Difference, everything: bool) -> None:
    from feeds.formats import TITLES

    OUT.print(Text(f"{one.feed}, compared with the {TITLES[one.format]} to come:", "bold"))
    if not one.again:
        OUT.print(Text("no entry is shown twice"))
    again = [f"{each.link}: {each.old} becomes {each.new}" for each in one.again]
    _say("entries shown twice; `feeds adopt` keeps their ids", again, everything)
    _say("entries lost, as no post is published for them", list(one.lost), everything)
    _say("entries changed",
         [_said(each.link, each.fields) for each in one.changed], everything)  # fmt: skip
    _say("entries older than the old feed; whoever knew them by another id sees them again, unless "
         "a longer old feed is adopted or `entries` under [feeds] shortens the new one",
         list(one.older), everything)  # fmt: skip
    _say("ids that several entries of the old feed share", one.doubled, everything)


def _said(link: str, fields: dict[str, tuple[str, str]]) -> str:
    return f"{link}: " + "; ".join(
        f'{name} "{old}" → "{new}"' for name, (old, new) in fields.items()
    )


def _say(what: str, lines: list[str], everything: bool) -> None:
    """Print how many there are of a kind, and the first ones or all."""
    if lines:
        OUT.print(Text(f"{what}: {len(lines)}"))
    shown = lines if everything else lines[:_SHOWN]
    for line in shown:
        OUT.print(Text(f"    {line}"))
    if len(shown) < len(lines):
        OUT.print(Text(f"    … and {len(lines) - len(shown)} more: --all shows them"))
