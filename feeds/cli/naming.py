"""`feeds ids`: which post has which id, and what keeps it."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from feeds.cli.shared import (
    ERR,
    OUT,
    in_a_file,
    kept_in,
    load_settings,
    log_to_stderr,
    manual,
    overrides_of,
    publish_once,
    replace_file,
    shared,
)
from feeds.errors import PublisherRunning

if TYPE_CHECKING:
    from feeds.settings import Settings


@click.command(epilog=manual("another publisher runs, or files were skipped"))
@shared
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--moved", nargs=2, metavar="OLD NEW",
    help="Posts moved: from one address to another, or from one path to another.",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Write each id into the front matter of its file.")
@click.option("--dry-run", is_flag=True, help="With --write: print a diff and write nothing.")
@in_a_file
def ids(
    source: Path | None, config: Path | None, as_json: bool, moved: tuple[str, str] | None,
    write: bool, dry_run: bool, ledger: Path | None,
) -> None:  # fmt: skip
    """List the ids of all public posts, or keep them through moves.

    Ids never change by themselves: a file may be renamed, a slug, the permalink pattern or the
    host may change. --moved says what cannot be recognised: a file that was renamed, has another
    body, and another title or date. OLD and NEW are two paths below the content folder, or two
    addresses, as posts are known by theirs too; of one post, or of all below.

    --write adds one line, `guid`, to the front matter of each file that has none (two, where the
    id for Atom cannot be made from it again). Every other byte stays, and nothing that is published
    changes. With the ids in the files, the loss of the database costs none. Files that are
    skipped are named with the reason.

    \b
    Examples:
      feeds ids
      feeds ids --json | jq -r '.posts[].id'
      feeds ids --moved https://old.example/ https://new.example/
      feeds ids --moved drafts/plan.md 2024/what-became-of-it.md
      feeds ids --write --dry-run
    """
    if (moved is not None) + write > 1 or (dry_run and not write) or (as_json and (moved or write)):
        raise click.UsageError("--moved, --write [--dry-run] and --json are for one at a time")
    log_to_stderr()
    skipped = 0
    with kept_in(ledger, load_settings(config, overrides_of(source, None))) as settings:
        if moved is not None:
            _move(settings, *moved)
            return
        _publish(settings)
        if write:
            skipped = _write(settings, dry_run)
        else:
            _list(settings, as_json)
    sys.exit(1 if skipped else 0)


def _publish(settings: Settings) -> None:
    """Bring everything up to date, unless a publisher does that already."""
    from feeds.publisher.run import Publisher

    with (
        contextlib.suppress(PublisherRunning),
        Publisher(lambda: settings, time.time) as publisher,
    ):
        publish_once(publisher)


def _list(settings: Settings, as_json: bool) -> None:
    from feeds.ids import listed

    found = listed(settings, int(time.time()))
    if as_json:
        OUT.print_json(json.dumps({"posts": found}))
        return
    table = Table("id", "path", "address", box=None)
    for row in found:
        table.add_row(*(Text(value) for value in row.values()))
    OUT.print(table)


def _move(settings: Settings, old: str, new: str) -> None:
    from feeds.ids import NothingMoved
    from feeds.ids import moved as move

    try:
        count = move(settings, old, new)
    except NothingMoved as error:
        raise click.UsageError(str(error)) from None
    posts = "1 post" if count == 1 else f"{count} posts"
    already = f"no post is known at {old}; what is at {new} keeps its ids"
    OUT.print(Text(f"{posts} moved; every id stays" if count else already))


def _write(settings: Settings, dry_run: bool) -> int:
    """Write the ids into the files, or show what would be written; return how many were not."""
    from feeds.check.mojibake import diff
    from feeds.ids import edits
    from feeds.sources.front_matter import decode

    written = skipped = 0
    for edit in edits(settings, int(time.time())):
        reason = edit.skipped
        if not reason and edit.new != edit.old:
            if dry_run:
                old, new = (decode(content)[0].encode() for content in (edit.old, edit.new))
                click.echo(diff(edit.path, old, new), nl=False)
            elif edit.file.read_bytes() == edit.old:
                replace_file(edit.file, edit.new)
            else:
                reason = "changed just now: run this again"
            written += not reason
        if reason:
            ERR.print(Text(f"{edit.path}: skipped: the file {reason}"))
            skipped += 1
    what = "would get" if dry_run else "got"
    OUT.print(Text(f"{written} files {what} their ids; {skipped} skipped"))
    return skipped
